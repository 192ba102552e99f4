"""Rules over time: every fifteen minutes they act on unsolved tickets, once for each until it was different again."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from helpdesk.ui.trials import Trial
from recipients.models import User
from tickets.models import Comment, Rule, Ticket
from tickets.models.setup.category import with_those_below
from tickets.models.work.visibility import TicketQuerySet
from tickets.rules.conditions import Condition, Field, How
from tickets.rules.plan import CompiledRule
from tickets.rules.rulebook import compiled
from tickets.rules.sentences import NOBODY

#: Tickets that a trial shows.
SHOWN = 20


def matching(rule: CompiledRule, now: datetime) -> TicketQuerySet:
    """The unsolved tickets on which `rule` may act at `now`; none for a rule without conditions."""
    asked = [_asked(each, now) for each in rule.conditions]
    if not asked:
        return Ticket.objects.none()
    tickets = Ticket.objects.unsolved()
    if rule.any_of:
        return tickets.filter(reduce(or_, asked))
    return tickets.filter(*asked)


def try_rule(rule: Rule, reader: User) -> Trial[Ticket]:
    """On which of the unsolved tickets that `reader` may see the unsaved `rule` would act now."""
    visible = Ticket.objects.visible_to(reader)
    found = matching(compiled(rule), timezone.now()).filter(pk__in=visible.order_by().values("pk"))
    total = visible.unsolved().count()
    shown = found.select_related("queue", "requester").order_by("created_at", "pk")[:SHOWN]
    return Trial(total, total, found.count(), list(shown))


def _asked(condition: Condition, now: datetime) -> Q:
    """The condition as the database asks it. What nobody can read any more holds for nothing."""
    value, ask = condition.value, _QUESTIONS.get(condition.field)
    if condition.field in _SINCE:
        return _SINCE[condition.field](_later(condition), now - timedelta(hours=float(value)))
    if ask is None:
        return Q(pk__in=[])
    found: Q = ask(condition)
    return ~found if condition.negated else found


def _later(condition: Condition) -> bool:
    """Whether the moment has to be later than so many hours ago: "at most", or not "at least"."""
    return (condition.how == How.AT_MOST) is not condition.negated


def _created(later: bool, moment: datetime) -> Q:
    return Q(created_at__gt=moment) if later else Q(created_at__lte=moment)


def _wrote(kind: str) -> Callable[[bool, datetime], Q]:
    """Since a message of that kind came in; what has none was not written to at any time."""

    def asked(later: bool, moment: datetime) -> Q:
        said = Comment.objects.filter(ticket=OuterRef("pk"), kind=kind, is_held=False)
        newer = Q(Exists(said.filter(created_at__gt=moment)))
        return newer if later else Q(Exists(said)) & ~newer

    return asked


_SINCE: Mapping[str, Callable[[bool, datetime], Q]] = {
    Field.HOURS_CREATED: _created,
    Field.HOURS_CUSTOMER: _wrote(Comment.Kind.CUSTOMER),
    Field.HOURS_AGENT: _wrote(Comment.Kind.AGENT),
}


def _tagged(condition: Condition) -> Q:
    through = Ticket.tags.through._default_manager
    return Q(Exists(through.filter(ticket=OuterRef("pk"), tag__name__iexact=str(condition.value))))


def _priority(condition: Condition) -> Q:
    return Q(priority__gte=condition.value) if condition.how == How.AT_LEAST else Q(priority__lte=condition.value)


def _assignee(condition: Condition) -> Q:
    return (
        Q(assignee__isnull=True) if condition.value == NOBODY else Q(assignee=condition.value, assignee__isnull=False)
    )


_QUESTIONS: Mapping[str, Callable[[Condition], Any]] = {
    Field.STATUS: lambda condition: Q(status=condition.value),
    Field.QUEUE: lambda condition: Q(queue=condition.value),
    Field.PRIORITY: _priority,
    Field.CATEGORY: lambda condition: Q(category__in=with_those_below(condition.value), category__isnull=False),
    Field.TAG: _tagged,
    Field.ASSIGNEE: _assignee,
}
