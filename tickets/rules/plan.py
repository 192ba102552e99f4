"""The decision of rules for new requests: a pure function of a mail's facts and the rules, shared with dry runs.

All conditions are read before any action counts: they look at the mail alone, never at what a rule above has decided.
A later rule overrides an earlier one; one with "stop" ends it. The default rule counts where no other one acted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from recipients.addressing.expressions import Clock
from tickets.rules.actions import Action, Do
from tickets.rules.conditions import Condition, Facts, holds, is_own

#: Seconds of the processor that all regular expressions together may take for one mail.
SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule as values. `broken` names what it speaks of and is gone: such a rule does nothing with it."""

    pk: int
    name: str
    conditions: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()
    any_of: bool = False
    stop: bool = False
    is_default: bool = False

    def applies(self, facts: Facts, clock: Clock | None = None) -> bool:
        """Whether its conditions hold. The default rule has none; any other one without conditions never applies."""
        if not self.conditions:
            return self.is_default
        found = (holds(each, facts, clock) for each in self.conditions)
        return any(found) if self.any_of else all(found)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that acted, with its reasons: the conditions that held."""

    rule: CompiledRule
    because: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules come to for one request. None, or empty: no rule says anything of it.

    `queue`, `assignee` and `customer` are numbers, `notify_only` and `notify` those of agents; `by` says which rule
    each action is of. `fields`: the values of custom fields, by their keys.
    """

    hits: tuple[Hit, ...] = ()
    queue: int | None = None
    priority: int | None = None
    category: int | None = None
    tags: tuple[str, ...] = ()
    assignee: int | None = None
    status: str = ""
    customer: int | None = None
    notify_only: tuple[int, ...] | None = None
    notify: tuple[int, ...] = ()
    confirmation: bool = True
    deletes: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    by: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.hits)


NOTHING = Plan()


def decide(facts: Facts, rules: Sequence[CompiledRule]) -> Plan:
    """What `rules`, in their order, say of a mail with these `facts`."""
    if not rules:
        return NOTHING
    clock = Clock(SECONDS)
    applying = [rule for rule in rules if not rule.is_default and rule.applies(facts, clock)]
    acting = list(_until_stop(applying)) or [rule for rule in rules if rule.is_default]
    plan = replace(NOTHING, by={})
    for rule in acting:
        because = tuple(each for each in rule.conditions if not rule.any_of or holds(each, facts, clock))
        plan = replace(_with(plan, rule), hits=(*plan.hits, Hit(rule, because)))
    return plan


def _until_stop(rules: Iterable[CompiledRule]) -> Iterable[CompiledRule]:
    for rule in rules:
        yield rule
        if rule.stop:
            return


def _with(plan: Plan, rule: CompiledRule) -> Plan:
    for action in rule.actions:
        changes = _changes(plan, action)
        plan = replace(plan, **changes, by={**plan.by, action.do: rule.pk})
    return plan


def _changes(plan: Plan, action: Action) -> dict[str, Any]:
    value = action.value
    if is_own(action.do):
        return {"fields": {**plan.fields, action.do: value}}
    match action.do:
        case Do.QUEUE | Do.PRIORITY | Do.CATEGORY | Do.ASSIGNEE | Do.STATUS | Do.CUSTOMER:
            return {str(action.do): value}
        case Do.TAGS:
            return {"tags": tuple(dict.fromkeys((*plan.tags, *value)))}
        case Do.NOTIFY_ONLY:
            return {"notify_only": tuple(value)}
        case Do.NOTIFY:
            return {"notify": tuple(dict.fromkeys((*plan.notify, *value)))}
        case Do.NO_CONFIRMATION:
            return {"confirmation": False}
        case Do.DELETE:
            return {"deletes": True}
    return {}
