"""Adding, exchanging and removing priorities: a name moves with the tickets that have it (T17)."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Model, PositiveSmallIntegerField, Value, When
from django.utils.translation import gettext as _

from helpdesk import limits
from tickets.models import NotAllowed, PriorityLevel, Queue, Rule, ServiceLevel, ServiceTime, Ticket
from tickets.models.setup.priority import KEPT, Level

_NO_LEVEL = 0


def next_level() -> int:
    """The place of a new one, above all others. Raises NotAllowed if there are enough."""
    level = max(KEPT.renew()) + 1
    if level > limits.PRIORITIES.amount:
        raise NotAllowed(limits.PRIORITIES.sentence())
    return level


def raise_one(level: int) -> None:
    """Exchange a priority with the next higher one, on every ticket, queue, rule and service level with either."""
    known = KEPT.renew()
    above = next((each for each in known if each > level), None)
    if level not in known or above is None:
        return
    with transaction.atomic():
        _put(known[level], above)
        _put(known[above], level)
        _exchange(Ticket, "priority", level, above)
        _exchange(Queue, "default_priority", level, above)
        _exchange_times(level, above)
        _exchange_in_rules({level: above, above: level})


def remove(row: PriorityLevel) -> None:
    """Raises NotAllowed for a built-in one, and for one that a ticket or queue has."""
    if not row.is_removable or row.built_in:
        raise NotAllowed(_("Only a priority of your own, above the first four, can be deleted."))
    has_it = Ticket.objects.filter(priority=row.level).exists()
    if has_it or Queue.objects.filter(default_priority=row.level).exists():
        raise NotAllowed(_("Tickets or queues have this priority; give them another one first."))
    if rule := next((rule for rule in Rule.objects.all() if any(_naming(rule, {row.level: 0}))), None):
        raise NotAllowed(_("The rule “%(rule)s” uses this priority; change the rule first.") % {"rule": rule})
    ServiceTime.objects.filter(priority=row.level).delete()
    row.delete()


def _put(known: Level, level: int) -> None:
    """Let `level` look like `known`."""
    row = PriorityLevel(
        level=level, name=known.own_name, built_in=known.built_in, colour=known.own_colour, mark=known.own_mark
    )
    row.save()


def _exchange_times(one: int, other: int) -> None:
    """Let service levels have the times of each for the other; a service level has one row of each."""
    for before, after in ((one, _NO_LEVEL), (other, one), (_NO_LEVEL, other)):
        ServiceTime.objects.filter(priority=before).update(priority=after)
    ServiceLevel.forget()


def _exchange_in_rules(others: Mapping[int, int]) -> None:
    """Let rules go on naming what they named; how each is written down, say `tickets.rules`."""
    changed = []
    for rule in Rule.objects.select_for_update():
        if named := list(_naming(rule, others)):
            for part in named:
                part["value"] = others[part["value"]]
            changed.append(rule)
    Rule.objects.bulk_update(changed, ["conditions", "actions"])


def _naming(rule: Rule, levels: Collection[int]) -> Iterator[dict[str, Any]]:
    """The conditions and actions of `rule` that name one of these priorities."""
    for part in (*rule.conditions, *rule.actions):
        if isinstance(part, dict) and "priority" in (part.get("field"), part.get("do")) and part["value"] in levels:
            yield part


def _exchange(model: type[Model], field: str, one: int, other: int) -> None:
    rows = model._default_manager.filter(**{f"{field}__in": [one, other]})
    cases = When(**{field: one}, then=Value(other)), When(**{field: other}, then=Value(one))
    swapped = Case(*cases, default=F(field), output_field=PositiveSmallIntegerField())
    rows.update(**{field: swapped})
