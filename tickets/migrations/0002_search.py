"""Find tickets by their words and own fields. After every table: SQLite drops the triggers of a table it rebuilds."""

from django.db import migrations

from tickets.search import index


def index_own_fields(apps, schema_editor):
    """Every value of every field by one index; SQLite looks through its rows."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX ticket_by_own_fields ON tickets_ticket USING gin (own_fields jsonb_path_ops)"
        )


def drop_own_fields(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS ticket_by_own_fields")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [
        migrations.RunPython(index.install, index.remove, elidable=False),
        migrations.RunPython(index_own_fields, drop_own_fields, elidable=False),
    ]
