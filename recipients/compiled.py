"""How does a question that is asked for every mail get along without being composed and planned every time?

Django needs ten times as long to compose a large query as PostgreSQL to answer it, and PostgreSQL longer to plan it.
Here Django composes the SQL once, with stand-ins for the values, and later only the values change.
"""

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

Value = str | int

#: Times that a statement is seen on a connection before its plan is kept.
SEEN_BEFORE = 5


def keep_plans() -> None:
    """Let PostgreSQL keep the plans of statements that come again on this thread's connection.

    For the way of mail alone: it looks for keys, and one plan is right for all of them. Lists and searches are planned
    for the filters and words that they are asked for. Where connections are not kept there is nothing to keep plans
    in: a pooler in transaction mode gives each transaction another one.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql" and connection.settings_dict["CONN_MAX_AGE"] != 0:
        connection.ensure_connection()
        connection.connection.prepare_threshold = SEEN_BEFORE


class Compiled:
    """A query whose rows are plain tuples, as the database adapter returns them (SQLite has no booleans or dates).

    `compose` makes the query set from stand-ins, which are given by name: `Compiled(lambda name: …, name="")`. The
    value says the type; a stand-in must reach the database as it is, so it fits for text and whole numbers.
    """

    def __init__(self, compose: Callable[..., QuerySet[Any, Any]], **types: Value) -> None:
        self._compose = compose
        self._stand_ins: dict[str, Value] = {
            name: f"stand-in for {name}" if isinstance(kind, str) else 7_000_000_001 + number
            for number, (name, kind) in enumerate(types.items())
        }
        self._sql: dict[str, tuple[str, list[tuple[str, Any]]]] = {}

    def rows(self, **values: Value) -> list[tuple[Any, ...]]:
        """The answer for these values: one statement."""
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor not in self._sql:
            self._sql[connection.vendor] = self._composed()
        sql, parameters = self._sql[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(sql, [values[name] if name else fixed for name, fixed in parameters])
            return list(cursor.fetchall())

    def _composed(self) -> tuple[str, list[tuple[str, Any]]]:
        """SQL, and for each parameter the name of its value, or "" and a fixed one."""
        names = {stand_in: name for name, stand_in in self._stand_ins.items()}
        query = self._compose(**self._stand_ins).query
        sql, parameters = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        found = [(names.get(each, "") if isinstance(each, str | int) else "", each) for each in parameters]
        missing = set(names.values()) - {name for name, _fixed in found}
        assert not missing, f"Django has changed or dropped the stand-ins for {missing}"
        return sql, found
