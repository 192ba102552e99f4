"""Conflicts between transactions: whether one lost against another, so that the same may simply be tried again."""

from django.db import OperationalError

#: PostgreSQL's serialization failure, deadlock, and lock that could not be had.
_STATES = frozenset({"40001", "40P01", "55P03"})


def has_lost(error: BaseException) -> bool:
    """Whether the database gave this transaction up for another one's sake; on SQLite, that its file was locked."""
    if not isinstance(error, OperationalError):
        return False
    return getattr(error.__cause__, "sqlstate", "") in _STATES or "locked" in str(error)
