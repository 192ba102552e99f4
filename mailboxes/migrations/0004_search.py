"""Find mails in the log by a part of their subject or sender."""

from functools import partial

from django.db import migrations

from mailboxes.storage import search_index


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0003_own_dkim")]

    operations = [
        migrations.RunPython(
            partial(search_index.install, columns=search_index.LOG),
            partial(search_index.remove, columns=search_index.LOG),
            elidable=False,
        )
    ]
