"""Index the words anew: SQLite drops the triggers of tables that migrations rebuilt since."""

from django.db import migrations

from tickets import search_index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0009_validity_and_portal"), ("recipients", "0005_portal")]

    operations = [migrations.RunPython(search_index.follow_rebuilt_tables, migrations.RunPython.noop, elidable=False)]
