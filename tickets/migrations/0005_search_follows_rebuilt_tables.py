"""Index the words anew: SQLite drops the triggers of tables that migrations rebuilt since."""

from django.db import migrations

from tickets.search import index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_unknown_senders"), ("recipients", "0004_search")]

    operations = [migrations.RunPython(index.follow_rebuilt_tables, migrations.RunPython.noop, elidable=False)]
