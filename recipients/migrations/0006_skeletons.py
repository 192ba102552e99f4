"""Say of each registered address what its domain looks like."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from recipients.lookalikes import skeleton


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    addresses = apps.get_model("recipients", "CustomerAddress").objects
    for domain in addresses.order_by().values_list("domain", flat=True).distinct():
        addresses.filter(domain=domain).update(skeleton=skeleton(domain))


class Migration(migrations.Migration):
    dependencies = [("recipients", "0005_portal")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=False)]
