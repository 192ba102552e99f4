"""Acts that can be undone are rows of their own: who decided what, and when, was written on each of their changes."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def begin(apps, schema_editor):
    Batch = apps.get_model("recipients", "Batch")
    Change = apps.get_model("recipients", "RecipientChange")
    Merge = apps.get_model("recipients", "CustomerMerge")
    batches = {}
    for merge in Merge.objects.all():
        merge.after = {"merged_into_id": merge.survivor_id}
        merge.save(update_fields=["after"])
        batches[merge.batch] = Batch(id=merge.batch, kind="merged", by_id=merge.by_id, at=merge.at)
    for change in Change.objects.order_by("pk").iterator():
        batch = Batch(id=change.batch, kind=change.kind, by_id=change.by_id, at=change.at)
        batches.setdefault(change.batch, batch)
    Batch.objects.bulk_create(batches.values(), batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("recipients", "0003_after_sending")]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("paired", "Paired"),
                            ("unpaired", "Unpaired"),
                            ("banned", "Banned"),
                            ("unbanned", "Unbanned"),
                            ("shared", "Marked as shared"),
                            ("unshared", "No longer shared"),
                            ("renamed", "Renamed"),
                            ("reached", "Marked as reachable"),
                            ("merged", "Customer merged"),
                            ("assigned", "Customer assigned"),
                            ("rematched", "Recognised again"),
                        ],
                        max_length=12,
                        verbose_name="what",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "act that can be undone",
                "verbose_name_plural": "acts that can be undone",
                "ordering": ["-at"],
            },
        ),
        migrations.RenameField("customermerge", "moved", "before"),
        migrations.AddField(
            "customermerge", "after", models.JSONField(default=dict, verbose_name="after"), preserve_default=True
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
