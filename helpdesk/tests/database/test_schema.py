"""The tables that migrations make are those that the models describe: columns, indexes, constraints and triggers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection, connections

from helpdesk.tests.servers.full import database_at
from mailboxes.storage import search_index as mailboxes_search
from recipients.search import index as recipients_search
from tickets.search import index as tickets_search

APPS = ("recipients", "tickets", "mailboxes")
POSTGRESQL = {
    "columns": """SELECT table_name, column_name, data_type, udt_name, character_maximum_length, numeric_precision,
        is_nullable, column_default, is_identity, collation_name, is_generated, generation_expression
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid <> 0""",
    "triggers": """SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal""",
}


@pytest.mark.django_db
def test_migrations_make_the_tables_that_the_models_describe(tmp_path: Path, settings: LazySettings) -> None:
    migrated = schema()
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    with empty_database(tmp_path):
        call_command("migrate", run_syncdb=True, verbosity=0)
        with connections["default"].schema_editor() as editor:  # what Django cannot describe
            for search in (recipients_search, tickets_search, mailboxes_search):
                search.install(apps, editor)
        described = schema()
    assert {model._meta.db_table for app in APPS for model in apps.get_app_config(app).get_models()} <= {
        table for _kind, table, *_rest in migrated
    }
    assert migrated - described == set()
    assert described - migrated == set()


def schema() -> set[tuple[Any, ...]]:
    """Everything in the default database that belongs to a table of ours: (kind, table, what it is)."""
    found = _postgresql() if connections["default"].vendor == "postgresql" else _sqlite()
    return {each for each in found if each[1].startswith(tuple(f"{app}_" for app in APPS))}


def _postgresql() -> Iterator[tuple[Any, ...]]:
    with connections["default"].cursor() as cursor:
        for kind, question in POSTGRESQL.items():
            cursor.execute(question)
            for row in cursor.fetchall():
                yield kind, *row


def _sqlite() -> Iterator[tuple[Any, ...]]:
    """Of tables each part of what made them, for the columns of one that was rebuilt stand in another order."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT type, tbl_name, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        for kind, table, name, sql in cursor.fetchall():
            if kind == "table":
                yield from ((kind, table, part) for part in parts(sql))
            else:
                yield kind, table, name, sql


def parts(sql: str) -> list[str]:
    """What stands between the outer parentheses of a statement, parted at its commas; all of it if there are none.

    >>> parts('CREATE TABLE "a" ("b" decimal(2, 1), CHECK ("b" > 0))')
    ['"b" decimal(2, 1)', 'CHECK ("b" > 0)']
    """
    found, depth, quoted = [""], 0, ""
    for character in sql[sql.index("(") + 1 : sql.rindex(")")]:
        if quoted:
            quoted = "" if character == quoted else quoted
        elif character in "'\"":
            quoted = character
        depth += 0 if quoted else {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth and not quoted:
            found.append("")
        else:
            found[-1] += character
    return [re.sub(r"\s+", " ", part).strip() for part in found]


@contextmanager
def empty_database(folder: Path) -> Iterator[None]:
    """The default database is an empty one of the same kind; afterwards it is what it was."""
    if connection.vendor == "sqlite":
        with database_at(f"sqlite:///{folder / 'described.sqlite3'}"):
            yield
        return
    name = f"{connection.settings_dict['NAME']}_described"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        with database_at({"NAME": name}):
            yield
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


def test_the_parts_of_a_table_are_told_apart() -> None:
    assert parts('CREATE TABLE "a" ("b" decimal(2, 1), "c," text DEFAULT \',\', CHECK ("b" > 0))') == [
        '"b" decimal(2, 1)',
        "\"c,\" text DEFAULT ','",
        'CHECK ("b" > 0)',
    ]
