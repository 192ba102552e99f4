"""The indexes that find a mail by a part of its subject or of an address: those of PostgreSQL over three letters.

For the log, and for the outbox, whose pages are here though its rows are written by `tickets`.

Without the extension pg_trgm, and on SQLite, a search walks over the rows (docs/decisions/finding-customers.md).
"""

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from recipients.search.index import has_trigrams

#: (name of the index, table, column); the expression is the one that `icontains` compares.
COLUMNS = (
    ("part_of_mail_subject", "mailboxes_inboundemail", "subject"),
    ("part_of_mail_author", "mailboxes_inboundemail", "author"),
    ("part_of_outbox_subject", "tickets_outbox", "subject"),
    ("part_of_outbox_recipient", "tickets_outbox", "recipient"),
)


def install(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the indexes that are not there yet. For `RunPython`."""
    if schema_editor.connection.vendor == "postgresql" and has_trigrams(schema_editor):
        for name, table, column in COLUMNS:
            schema_editor.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin (UPPER({column}::text) gin_trgm_ops)"
            )


def remove(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the indexes away. For `RunPython`."""
    if schema_editor.connection.vendor == "postgresql":
        for name, _table, _column in COLUMNS:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
