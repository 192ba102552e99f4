"""Say "processed", not "settled"."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FINAL = [
    "ticket",
    "comment",
    "held",
    "loop",
    "bounce",
    "automatic",
    "banned",
    "denied",
    "deleted_by_rule",
    "redirect_check",
    "too_large",
    "quarantined",
]


class Migration(migrations.Migration):
    dependencies = [
        ("mailboxes", "0002_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="inboundemail", name="one_original_a_mail"),
        migrations.RenameField(model_name="inboundemail", old_name="settled_at", new_name="processed_at"),
        migrations.RenameIndex(model_name="inboundemail", old_name="ledger_unsettled", new_name="ledger_unprocessed"),
        migrations.AlterField(
            model_name="inboundemail",
            name="processed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="processed"),
        ),
        migrations.AlterField(
            model_name="inboundemail",
            name="replayed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="processed again"),
        ),
        migrations.AlterField(
            model_name="inboundemail",
            name="replayed_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="processed again by",
            ),
        ),
        migrations.AddConstraint(
            model_name="inboundemail",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("outcome__in", FINAL),
                    ("processed_at__isnull", False),
                    models.Q(("fingerprint", ""), _negated=True),
                ),
                fields=("fingerprint",),
                name="one_original_a_mail",
            ),
        ),
    ]
