"""The full-text indexes that a search looks through; the database keeps them by itself, by triggers.

PostgreSQL: the words of a whole ticket (number, subject, its own fields' texts, comments with their authors, file
names, tags) are one tsvector in the ticket's row, with one GIN index and large statistics, so that the planner knows
whether to walk over the newest tickets or to ask the index. Comments, files and tags have the vector of their own words
as a generated column, of which the ticket's is added up: what is added costs no second parsing. Recipients and
customers have an index of their own, so that renaming one touches one row and not ten thousand tickets. The text search
configuration is named `helpdesk`, and folds accents where the extension `unaccent` may be had. Each letter of a script
that has no spaces between words is a word of its own there; and where the extension `pg_trgm` may be had, subjects and
file names are found by any part (docs/decisions/searching-tickets.md).

SQLite: a contentless FTS5 table for each table that holds words. It drops the triggers of a table that a later
migration rebuilds; that migration must call `follow_rebuilt_tables`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
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
    """A table with its columns that are searched, or the SQL of what is, with `{row}` for the row with a dot."""

    name: str
    table: str
    columns: tuple[str, ...]
    sql: str = ""

    def words(self, row: str = "") -> str:
        """The SQL expression of its words, for the row called `row`."""
        prefix = f"{row}." if row else ""
        if self.sql:
            return self.sql.replace("{row}", prefix)
        parts = (f"substr(CAST({prefix}{column} AS text), 1, {INDEXED_CHARACTERS})" for column in self.columns)
        return " || ' ' || ".join(parts)

    def vector(self, row: str = "") -> str:
        """PostgreSQL's tsvector of a row: which words there are, not where."""
        words = f"translate({self.words(row)}, '{PUNCTUATION}', '{' ' * len(PUNCTUATION)}')"
        return f"strip(to_tsvector('helpdesk', regexp_replace({words}, '([{UNSPACED}])', ' \\1 ', 'g')))"


TICKETS = Source("search_ticket", "tickets_ticket", ("id", "subject"))
COMMENTS = Source("search_comment", "tickets_comment", ("text", "author_name", "author_address"))
ATTACHMENTS = Source("search_attachment", "tickets_attachment", ("name",))
TAGS = Source("search_tag", "tickets_tag", ("name",))
RECIPIENTS = Source("search_recipient", "recipients_recipient", ("address", "name"))
CUSTOMERS = Source("search_customer", "recipients_customer", ("name", "number"))
#: The texts among the values of a ticket's own fields: no numbers, no days. A source of its own, because customers
#: do not read them.
_A_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
FIELDS_OF_SQLITE = Source(
    "search_field",
    "tickets_ticket",
    ("own_fields",),
    "(SELECT coalesce(group_concat(value, ' '), '') FROM json_each(coalesce({row}own_fields, '{}'))"  # noqa: S608
    f" WHERE type = 'text' AND value NOT GLOB '{_A_DAY}')",
)
FIELDS_OF_POSTGRESQL = Source(
    "search_field",
    "tickets_ticket",
    ("own_fields",),
    'coalesce(jsonb_path_query_array({row}own_fields, \'$.* ? (@.type() == "string" &&'
    f""" !(@ like_regex "^{_A_DAY}$"))')::text, '')""",
)
#: What is found by any part of it where the database can: (name of the index, its source, column).
PARTS = (("part_of_ticket_subject", TICKETS, "subject"), ("part_of_attachment_name", ATTACHMENTS, "name"))
#: Every value of every custom field, on PostgreSQL; SQLite looks through its rows.
OWN_FIELDS = ("ticket_by_own_fields", "tickets_ticket USING gin (own_fields jsonb_path_ops)")
#: PostgreSQL's column of words, which Django's models do not know.
COLUMN = "search_words"
SOURCES = (TICKETS, COMMENTS, ATTACHMENTS, TAGS, RECIPIENTS, CUSTOMERS)
#: Those with an index of their own on PostgreSQL; the words of the others are in the ticket's.
INDEXED = (TICKETS, RECIPIENTS, CUSTOMERS)
#: Bytes of a ticket's vector after which no more words are added to it: PostgreSQL's limit is 1 MB.
MAX_VECTOR = 800_000
#: How many words of the vectors the planner's statistics know: ten times this.
STATISTICS = 2000
#: Tickets whose words are added up anew in one transaction.
BATCH = 2000

_FUNCTIONS = (
    f"""CREATE FUNCTION helpdesk_more_words(tsvector, tsvector) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN pg_column_size($1) + pg_column_size($2) < {MAX_VECTOR} THEN $1 || $2 ELSE $1 END $$""",
    """CREATE AGGREGATE helpdesk_all_words(tsvector)
    (SFUNC = helpdesk_more_words, STYPE = tsvector, INITCOND = '')""",
    f"""CREATE FUNCTION helpdesk_ticket_words(ticket tickets_ticket) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT helpdesk_all_words(words) FROM (
        SELECT {TICKETS.vector("ticket")} AS words
        UNION ALL SELECT {FIELDS_OF_POSTGRESQL.vector("ticket")}
        UNION ALL SELECT tag.{COLUMN} FROM tickets_ticket_tags has JOIN tickets_tag tag ON tag.id = has.tag_id
            WHERE has.ticket_id = ticket.id
        UNION ALL SELECT {COLUMN} FROM tickets_comment WHERE ticket_id = ticket.id
        UNION ALL SELECT file.{COLUMN} FROM tickets_attachment file
            JOIN tickets_comment comment ON comment.id = file.comment_id WHERE comment.ticket_id = ticket.id
    ) AS each_one $$""",  # noqa: S608 - constants
    f"""CREATE FUNCTION helpdesk_words_of_ticket() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.{COLUMN} := {TICKETS.vector("NEW")};
        IF NEW.own_fields IS NOT NULL THEN
            NEW.{COLUMN} := helpdesk_more_words(NEW.{COLUMN}, {FIELDS_OF_POSTGRESQL.vector("NEW")});
        END IF;
    ELSIF (NEW.subject, NEW.own_fields) IS DISTINCT FROM (OLD.subject, OLD.own_fields) THEN
        NEW.{COLUMN} := helpdesk_ticket_words(NEW);
    END IF;
    RETURN NEW;
    END $$""",
    """CREATE TRIGGER words_of_ticket BEFORE INSERT OR UPDATE OF subject, own_fields ON tickets_ticket
    FOR EACH ROW EXECUTE FUNCTION helpdesk_words_of_ticket()""",
)
_TRIGGERS = {
    ("tickets_comment", "INSERT"): f"""UPDATE tickets_ticket ticket SET {COLUMN} =
        helpdesk_more_words(ticket.{COLUMN}, more.words) FROM (SELECT ticket_id, helpdesk_all_words({COLUMN}) AS words
        FROM after GROUP BY ticket_id) more WHERE ticket.id = more.ticket_id""",  # noqa: S608 - constants
    ("tickets_comment", "UPDATE"): f"""SELECT unnest(ARRAY[before.ticket_id, after.ticket_id]) FROM before
        JOIN after USING (id) WHERE (before.ticket_id, before.{COLUMN}) IS DISTINCT FROM
        (after.ticket_id, after.{COLUMN})""",  # noqa: S608 - constants
    ("tickets_comment", "DELETE"): "SELECT ticket_id FROM before",
    ("tickets_attachment", "INSERT"): f"""UPDATE tickets_ticket ticket SET {COLUMN} =
        helpdesk_more_words(ticket.{COLUMN}, more.words) FROM (SELECT ticket_id, helpdesk_all_words(after.{COLUMN}) AS
        words FROM after JOIN tickets_comment comment ON comment.id = after.comment_id GROUP BY ticket_id) more
        WHERE ticket.id = more.ticket_id""",  # noqa: S608 - constants
    ("tickets_attachment", "UPDATE"): f"""SELECT comment.ticket_id FROM before JOIN after USING (id)
        JOIN tickets_comment comment ON comment.id IN (before.comment_id, after.comment_id) WHERE
        (before.comment_id, before.{COLUMN}) IS DISTINCT FROM (after.comment_id, after.{COLUMN})""",  # noqa: S608 - constants
    ("tickets_attachment", "DELETE"): """SELECT comment.ticket_id FROM before
        JOIN tickets_comment comment ON comment.id = before.comment_id""",
    ("tickets_ticket_tags", "INSERT"): "SELECT ticket_id FROM after",
    ("tickets_ticket_tags", "DELETE"): "SELECT ticket_id FROM before",
    ("tickets_tag", "UPDATE"): """SELECT has.ticket_id FROM before JOIN after USING (id)
        JOIN tickets_ticket_tags has ON has.tag_id = after.id WHERE before.name <> after.name""",
}


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
        for table, event in _TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {_name(table, event)} ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {_name(table, event)}")
        schema_editor.execute("DROP TRIGGER IF EXISTS words_of_ticket ON tickets_ticket")
        for function in ("words_of_ticket()", "ticket_words(tickets_ticket)"):
            schema_editor.execute(f"DROP FUNCTION IF EXISTS helpdesk_{function}")
        schema_editor.execute("DROP AGGREGATE IF EXISTS helpdesk_all_words(tsvector)")
        schema_editor.execute("DROP FUNCTION IF EXISTS helpdesk_more_words(tsvector, tsvector)")
        for source in SOURCES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {source.name}")
            schema_editor.execute(f"ALTER TABLE {source.table} DROP COLUMN IF EXISTS {COLUMN}")
        for name in (OWN_FIELDS[0], *(name for name, _source, _column in PARTS)):
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
        schema_editor.execute("DROP TEXT SEARCH CONFIGURATION IF EXISTS helpdesk")
        return
    for source in (*SOURCES, FIELDS_OF_SQLITE):
        for event in ("insert", "delete", "update"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {source.name}_{event}")
        schema_editor.execute(f"DROP TABLE IF EXISTS {source.name}")


def _install_sqlite(schema_editor: BaseDatabaseSchemaEditor) -> None:
    for source in (*SOURCES, FIELDS_OF_SQLITE):
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
        generated = "" if source is TICKETS else f"GENERATED ALWAYS AS ({source.vector()}) STORED"
        schema_editor.execute(f"ALTER TABLE {source.table} ADD COLUMN {COLUMN} tsvector {generated}")
    schema_editor.execute(f"ALTER TABLE tickets_ticket ALTER {COLUMN} SET STATISTICS {STATISTICS}")
    for function in _FUNCTIONS:
        schema_editor.execute(function)
    for (table, event), statement in _TRIGGERS.items():
        _add_trigger(schema_editor, table, event, statement)
    schema_editor.execute(f"UPDATE tickets_ticket ticket SET {COLUMN} = helpdesk_ticket_words(ticket)")  # noqa: S608
    for source in INDEXED:
        schema_editor.execute(f"CREATE INDEX {source.name} ON {source.table} USING gin ({COLUMN})")
    schema_editor.execute("CREATE INDEX {} ON {}".format(*OWN_FIELDS))
    if _has(schema_editor, "pg_trgm"):
        for name, source, column in PARTS:
            part = f"lower({column}::text) gin_trgm_ops"
            schema_editor.execute(f"CREATE INDEX {name} ON {source.table} USING gin ({part})")


def _add_trigger(schema_editor: BaseDatabaseSchemaEditor, table: str, event: str, statement: str) -> None:
    """Run `statement` once after a statement of this kind; `before` and `after` are the rows that it changed.

    One that selects names the tickets whose words are to be added up anew.
    """
    if statement.startswith("SELECT"):
        words = f"{COLUMN} = helpdesk_ticket_words(ticket)"
        statement = f"UPDATE tickets_ticket ticket SET {words} WHERE id IN ({statement})"  # noqa: S608 - constants
    rows = {"INSERT": "NEW TABLE AS after", "DELETE": "OLD TABLE AS before"}
    referencing = rows.get(event, "OLD TABLE AS before NEW TABLE AS after")
    name = _name(table, event)
    schema_editor.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NULL; END $$"
    )
    schema_editor.execute(
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {referencing}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _name(table: str, event: str) -> str:
    return f"words_after_{table.removeprefix('tickets_')}_{event.lower()}"


def rebuild(connection: BaseDatabaseWrapper, say: Callable[[int, int], None]) -> None:
    """Add up the words of every ticket anew; `say`: up to which number, of which. For a database put back in parts."""
    if connection.vendor != "postgresql":
        with transaction.atomic():
            install(None, connection.schema_editor())
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM tickets_ticket")
        last = cursor.fetchone()[0]
        for start in range(0, last + 1, BATCH):
            end = min(start + BATCH, last)
            cursor.execute(
                f"UPDATE tickets_ticket ticket SET {COLUMN} = helpdesk_ticket_words(ticket)"  # noqa: S608
                " WHERE id > %s AND id <= %s",
                [start, end],
            )
            say(end, last)
        cursor.execute("ANALYZE tickets_ticket")


def _has(schema_editor: BaseDatabaseSchemaEditor, extension: str) -> bool:
    """Whether the extension is there, or could be made: not every server has it, not every role may add it."""
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    except DatabaseError:
        return False
    return True
