"""Index the words anew: SQLite drops the triggers of tables that migrations rebuilt since."""

from django.db import migrations

from tickets import search_index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_unknown_senders"), ("recipients", "0004_search")]

    operations = [migrations.RunPython(search_index.follow_rebuilt_tables, migrations.RunPython.noop, elidable=False)]
