"""Find mails in the log and the outbox by a part of their subject or of an address."""

from django.db import migrations

from mailboxes.storage import search_index


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0001_initial")]

    operations = [migrations.RunPython(search_index.install, search_index.remove, elidable=False)]
