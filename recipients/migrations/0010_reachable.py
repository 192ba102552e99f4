"""A decision more about addresses: mail is written to them again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recipients", "0009_listed_domains")]

    operations = [
        migrations.AlterField(
            "recipientchange",
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
                ],
                max_length=8,
                verbose_name="what",
            ),
        )
    ]
