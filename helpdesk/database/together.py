"""Together: what is asked, numbered and written for many rows at once, in one statement each."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, Model

K = TypeVar("K")
V = TypeVar("V")


class Together(Generic[K, V]):
    """A question about one key, asked for every key that is expected: the first one asks, the others are known.

    `ask` takes keys, each once, and answers what it finds. What is not found is None, and is not asked again.
    """

    def __init__(self, ask: Callable[[Collection[K]], Mapping[K, V]]) -> None:
        self._ask = ask
        self._expected: set[K] = set()
        self._known: dict[K, V | None] = {}

    def expect(self, keys: Iterable[K]) -> None:
        """That somebody may ask for `keys`."""
        self._expected.update(keys)

    def get(self, key: K) -> V | None:
        """The answer for `key`; one question for all that are expected, and none if it is known."""
        return self.get_all([key])[0]

    def get_all(self, keys: Collection[K]) -> list[V | None]:
        """The answers for `keys` in their order."""
        if any(key not in self._known for key in keys):
            asked = {*self._expected, *keys} - self._known.keys()
            self._known |= dict.fromkeys(asked) | dict(self._ask(asked))
            self._expected.clear()
        return [self._known[key] for key in keys]

    def settle(self) -> None:
        """Ask now for all that are expected; nothing if all are known."""
        self.get_all([*self._expected])

    def peek(self, key: K) -> V | None:
        """The answer for `key` if it is known already; asks nothing."""
        return self._known.get(key)

    def put(self, key: K, value: V | None) -> None:
        """Know `value` from now on."""
        self._known[key] = value

    def known(self) -> Iterator[V]:
        """Every answer so far."""
        return (value for value in self._known.values() if value is not None)

    def forget(self) -> None:
        """Ask anew, again for all together."""
        self._expected |= self._known.keys()
        self._known.clear()


def next_keys(model: type[Model], count: int) -> list[int]:
    """Primary keys for `count` new rows of `model`, rising; they are nobody else's. Must be called in a transaction."""
    connection, table = connections[DEFAULT_DB_ALIAS], model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
            cursor.execute(sequence, [f'"{table}"', model._meta.pk.column, count])
            return sorted(int(key) for (key,) in cursor.fetchall())
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s RETURNING seq", [count, table])
        if not (row := cursor.fetchone()):
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
            row = (count,)
    return list(range(row[0] - count + 1, row[0] + 1))


def update_each(rows: Sequence[Model], fields: Iterable[str]) -> None:
    """Write these fields of saved rows of one model, each its own values: one statement, however many rows there are.

    Sends no signals.
    """
    if not rows:
        return
    meta, connection = rows[0]._meta, connections[DEFAULT_DB_ALIAS]
    columns: list[Field[Any, Any]] = [meta.pk, *(meta.get_field(name) for name in sorted(set(fields)))]  # type: ignore[list-item]
    quote, is_typed = connection.ops.quote_name, connection.vendor == "postgresql"
    kinds = [meta.pk.rel_db_type(connection), *(each.db_type(connection) for each in columns[1:])]
    plain = ["%s"] * len(columns)
    first = [f"CAST(%s AS {kind})" for kind in kinds] if is_typed else plain
    values = ", ".join(f"({', '.join(plain if number else first)})" for number in range(len(rows)))
    names = ", ".join(f"{quote(str(each.column))} = v.column{at}" for at, each in enumerate(columns[1:], start=2))
    table, key = quote(meta.db_table), quote(str(meta.pk.column))
    sql = f"UPDATE {table} SET {names} FROM (VALUES {values}) AS v WHERE {table}.{key} = v.column1"  # noqa: S608
    written = set(columns[1:])  # each field of the model is looked up in it
    for row in rows:
        row._prepare_related_fields_for_save(operation_name="update_each", fields=written)  # type: ignore[attr-defined]
    parameters = [each.get_db_prep_save(each.pre_save(row, False), connection) for row in rows for each in columns]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
