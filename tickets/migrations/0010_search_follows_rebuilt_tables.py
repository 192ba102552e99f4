"""Index the words anew: SQLite drops the triggers of tables that migrations rebuilt since."""

from django.db import migrations

from tickets.search import index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0009_validity_and_portal"), ("recipients", "0005_portal")]

    operations = [migrations.RunPython(index.follow_rebuilt_tables, migrations.RunPython.noop, elidable=False)]
