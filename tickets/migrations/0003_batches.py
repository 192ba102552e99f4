"""Tickets were moved by acts of which the recipients' changes know nothing: these get rows, too."""

from django.db import migrations


def begin(apps, schema_editor):
    Batch = apps.get_model("recipients", "Batch")
    Move = apps.get_model("tickets", "TicketMove")
    there = set(Batch.objects.values_list("pk", flat=True))
    batches = {}
    for move in Move.objects.order_by("pk").iterator():
        if move.batch not in there:
            kind = "rematched" if "match" in move.after else "assigned"
            batches.setdefault(move.batch, Batch(id=move.batch, kind=kind, by_id=move.by_id))
    Batch.objects.bulk_create(batches.values(), batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0002_search"), ("recipients", "0004_batches")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
