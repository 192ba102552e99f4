"""Find tickets by their words. After every table that is searched: SQLite drops the triggers of a table it rebuilds."""

from django.db import migrations

from tickets.search import index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [migrations.RunPython(index.install, index.remove, elidable=False)]
