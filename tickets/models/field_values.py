"""Rows by what their custom fields say: tickets and customers, whose values are a JSON column."""

from typing import Any, TypeVar

from django.db import connections
from django.db.models import F, Q, QuerySet

Rows = TypeVar("Rows", bound=QuerySet[Any])


def having(rows: Rows, field: str, value: Any) -> Rows:
    """Those of `rows` whose field has this value. On PostgreSQL by the index of all values."""
    if connections[rows.db].vendor == "postgresql":
        return rows.filter(own_fields__contains={field: value})
    return rows.filter(Q(**{f"own_fields__{field}": value}))


def lacking(rows: Rows, field: str) -> Rows:
    """Those of `rows` whose field says nothing."""
    return rows.filter(Q(own_fields__isnull=True) | ~Q(own_fields__has_key=field))


def compared(rows: Rows, field: str, lookup: str, value: Any) -> Rows:
    """Those of `rows` whose field compares so. No index helps: what else is asked has to make them few."""
    return rows.filter(**{f"own_fields__{field}__{lookup}": value})


def ordered(rows: Rows, field: str, then: tuple[str, ...], *, descending: bool) -> Rows:
    """`rows` by a field, those of one value by `then`; what says nothing stands last, whichever way. No index helps."""
    value = F(f"own_fields__{field}")
    first = value.desc(nulls_last=True) if descending else value.asc(nulls_last=True)
    return rows.order_by(first, *then)
