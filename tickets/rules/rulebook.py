"""The active rules for new requests as they are at one moment, read once for a batch of mails, and their hits."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from django.db.models import Case, F, IntegerField, Value, When
from django.utils import timezone

from recipients.models import Customer, User
from tickets.models import Rule
from tickets.models.setup.custom_field import About, Known, custom_fields
from tickets.rules.actions import Action, Do
from tickets.rules.conditions import Condition, Field, is_own
from tickets.rules.plan import CompiledRule, Plan

_OF_CUSTOMERS = (Field.CUSTOMER, Field.CUSTOMER_KIND, Field.PARTNER, Field.KNOWN)


@dataclass(frozen=True)
class Rulebook:
    """The rules, and the rows that their actions name, each kind read when the first mail needs it."""

    rules: tuple[CompiledRule, ...] = ()
    hits: Counter[int] = field(default_factory=Counter)

    @classmethod
    def load(cls) -> Self:
        """One query."""
        return cls(tuple(compiled(rule) for rule in Rule.objects.of(Rule.Trigger.NEW).active() if rule.actions))

    @cached_property
    def asks_for_customers(self) -> bool:
        asked = [each.field for rule in self.rules for each in rule.conditions]
        return any(field in _OF_CUSTOMERS or is_own(field) for field in asked)

    @cached_property
    def fields(self) -> dict[str, Known]:
        """The custom fields in use, by their keys: none if no rule names one. Now and then two queries."""
        named = {each.field for rule in self.rules for each in rule.conditions}
        named |= {each.do for rule in self.rules for each in rule.actions}
        if not any(map(is_own, named)):
            return {}
        return {each.key: each for about in About for each in custom_fields(about)}

    @cached_property
    def agents(self) -> dict[int, User]:
        """Whom rules assign, with their queues: active ones alone. Two queries, or none."""
        wanted = self._named(Do.ASSIGNEE)
        return User.objects.filter(is_active=True).prefetch_related("queues").in_bulk(wanted) if wanted else {}

    @cached_property
    def customers(self) -> dict[int, Customer]:
        """One query, or none."""
        wanted = self._named(Do.CUSTOMER)
        return Customer.objects.filter(merged_into=None).in_bulk(wanted) if wanted else {}

    def _named(self, do: Do) -> set[Any]:
        return {action.value for rule in self.rules for action in rule.actions if action.do == do}

    def note(self, plan: Plan) -> None:
        """Remember which rules acted, until `count_hits`."""
        self.hits.update(hit.rule.pk for hit in plan.hits)

    def count_hits(self) -> None:
        """Write down how often which rule acted. One query, or none; outside the transactions of the mails."""
        if self.hits:
            count_hits(self.hits)
            self.hits.clear()


def count_hits(hits: "Counter[int]") -> None:
    """Add `hits` to their rules, all in one statement."""
    more = Case(*(When(pk=pk, then=Value(count)) for pk, count in hits.items()), default=0, output_field=IntegerField())
    Rule.objects.filter(pk__in=hits).update(hits=F("hits") + more, last_hit_at=timezone.now())


def compiled(rule: Rule) -> CompiledRule:
    return CompiledRule(
        pk=rule.pk or 0,
        name=rule.name,
        conditions=_read(Condition, rule.conditions),
        actions=_read(Action, rule.actions),
        any_of=rule.combine == Rule.Combine.ANY,
        stop=rule.stop,
        is_default=rule.is_default,
    )


def _read(kind: Any, stored: Iterable[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(kind.read(each) for each in stored) if isinstance(stored, list) else ()
