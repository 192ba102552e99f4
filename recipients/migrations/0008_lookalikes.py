"""Say of each known domain, whoever it belongs to, what it looks like."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from recipients.addressing.lookalikes import skeleton
from recipients.addressing.fields import SkeletonField


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    registered = apps.get_model("recipients", "CustomerAddress").objects
    for domain in registered.order_by().values_list("domain", flat=True).distinct():
        registered.filter(domain=domain).update(skeleton=skeleton(domain))
    for name, column in (("AuthorisedSender", "value"), ("OwnAddress", "address")):
        rows = apps.get_model("recipients", name).objects
        for value in rows.order_by().values_list(column, flat=True).distinct():
            rows.filter(**{column: value}).update(skeleton=skeleton(value.rpartition("@")[2]))


class Migration(migrations.Migration):
    dependencies = [("recipients", "0007_giving_way")]

    operations = [
        migrations.AlterField(
            "customeraddress", "skeleton", SkeletonField(default="", editable=False, max_length=255, of="domain")
        ),
        migrations.AddField(
            "authorisedsender", "skeleton", SkeletonField(default="", editable=False, max_length=255, of="value")
        ),
        migrations.AddField(
            "ownaddress", "skeleton", SkeletonField(default="", editable=False, max_length=255, of="address")
        ),
        migrations.AddIndex("customeraddress", models.Index(fields=["skeleton", "domain"], name="address_by_looks")),
        migrations.AddIndex("authorisedsender", models.Index(fields=["skeleton"], name="authorised_by_looks")),
        migrations.AddIndex("ownaddress", models.Index(fields=["skeleton"], name="own_address_by_looks")),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=False),
    ]
