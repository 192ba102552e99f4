"""Find mails in the log by a part of their subject or sender."""

from django.db import migrations

from mailboxes import search_index


class Migration(migrations.Migration):
    dependencies = [("mailboxes", "0003_own_dkim")]

    operations = [migrations.RunPython(search_index.install, search_index.remove, elidable=False)]
