"""How does a question that is asked for every mail get along without being composed and planned every time?

Django needs ten times as long to compose a large query as PostgreSQL to answer it, and PostgreSQL longer to plan it.
Here Django composes the SQL once, with stand-ins for the values, and later only the values change.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
Value = str | int | datetime

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


class Compiled(Generic[M]):
    """A query that differs in values alone.

    `compose` makes the query set from stand-ins, which are given by name: `Compiled(lambda name: …, name="")`. The
    value says the type: text, a whole number or a time.
    """

    def __init__(self, compose: Callable[..., QuerySet[M, Any]], **types: Value) -> None:
        self._compose = compose
        self._stand_ins = {name: _stand_in(name, number, kind) for number, (name, kind) in enumerate(types.items())}
        self._sql: dict[str, tuple[type[M], str, list[tuple[str, Any]]]] = {}

    def rows(self, **values: Value) -> list[tuple[Any, ...]]:
        """The answer as plain tuples, as the database adapter returns them: one statement.

        SQLite has no booleans or dates.
        """
        _model, sql, parameters = self._filled_in(values)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())

    def first(self, **values: Value) -> M | None:
        """The first row of the answer as a model: one statement."""
        model, sql, parameters = self._filled_in(values)
        return next(iter(model._default_manager.raw(sql, parameters)), None)

    def _filled_in(self, values: dict[str, Value]) -> tuple[type[M], str, list[Any]]:
        vendor = connections[DEFAULT_DB_ALIAS].vendor
        if vendor not in self._sql:
            self._sql[vendor] = self._composed()
        model, sql, parameters = self._sql[vendor]
        return model, sql, [_adapted(values[name]) if name else fixed for name, fixed in parameters]

    def _composed(self) -> tuple[type[M], str, list[tuple[str, Any]]]:
        """The model, SQL, and for each parameter the name of its value, or "" and a fixed one."""
        names = {_adapted(stand_in): name for name, stand_in in self._stand_ins.items()}
        questions = self._compose(**self._stand_ins)
        sql, parameters = questions.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        found = [(names.get(each, "") if isinstance(each, Value) else "", each) for each in parameters]
        missing = set(names.values()) - {name for name, _fixed in found}
        assert not missing, f"Django has changed or dropped the stand-ins for {missing}"
        return questions.model, sql, found


def _stand_in(name: str, number: int, kind: Value) -> Value:
    """A value that stands nowhere else in the query."""
    if isinstance(kind, datetime):
        return datetime(1900, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return f"stand-in for {name}" if isinstance(kind, str) else 7_000_000_001 + number


def _adapted(value: Value) -> Any:
    """The value as the database's adapter takes it; SQLite takes times as text."""
    if isinstance(value, datetime):
        return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(value)
    return value
