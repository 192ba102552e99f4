"""The keys of many rows: found once, in their order; the rows are read some at a time, for as long as it takes.

A cursor over the rows themselves would hold a transaction open until a slow reader has the last one, or have the
database keep them all aside; and words that are looked for would be looked for while a file is already being sent.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)

#: Keys that come from the database at once.
FETCHED = 10_000


def keys_of(rows: QuerySet[Any]) -> Sequence[int]:
    """The keys of `rows` in their order, eight bytes each. One query."""
    return array("q", rows.values_list("pk", flat=True).iterator(chunk_size=FETCHED))


def by_keys(rows: QuerySet[Row], keys: Sequence[int], size: int) -> Iterator[list[Row]]:
    """Those of `rows` with these keys, in the order of `keys`, up to `size` at a time; not those that are gone."""
    for start in range(0, len(keys), size):
        found = rows.order_by().in_bulk(list(keys[start : start + size]))
        yield [found[key] for key in keys[start : start + size] if key in found]
