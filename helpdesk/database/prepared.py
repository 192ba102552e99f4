"""Prepared queries: what is asked for every mail or page is composed once, and what for every mail is planned once.

Django needs ten times as long to compose a large query as PostgreSQL to answer it, and PostgreSQL longer to plan it.
Here Django composes the SQL once, with stand-ins for the values, and later only the values change. This needs six
things of Django's that it does not promise to keep; nothing else of the product knows them, and
`helpdesk/tests/database/test_prepared.py` fails when they change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.query import RelatedPopulator, get_related_populators
from psycopg.types.array import ListBinaryDumper

M = TypeVar("M", bound=Model)
Row = TypeVar("Row")
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


def send_lists_as_bytes() -> None:
    """Let rows that are written together go to PostgreSQL as they are, on this thread's connection.

    Django gives it each column as an array. psycopg would write that as text, in which each quote of a message is
    escaped: thirty times the work. Only lists of one type can be sent so, which columns are.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        connection.connection.adapters.register_dumper(list, ListBinaryDumper)


@dataclass(frozen=True, slots=True)
class _Statement:
    """SQL, its parameters, which of them are stand-ins, and what makes Python values and objects of columns."""

    model: type[Model]
    sql: str
    parameters: list[Any]
    stand_ins: list[tuple[int, str]]  # position among the parameters, name of the value
    converters: list[tuple[int, Callable[..., Any], Any]]  # column, converter, expression of the column
    fields: list[str]  # of the model, in the order of the first columns; [] if the answer is rows
    related: list[RelatedPopulator]  # what makes the objects of `select_related` of the other columns

    def filled_in(self, values: dict[str, Value]) -> list[Any]:
        parameters = self.parameters.copy()
        for position, name in self.stand_ins:
            parameters[position] = _adapted(values[name])
        return parameters

    def answer(self, values: dict[str, Value]) -> Sequence[Sequence[Any]]:
        """The rows, with values as Python knows them."""
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.filled_in(values))
            found: list[Any] = cursor.fetchall()
        if self.converters:
            found = [list(row) for row in found]
            for row in found:
                for position, convert, expression in self.converters:
                    row[position] = convert(row[position], expression, connection)
        return found


class _Prepared:
    def __init__(self, compose: Callable[..., QuerySet[Any, Any]], **types: Value) -> None:
        """`compose` makes the query set from values, which are given by name; their examples say the types."""
        self.compose = compose
        self._stand_ins = {name: _stand_in(name, number, kind) for number, (name, kind) in enumerate(types.items())}
        self._statements: dict[str, _Statement] = {}  # by the kind of database

    def _statement(self) -> _Statement:
        vendor = connections[DEFAULT_DB_ALIAS].vendor
        if vendor not in self._statements:
            self._statements[vendor] = self._composed()
        return self._statements[vendor]

    def _composed(self) -> _Statement:
        names = {_adapted(stand_in): name for name, stand_in in self._stand_ins.items()}
        query_set = self.compose(**self._stand_ins)
        compiler = query_set.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        stand_ins = [
            (position, names[each])
            for position, each in enumerate(parameters)
            if isinstance(each, Value) and each in names
        ]
        missing = set(names.values()) - {name for _position, name in stand_ins}
        fixed = set(range(len(parameters))) - {position for position, _name in stand_ins}
        changed = [parameters[each] for each in fixed if any(str(name) in str(parameters[each]) for name in names)]
        if missing or changed:
            raise ValueError(f"The query leaves out {sorted(missing)} and changes {changed}: it cannot be prepared.")
        columns = [column for column, *_rest in compiler.select[: compiler.col_count]]
        converters = [
            (position, converter, expression)
            for position, (each, expression) in compiler.get_converters(columns).items()
            for converter in each
        ]
        fields, related = [], []
        if info := compiler.klass_info:
            fields = [compiler.select[position][0].target.attname for position in info["select_fields"]]
            related = get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # of 6.1
        return _Statement(query_set.model, sql, list(parameters), stand_ins, converters, fields, related)


class PreparedQuery(_Prepared, Generic[Row]):
    """A query that differs in values alone, and whose answer is rows with names.

    `row` takes the columns of the query set in their order: `PreparedQuery(Name, lambda pk: ….values_list(…), pk=0)`
    with a NamedTuple `Name`. The example of a value says its type: text, a whole number or a time.
    """

    def __init__(self, row: Callable[..., Row], compose: Callable[..., QuerySet[Any, Any]], **types: Value) -> None:
        super().__init__(compose, **types)
        self._row = row

    def rows(self, **values: Value) -> list[Row]:
        """The answer: one statement."""
        return [self._row(*row) for row in self._statement().answer(values)]


class PreparedObject(_Prepared, Generic[M]):
    """A query that differs in values alone, and whose answer is an object of its model, with those of `select_related`.

    `PreparedObject(lambda address: Recipient.objects.filter(address=address), address="")`.
    """

    def __init__(self, compose: Callable[..., QuerySet[M, Any]], **types: Value) -> None:
        super().__init__(compose, **types)

    def first(self, **values: Value) -> M | None:
        """The first of the answer, in the query set's order, None if there is none: one statement."""
        statement = self._statement()
        row = next(iter(statement.answer(values)), None)
        if row is None:
            return None
        found: M = statement.model.from_db(DEFAULT_DB_ALIAS, statement.fields, row[: len(statement.fields)])  # type: ignore[assignment]
        for each in statement.related:
            each.populate(row, found)
        return found


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
