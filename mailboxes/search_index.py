"""Which indexes find a mail in the log by a part of its subject or sender? Those of PostgreSQL over three letters.

Without the extension pg_trgm, and on SQLite, a search walks over the rows (docs/decisions/finding-customers.md).
"""

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from recipients.search_index import has_trigrams

TABLE = "mailboxes_inboundemail"
#: (name of the index, column); the expression is the one that `icontains` compares.
COLUMNS = (("part_of_mail_subject", "subject"), ("part_of_mail_author", "author"))


def install(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the indexes. For `RunPython`."""
    if schema_editor.connection.vendor == "postgresql" and has_trigrams(schema_editor):
        for name, column in COLUMNS:
            schema_editor.execute(f"CREATE INDEX {name} ON {TABLE} USING gin (UPPER({column}::text) gin_trgm_ops)")


def remove(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the indexes away. For `RunPython`."""
    if schema_editor.connection.vendor == "postgresql":
        for name, _column in COLUMNS:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
