"""Find tickets by the names of their files, too: the indexes are made anew, with one more."""

from django.db import migrations

from tickets.search import index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_ticket_change")]

    operations = [migrations.RunPython(index.install, migrations.RunPython.noop, elidable=True)]
