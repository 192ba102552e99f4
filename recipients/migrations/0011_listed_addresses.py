"""Remember of single addresses, too, that customers listed them themselves; those of before, too."""

from datetime import datetime

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

from recipients.addressing.normalise import (domain_of, is_public_mail)


def mark(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """An address that was last added in the portal, and is neither registered as its customer's nor at their domain."""
    listed: dict[tuple[int, str], datetime | None] = {}
    changes = apps.get_model("recipients", "AuthorisedSendersChange").objects.order_by("at", "pk")
    rows = changes.values_list("customer", "customer__merged_into", "added", "by_address", "at")
    for customer, survivor, added, by_address, at in rows.iterator():
        for value in added:
            listed[survivor or customer, value] = at if by_address else None
    registered = apps.get_model("recipients", "CustomerAddress").objects.filter(customer__added_automatically=False)
    for sender in apps.get_model("recipients", "AuthorisedSender").objects.filter(kind="address"):
        since, domain = listed.get((sender.customer_id, sender.value)), domain_of(sender.value)
        persons = Q(customer__company=sender.customer_id)
        vouching = Q(address=sender.value) & (Q(customer=sender.customer_id) | persons)
        if not is_public_mail(domain):
            vouching |= Q(domain=domain) & (Q(customer=sender.customer_id, customer__is_company=True) | persons)
        if since and not registered.filter(vouching).exists():
            sender.unconfirmed_since = since
            sender.save(update_fields=["unconfirmed_since"])


class Migration(migrations.Migration):
    dependencies = [("recipients", "0010_reachable")]

    operations = [
        migrations.RenameField("recognitionsettings", "listed_domains_wait", "listed_senders_wait"),
        migrations.AlterField(
            "recognitionsettings",
            "listed_senders_wait",
            models.BooleanField(default=False, verbose_name="what customers list waits for an agent"),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop, elidable=False),
    ]
