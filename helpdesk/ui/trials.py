"""Trials: what a change would have done to the last thirty days, shown before anybody makes it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.utils import timezone

DAYS = 30
SHOWN = 20  # rows of those found
Row = TypeVar("Row")


def first_moment() -> datetime:
    """What is older is in no trial."""
    return timezone.now() - timedelta(days=DAYS)


@dataclass(frozen=True, slots=True)
class Trial(Generic[Row]):
    """Of `total` rows `looked_at`, the newest, were looked at; for `found` of them something would have been different.

    `shown` are the newest of those.
    """

    total: int
    looked_at: int
    found: int
    shown: Iterable[Row]

    @property
    def is_partial(self) -> bool:
        return self.looked_at < self.total

    @property
    def is_broad(self) -> bool:
        """Whether it would be different for more than half of all: most likely not what is meant."""
        return self.looked_at >= 10 and self.found * 2 > self.looked_at


@dataclass(slots=True)
class Tally(Generic[Row]):
    """Counts the rows of a trial while they are looked at, the newest first, and keeps the first that are found."""

    looked_at: int = 0
    found: int = 0
    unread: int = 0
    shown: list[Row] = field(default_factory=list)

    def add(self, row: Row, *, is_found: bool | None) -> None:
        """Count a row; `is_found` is None if it could not be read."""
        self.looked_at += 1
        self.unread += is_found is None
        if is_found:
            self.found += 1
            self.shown += [row] if self.found <= SHOWN else []
