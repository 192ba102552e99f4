"""Rules over time: every fifteen minutes they act on unsolved tickets, once for each until it was different again.

The database finds the tickets, in two statements for each rule; what is done to one is done by the verbs that agents
use, in a transaction of its own, so that the history and everybody who is to be told get to know of it.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone, translation
from liquid.exceptions import LiquidError

from helpdesk import limits
from helpdesk.text.text_to_html import text_to_html
from helpdesk.ui.trials import Trial
from helpdesk.wording.liquid import render_source
from recipients.models import Branding, User
from tickets.models import Category, Comment, Event, NotAllowed, Queue, Rule, RuleRun, Ticket
from tickets.models.setup.category import with_those_below
from tickets.models.setup.custom_field import About, field_of, in_texts, with_value
from tickets.models.setup.substatus import is_offered
from tickets.models.work.visibility import TicketQuerySet
from tickets.notifications.dispatch import about_opening, announce
from tickets.notifications.notices import tell_administrators
from tickets.rules.actions import Action, Do
from tickets.rules.conditions import Condition, Field, How, is_own
from tickets.rules.plan import CompiledRule
from tickets.rules.rulebook import compiled, count_hits
from tickets.rules.ruling import unfit
from tickets.rules.sentences import NOBODY
from tickets.text import references

logger = structlog.get_logger(__name__)

#: Tickets that a trial shows.
SHOWN = 20


def follow_all() -> int:
    """Let every active rule act on the tickets that are due; on how many it was done. Several workers may call it.

    One that fails keeps none of the others from it.
    """
    return sum(_followed(rule) for rule in Rule.objects.of(Rule.Trigger.TIME).active())


def _followed(rule: Rule) -> int:
    try:
        return follow(rule)
    except Exception:
        logger.exception("rule_failed", rule=rule.pk)
        return 0


def follow(rule: Rule) -> int:
    """Let `rule` act, on at most `RULE_TICKETS`; what is left is written on the rule and waits for the next run."""
    asked, now, most = compiled(rule), timezone.now(), limits.RULE_TICKETS.amount
    found = matching(asked, now)
    rule.runs.exclude(ticket__in=found.order_by().values("pk")).delete()  # it was different: once more is allowed
    due = list(_due(asked, now).order_by("pk").values_list("pk", flat=True)[: most + 1])
    acted = sum(_follow(asked, pk, now) for pk in due[:most])
    left = _due(asked, now).count() if len(due) > most else 0
    if left != rule.left_over:
        Rule.objects.filter(pk=rule.pk).update(left_over=left)
    if left and not rule.left_over:
        _tell_of_the_rest(rule, left)
    if acted:
        count_hits(Counter({rule.pk: acted}))
    return acted


def _tell_of_the_rest(rule: Rule, left: int) -> None:
    """Administrators are told when a rule first does not come to all its tickets: perhaps it is too broad."""
    url = f"{settings.SITE_URL}{reverse('settings:rules_over_time')}"
    values = {"rule": rule.name, "most": str(limits.RULE_TICKETS.amount), "left": str(left), "url": url}
    tell_administrators("rule_left_over", lambda: values)


def _due(rule: CompiledRule, now: datetime) -> TicketQuerySet:
    """The tickets that match and on which it has not acted since they began to."""
    acted = RuleRun.objects.filter(rule=rule.pk, ticket=OuterRef("pk"))
    return matching(rule, now).filter(~Exists(acted))


def _follow(rule: CompiledRule, pk: int, now: datetime) -> bool:
    """Let the rule act on one ticket, if it still matches and nobody else has it."""
    with transaction.atomic():
        locked = _due(rule, now).filter(pk=pk).select_related("queue", "requester", "customer", "assignee")
        ticket = locked.claimed().first()
        if ticket is None:
            return False
        RuleRun.objects.create(rule_id=rule.pk, ticket=ticket)
        did, because = [], [] if rule.any_of else [each.as_json() for each in rule.conditions]
        for action in sorted(rule.actions, key=_place):
            why = _do(ticket, action, rule)
            did.append(action.as_json() | ({"not": why} if why else {}))
        ticket.record(Event.Kind.RULE, None, {"rule": rule.pk, "name": rule.name, "did": did, "because": because})
        return True


def _place(action: Action) -> int:
    """The queue first, because it says who may see the ticket; what is written last."""
    order = list(Do.values)
    do = Do.TAGS if is_own(action.do) else action.do
    return order.index(do) if do in order else len(order)


def _do(ticket: Ticket, action: Action, rule: CompiledRule) -> str:
    """Do one thing by its verb; why it could not be done, "" if it was."""
    value = action.value
    if is_own(action.do):
        return _fill_in(ticket, action)
    try:
        match action.do:
            case Do.QUEUE:
                ticket.move(Queue.objects.get(pk=value), by=None)
            case Do.PRIORITY:
                ticket.set_priority(value, by=None)
            case Do.CATEGORY:
                ticket.set_category(Category.objects.get(pk=value), by=None)
            case Do.TAGS:
                ticket.set_tags([*ticket.tags.values_list("name", flat=True), *value], by=None)
            case Do.ASSIGNEE:
                ticket.assign(User.objects.get(pk=value, is_active=True), by=None)
            case Do.STATUS:
                if not is_offered(value):
                    return "gone"
                ticket.set_status(value, by=None)
            case Do.NOTE:
                _note(ticket, _filled(str(value), ticket))
            case Do.MAIL:
                return _write(ticket, _filled(str(value), ticket), rule)
    except NotAllowed:
        return "blind"
    except (Queue.DoesNotExist, Category.DoesNotExist, User.DoesNotExist):
        return "gone"
    except LiquidError:
        return "broken"
    return ""


def _fill_in(ticket: Ticket, action: Action) -> str:
    """Give a custom field its value; why it could not be done, "" if it was."""
    if why := unfit(field_of(action.do), action.value, ticket.queue_id):
        return why
    ticket.set_fields(with_value(ticket.own_fields, action.do, action.value), by=None)
    return ""


def _filled(source: str, ticket: Ticket) -> str:
    """A text of the rule with its placeholders filled in, in the queue's language. Raises LiquidError."""
    name = ticket.name_of_requester
    with translation.override(ticket.queue.language):
        values = {
            "requester": {"name": ticket.requester_display_name, "first_name": name.split(" ")[0]},
            "ticket": {
                "number": ticket.number,
                "tag": references.tag(ticket.number),
                "subject": ticket.subject,
                "queue": ticket.queue.name,
                "category": ticket.category_path,
                "priority": ticket.priority_level.name,
                "status": ticket.status_name,
                "assignee": str(ticket.assignee or ""),
                "customer": ticket.customer.name if ticket.customer else "",
                "portal_url": f"{settings.SITE_URL}{ticket.portal_path}",
            }
            | in_texts(ticket),
            "company": {"name": Branding.current().name},
        }
        return render_source(source, values, html=False).strip()


def _note(ticket: Ticket, text: str) -> None:
    note = _comment(ticket, Comment.Kind.NOTE, text)
    ticket.changed()
    ticket.record(Event.Kind.NOTE, None, comment=note)


def _write(ticket: Ticket, text: str, rule: CompiledRule) -> str:
    """Send `text` to the customer's side, as automatic mail: no agent has answered by it, and the status stays.

    What is for a customer is not published in a forum. A machine that answers without saying what it is may let the
    rule match anew each time: after a few mails that is the end of it.
    """
    if ticket.is_topic:
        return "topic"
    since = timezone.now() - limits.RULE_MAILS.time
    written = ticket.events.filter(kind=Event.Kind.AGENT_MESSAGE, at__gt=since, data__has_key="rule")
    if written.count() >= limits.RULE_MAILS.amount:
        return "often"
    with transaction.atomic():
        message = _comment(ticket, Comment.Kind.AGENT, text)
        data = {"rule": rule.name} | about_opening(ticket)
        if announce([Event(ticket=ticket, kind=Event.Kind.AGENT_MESSAGE, comment=message, data=data)]):
            ticket.changed()
            return ""
        transaction.set_rollback(True)
    return "nobody"


def _comment(ticket: Ticket, kind: str, text: str) -> Comment:
    is_note = kind == Comment.Kind.NOTE
    return Comment.objects.create(
        ticket=ticket,
        kind=kind,
        is_public=not is_note,
        author_name="" if is_note else Branding.current().name or ticket.queue.name,
        subject=ticket.subject,
        text=text,
        html=text_to_html(text),
        reply=text,
    )


def matching(rule: CompiledRule, now: datetime) -> TicketQuerySet:
    """The unsolved tickets, not put off, of which the conditions of `rule` hold at `now`; none for one without any."""
    asked = [_asked(each, now) for each in rule.conditions]
    if not asked:
        return Ticket.objects.none()
    tickets = Ticket.objects.unsolved().awake()
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
    if is_own(condition.field):
        return _of_own(condition)
    if condition.field in _SINCE:
        since = _ago(value, now)
        return Q(pk__in=[]) if since is None else _SINCE[condition.field](_later(condition), since)
    if condition.field in (Field.HOURS_DUE, Field.HOURS_OVERDUE):
        since = _ago(value, now)
        return Q(pk__in=[]) if since is None else _until_due(condition, now - since, now)
    if ask is None or (condition.field in _NUMBERED and not isinstance(value, int)):
        return Q(pk__in=[])
    found: Q = ask(condition)
    return ~found if condition.negated else found


#: How the database compares a value of JSON.
_LOOKUPS: Mapping[str, str] = {
    How.IS: "exact",
    How.EXACT: "iexact",
    How.CONTAINS: "icontains",
    How.STARTS: "istartswith",
    How.ENDS: "iendswith",
    How.AT_LEAST: "gte",
    How.SINCE: "gte",
    How.AT_MOST: "lte",
    How.UNTIL: "lte",
}
_BEYOND: Mapping[str, str] = {"gte": "lt", "lte": "gt"}


def _of_own(condition: Condition) -> Q:
    """What a custom field says: of the ticket, or of its customer. None that is gone says anything."""
    known = field_of(condition.field)
    if known is None:
        return Q(pk__in=[])
    path = f"{'' if known.about == About.TICKET else 'customer__'}own_fields"
    if condition.how in (How.FILLED, How.YES):
        asked = Q(**{f"{path}__has_key": known.key})
    elif condition.how in _LOOKUPS:
        lookup = _LOOKUPS[condition.how]
        if condition.negated and lookup in _BEYOND:  # what is empty is neither before nor after anything
            return _one(Q(**{f"{path}__{known.key}__{_BEYOND[lookup]}": condition.value}))
        asked = Q(**{f"{path}__{known.key}__{lookup}": condition.value})
    else:
        return Q(pk__in=[])
    return ~_one(asked) if condition.negated else _one(asked)


def _one(asked: Q) -> Q:
    """`asked` of one ticket, true or false: of a JSON value that is not there it would be neither."""
    return Q(Exists(Ticket.objects.filter(asked, pk=OuterRef("pk")).order_by()))


def _ago(hours: Any, now: datetime) -> datetime | None:
    """So many hours before `now`; None if that is no number, or before all time."""
    try:
        return now - timedelta(hours=float(hours))
    except (ValueError, OverflowError):
        return None


def _later(condition: Condition) -> bool:
    """Whether the moment has to be later than so many hours ago: "at most", or not "at least"."""
    return (condition.how == How.AT_MOST) is not condition.negated


def _until_due(condition: Condition, hours: timedelta, now: datetime) -> Q:
    """Hours until the next due time, of which overdue tickets have none left, or since it; no hours where none is."""
    at_most = _later(condition)
    if condition.field == Field.HOURS_DUE:
        return Q(due_at__lte=now + hours) if at_most else Q(due_at__gt=now + hours)
    since = Q(due_at__gt=now - hours) if at_most else Q(due_at__lte=now - hours)
    return since & Q(due_at__lte=now)


def _created(later: bool, moment: datetime) -> Q:
    return Q(created_at__gt=moment) if later else Q(created_at__lte=moment)


def _wrote(kind: str) -> Callable[[bool, datetime], Q]:
    """Since a message of that kind that the customer sees; what has none was not written to at any time."""

    def asked(later: bool, moment: datetime) -> Q:
        said = Comment.objects.filter(ticket=OuterRef("pk"), kind=kind, is_held=False, is_public=True)
        said = said.exclude(author_address="")
        newer = Q(Exists(said.filter(created_at__gt=moment)))
        return newer if later else Q(Exists(said)) & ~newer

    return asked


_SINCE: Mapping[str, Callable[[bool, datetime], Q]] = {
    Field.HOURS_CREATED: _created,
    Field.HOURS_CUSTOMER: _wrote(Comment.Kind.CUSTOMER),
    Field.HOURS_AGENT: _wrote(Comment.Kind.AGENT),
}


def _status(condition: Condition) -> Q:
    status, _colon, own = str(condition.value).partition(":")
    return _one(Q(substatus=own)) if own.isdecimal() else Q(status=status)


def _tagged(condition: Condition) -> Q:
    through = Ticket.tags.through._default_manager
    return Q(Exists(through.filter(ticket=OuterRef("pk"), tag__name__iexact=str(condition.value))))


def _priority(condition: Condition) -> Q:
    return Q(priority__gte=condition.value) if condition.how == How.AT_LEAST else Q(priority__lte=condition.value)


def _assignee(condition: Condition) -> Q:
    return (
        Q(assignee__isnull=True) if condition.value == NOBODY else Q(assignee=condition.value, assignee__isnull=False)
    )


#: What is named by its number.
_NUMBERED = (Field.QUEUE, Field.PRIORITY, Field.CATEGORY, Field.ASSIGNEE)
_QUESTIONS: Mapping[str, Callable[[Condition], Any]] = {
    Field.STATUS: _status,
    Field.QUEUE: lambda condition: Q(queue=condition.value),
    Field.PRIORITY: _priority,
    Field.CATEGORY: lambda condition: Q(category__in=with_those_below(condition.value), category__isnull=False),
    Field.TAG: _tagged,
    Field.ASSIGNEE: _assignee,
}
