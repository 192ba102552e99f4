"""Remember which domains customers listed themselves, without a sign that they are theirs; those of before, too."""

from datetime import datetime

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q


def mark(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A domain that was last added in the portal, and at which its customer has no registered address."""
    listed: dict[tuple[int, str], datetime | None] = {}
    changes = apps.get_model("recipients", "AuthorisedSendersChange").objects.order_by("at", "pk")
    rows = changes.values_list("customer", "customer__merged_into", "added", "by_address", "at")
    for customer, survivor, added, by_address, at in rows.iterator():
        for value in added:
            listed[survivor or customer, value] = at if by_address else None
    registered = apps.get_model("recipients", "CustomerAddress").objects.filter(customer__added_automatically=False)
    for sender in apps.get_model("recipients", "AuthorisedSender").objects.filter(kind="domain"):
        since = listed.get((sender.customer_id, sender.value))
        theirs = Q(customer=sender.customer_id, customer__is_company=True) | Q(customer__company=sender.customer_id)
        if since and not registered.filter(theirs, domain=sender.value).exists():
            sender.unconfirmed_since = since
            sender.save(update_fields=["unconfirmed_since"])


class Migration(migrations.Migration):
    dependencies = [("recipients", "0008_lookalikes")]

    operations = [
        migrations.AddField(
            "authorisedsender",
            "unconfirmed_since",
            models.DateTimeField(blank=True, null=True, verbose_name="listed by the customer, not confirmed"),
        ),
        migrations.AddField(
            "authorisedsenderschange", "confirmed", models.JSONField(default=list, verbose_name="confirmed")
        ),
        migrations.AddField(
            "recognitionsettings",
            "listed_domains_wait",
            models.BooleanField(default=False, verbose_name="domains that customers list wait for an agent"),
        ),
        migrations.AddIndex(
            "authorisedsender",
            models.Index(
                condition=Q(unconfirmed_since__isnull=False),
                fields=["unconfirmed_since"],
                name="authorised_unconfirmed",
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop, elidable=False),
    ]
