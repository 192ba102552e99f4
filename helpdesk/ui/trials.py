"""Trials: what a change would have done to the last thirty days, shown before anybody makes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.utils import timezone

DAYS = 30
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
