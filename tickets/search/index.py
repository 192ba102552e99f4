"""The full-text indexes that a search looks through; the database keeps them by itself.

Each table that holds words has an index of its own, so that renaming a customer touches one row and not ten thousand
tickets. SQLite: contentless FTS5 tables fed by triggers. PostgreSQL: a generated column with a GIN index (an index over
an expression would compute every row's words anew for a word that many rows have), and a text search configuration
named `helpdesk`, which folds accents where the `unaccent` extension may be had. Each letter of a script that has no
spaces between words is a word of its own there; and where the extension `pg_trgm` may be had, subjects and file names
are found by any part (docs/decisions/searching-tickets.md).

SQLite drops the triggers of a table that a later migration rebuilds; that migration must call `follow_rebuilt_tables`.
"""

from dataclasses import dataclass

from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.utils import DatabaseError

#: Characters of one text that are indexed: more would pass PostgreSQL's limit of 1 MB for a tsvector.
INDEXED_CHARACTERS = 100_000
#: Thai, Lao, Burmese, Khmer, Japanese, Chinese, Korean, as the inside of a bracket in a regular expression.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f"
)
#: PostgreSQL's parser takes addresses, host names and file names as one word each; without these it sees their parts.
PUNCTUATION = '@._-/\\:,;+#()[]{}<>=&?!"|'


@dataclass(frozen=True)
class Source:
    """A table with the expressions over its columns that are searched; `{row}` stands for the row."""

    name: str
    table: str
    columns: tuple[str, ...]

    def words(self, row: str = "") -> str:
        """The SQL expression of its words, for the row called `row`."""
        prefix = f"{row}." if row else ""
        parts = (f"substr(CAST({prefix}{column} AS text), 1, {INDEXED_CHARACTERS})" for column in self.columns)
        return " || ' ' || ".join(parts)

    @property
    def vector(self) -> str:
        """PostgreSQL's tsvector of a row."""
        words = f"translate({self.words()}, '{PUNCTUATION}', '{' ' * len(PUNCTUATION)}')"
        return f"to_tsvector('helpdesk', regexp_replace({words}, '([{UNSPACED}])', ' \\1 ', 'g'))"


TICKETS = Source("search_ticket", "tickets_ticket", ("id", "subject"))
COMMENTS = Source("search_comment", "tickets_comment", ("text", "author_name", "author_address"))
ATTACHMENTS = Source("search_attachment", "tickets_attachment", ("name",))
TAGS = Source("search_tag", "tickets_tag", ("name",))
RECIPIENTS = Source("search_recipient", "recipients_recipient", ("address", "name"))
CUSTOMERS = Source("search_customer", "recipients_customer", ("name", "number"))
#: What is found by any part of it where the database can: (name of the index, its source, column).
PARTS = (("part_of_ticket_subject", TICKETS, "subject"), ("part_of_attachment_name", ATTACHMENTS, "name"))
#: PostgreSQL's generated column, which Django's models do not know.
COLUMN = "search_words"
SOURCES = (TICKETS, COMMENTS, ATTACHMENTS, TAGS, RECIPIENTS, CUSTOMERS)


def install(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the indexes, or make them anew, with every row there is. For `RunPython`."""
    remove(apps, schema_editor)
    if schema_editor.connection.vendor == "postgresql":
        _install_postgresql(schema_editor)
    else:
        _install_sqlite(schema_editor)


def follow_rebuilt_tables(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the indexes anew, on SQLite alone: PostgreSQL lost none, and would rewrite every row. For `RunPython`."""
    if schema_editor.connection.vendor != "postgresql":
        install(apps, schema_editor)


def remove(apps: Apps | None, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the indexes away, if they are there. For `RunPython`."""
    if schema_editor.connection.vendor == "postgresql":
        for source in SOURCES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {source.name}")
            schema_editor.execute(f"ALTER TABLE {source.table} DROP COLUMN IF EXISTS {COLUMN}")
        for name, _source, _column in PARTS:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
        schema_editor.execute("DROP TEXT SEARCH CONFIGURATION IF EXISTS helpdesk")
        return
    for source in SOURCES:
        for event in ("insert", "delete", "update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {source.name}_{event}")
        schema_editor.execute(f"DROP TABLE IF EXISTS {source.name}")


def _install_sqlite(schema_editor: BaseDatabaseSchemaEditor) -> None:
    for source in SOURCES:
        name, table = source.name, source.table
        add = f"INSERT INTO {name} (rowid, words) VALUES (new.id, {source.words('new')});"  # noqa: S608 - constants
        # A contentless table forgets a row only when it is told the words that were indexed for it.
        forget = f"INSERT INTO {name} ({name}, rowid, words) VALUES ('delete', old.id, {source.words('old')});"  # noqa: S608
        changed = ", ".join(source.columns)
        for statement in (
            f"CREATE VIRTUAL TABLE {name} USING fts5(words, content='', detail=none, prefix='2 3',"
            " tokenize='unicode61 remove_diacritics 2')",
            f"INSERT INTO {name} (rowid, words) SELECT id, {source.words()} FROM {table}",  # noqa: S608
            f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table} BEGIN {add} END",
            f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table} BEGIN {forget} END",
            f"CREATE TRIGGER {name}_update AFTER UPDATE OF {changed} ON {table} BEGIN {forget} {add} END",
        ):
            schema_editor.execute(statement)


def _install_postgresql(schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("CREATE TEXT SEARCH CONFIGURATION helpdesk (COPY = simple)")
    if _has(schema_editor, "unaccent"):
        schema_editor.execute(
            "ALTER TEXT SEARCH CONFIGURATION helpdesk ALTER MAPPING FOR word, hword, hword_part WITH unaccent, simple"
        )
    for source in SOURCES:
        generated = f"tsvector GENERATED ALWAYS AS ({source.vector}) STORED"
        schema_editor.execute(f"ALTER TABLE {source.table} ADD COLUMN {COLUMN} {generated}")
        schema_editor.execute(f"CREATE INDEX {source.name} ON {source.table} USING gin ({COLUMN})")
    if _has(schema_editor, "pg_trgm"):
        for name, source, column in PARTS:
            part = f"lower({column}::text) gin_trgm_ops"
            schema_editor.execute(f"CREATE INDEX {name} ON {source.table} USING gin ({part})")


def _has(schema_editor: BaseDatabaseSchemaEditor, extension: str) -> bool:
    """Whether the extension is there, or could be made: not every server has it, not every role may add it."""
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    except DatabaseError:
        return False
    return True
