"""Indexes of PostgreSQL that find addresses and customers by a part of a name, which Django cannot describe.

With the extension pg_trgm any three letters in a row are found by an index, wherever they stand. Without it (not every
server has it, not every role may add it) names and addresses are found by index from their beginning. SQLite looks
through its rows, which takes milliseconds at the sizes it is meant for (docs/decisions/finding-customers.md).
"""

from django.apps.registry import Apps
from django.db import DatabaseError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

#: (name of the index, table, column); the expression is the one that `icontains` and `istartswith` compare.
COLUMNS = (
    ("part_of_recipient_address", "recipients_recipient", "address"),
    ("part_of_recipient_name", "recipients_recipient", "name"),
    ("part_of_customer_name", "recipients_customer", "name"),
    ("part_of_customer_number", "recipients_customer", "number"),
    ("part_of_customer_address", "recipients_customeraddress", "address"),
)


def install(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the indexes that are not there yet. For `RunPython`."""
    if schema_editor.connection.vendor != "postgresql":
        return
    trigrams = has_trigrams(schema_editor)
    for name, table, column in COLUMNS:
        schema_editor.execute(
            f"CREATE INDEX IF NOT EXISTS {name}_start ON {table} (UPPER({column}::text) text_pattern_ops)"
        )
        if trigrams:
            schema_editor.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin (UPPER({column}::text) gin_trgm_ops)"
            )
    if trigrams:
        schema_editor.execute(
            "CREATE INDEX IF NOT EXISTS part_of_address ON recipients_recipient USING gin (address gin_trgm_ops)"
        )


def remove(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the indexes away. For `RunPython`."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, _table, _column in COLUMNS:
        schema_editor.execute(f"DROP INDEX IF EXISTS {name}, {name}_start")
    schema_editor.execute("DROP INDEX IF EXISTS part_of_address")


def has_trigrams(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    """Whether the extension pg_trgm is there, or could be made."""
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        return False
    return True
