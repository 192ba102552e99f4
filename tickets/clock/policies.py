"""Which service level holds for a ticket: the first level of what is named that gives exactly one (W16). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar


class Scope(Protocol):
    """What a policy names, by keys; None: it says nothing of it."""

    @property
    def customer(self) -> int | None: ...
    @property
    def category(self) -> int | None: ...
    @property
    def queue(self) -> int | None: ...


class Level(StrEnum):
    """What of a ticket led to its policy, the strongest first."""

    CUSTOMER = "customer"
    COMPANY = "company"
    CATEGORY = "category"
    PARENT = "parent"
    QUEUE = "queue"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a ticket is, by keys: `categories` has its own one first, then the parents of that, the nearest first."""

    customer: int | None = None
    company: int | None = None
    categories: Sequence[int] = ()
    queue: int | None = None


P = TypeVar("P", bound=Scope)


def choose(policies: Sequence[P], facts: Facts) -> tuple[P, Level] | None:
    """The policy of the first level that gives exactly one, and that level; None if none does.

    A level looks only at policies that name nothing of the levels above it. What a policy names besides has to be so,
    too: one for a category and a queue holds for tickets of both.
    """
    for level, candidates in _levels(policies, facts):
        found = [each for each in candidates if _holds(each, facts)]
        if len(found) == 1:
            return found[0], level
    return None


def _levels(policies: Sequence[P], facts: Facts) -> Iterator[tuple[Level, list[P]]]:
    if facts.customer is not None:
        yield Level.CUSTOMER, [each for each in policies if each.customer == facts.customer]
    if facts.company is not None:
        yield Level.COMPANY, [each for each in policies if each.customer == facts.company]
    rest = [each for each in policies if each.customer is None]
    for place, category in enumerate(facts.categories):
        yield Level.PARENT if place else Level.CATEGORY, [each for each in rest if each.category == category]
    rest = [each for each in rest if each.category is None]
    if facts.queue is not None:
        yield Level.QUEUE, [each for each in rest if each.queue == facts.queue]
    yield Level.DEFAULT, [each for each in rest if each.queue is None]


def _holds(policy: Scope, facts: Facts) -> bool:
    """Whether all that it names of category and queue is so; the level has seen to the rest."""
    in_category = policy.category is None or policy.category in facts.categories
    return in_category and (policy.queue is None or policy.queue == facts.queue)
