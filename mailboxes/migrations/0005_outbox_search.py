"""Find mails in the outbox by a part of their subject or recipient."""

from functools import partial

from django.db import migrations

from mailboxes.storage import search_index


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0004_search"), ("tickets", "0010_search_follows_rebuilt_tables")]

    operations = [
        migrations.RunPython(
            partial(search_index.install, columns=search_index.OUTBOX),
            partial(search_index.remove, columns=search_index.OUTBOX),
            elidable=False,
        )
    ]
