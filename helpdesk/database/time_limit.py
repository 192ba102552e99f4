"""A limit of time for questions: the database stops where it would look for longer than a reader waits."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError

from helpdesk.limits import Limit

#: SQLSTATE of a statement that PostgreSQL gave up: `query_canceled`.
CANCELLED = "57014"
#: Steps of SQLite's virtual machine between two looks at the clock: some tenths of a millisecond.
STEPS = 10_000


Answer = TypeVar("Answer")
Otherwise = TypeVar("Otherwise")


class OutOfTimeError(Exception):
    """A question took longer than it may."""


def in_time(limit: Limit, question: Callable[[], Answer], otherwise: Otherwise) -> Answer | Otherwise:
    """What `question` answers; `otherwise` where the database takes longer for it than the milliseconds of `limit`."""
    try:
        with at_most(limit.amount):
            return question()
    except OutOfTimeError:
        return otherwise


@contextmanager
def at_most(milliseconds: int) -> Iterator[None]:
    """Each statement within takes at most so long, on SQLite all of them together. Raises OutOfTimeError.

    For reading alone: what was written within is taken back then. One statement more on PostgreSQL.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    limited = _limited_postgresql if connection.vendor == "postgresql" else _limited_sqlite
    try:
        with limited(connection, milliseconds):
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == CANCELLED or str(error) == "interrupted":
            raise OutOfTimeError from error
        raise


@contextmanager
def _limited_postgresql(connection: BaseDatabaseWrapper, milliseconds: int) -> Iterator[None]:
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        _say(connection, "SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
        yield
        if not outermost:  # what comes after in the same transaction takes its time
            _say(connection, "SET LOCAL statement_timeout = DEFAULT")


def _say(connection: BaseDatabaseWrapper, statement: str, values: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def _limited_sqlite(connection: BaseDatabaseWrapper, milliseconds: int) -> Iterator[None]:
    end = time.monotonic() + milliseconds / 1000
    connection.ensure_connection()
    watch: Callable[..., None] = connection.connection.set_progress_handler
    watch(lambda: time.monotonic() > end, STEPS)
    try:
        yield
    finally:
        watch(None, 0)
