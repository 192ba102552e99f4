"""The operators of the search, such as `is:open`: what each of them finds, and what may stand behind it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connections
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from recipients.models import OwnAddress, Recipient, User
from recipients.search.query import find_recipients
from tickets.models import Attachment, Comment, Queue, Status, Ticket
from tickets.models.setup.category import categories
from tickets.models.setup.substatus import substatuses
from tickets.models.work.states import is_status
from tickets.models.work.visibility import TicketQuerySet
from tickets.search.own_operators import own_operators
from tickets.search.postgresql import RowCondition
from tickets.search.terms import Terms, terms

ME, NOBODY = "me", "nobody"
UNSOLVED, HELD, SNOOZED = "unsolved", "held", "snoozed"


@dataclass(frozen=True, slots=True)
class Operator:
    """`example` is how it is used, `says` what it finds; `find` gives None where a value means nothing to it."""

    example: str
    says: str | Promise
    find: Callable[[TicketQuerySet, str, User | None], TicketQuerySet | None]
    values: tuple[str, ...] = ()


def operators() -> dict[str, Operator]:
    """All of them by their names, those of custom fields last. No query but now and then two."""
    own = {name: Operator(example, known.name, find) for name, (known, example, find) in own_operators().items()}
    return OPERATORS | own


def parsed(text: str) -> Terms:
    """The terms of a query, with the operators of custom fields."""
    return terms(text, own_operators()) if ":" in text else terms(text)


def narrow(tickets: TicketQuerySet, operator: str, value: str, user: User | None) -> TicketQuerySet:
    """Those of `tickets` that the operator finds; none if the value means nothing."""
    found = operators()[operator].find(tickets, value, user) if value else None
    return tickets.none() if found is None else found


def complaints(text: str, user: User | None) -> list[str]:
    """For each operator of a query that means nothing a sentence with what is possible."""
    known = operators()
    return [
        _complaint(operator, value, known[operator])
        for operator, value in parsed(text).asked
        if not value or known[operator].find(Ticket.objects.none(), value, user) is None
    ]


def _complaint(operator: str, value: str, known: Operator) -> str:
    given, values = f"{operator}:{value}", known.values
    if values:
        possible = ", ".join(f"{operator}:{each}" for each in values)
        return _t("“%(given)s” is not recognised. Possible values: %(possible)s.") % {
            "given": given,
            "possible": possible,
        }
    return _t("“%(given)s” finds nothing. Write it as in %(example)s.") % {
        "given": given,
        "example": known.example,
    }


def _from(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet:
    """What somebody asked or wrote to, by name or address."""
    if tickets.query.is_empty():
        return tickets
    people = list(
        find_recipients(Recipient.objects.all(), value)
        .order_by()
        .values_list("pk", flat=True)[: limits.NAMED_PEOPLE.amount]
    )
    if connections[tickets.db].vendor != "postgresql":
        wrote = Comment.objects.filter(recipient__in=people).order_by().values("ticket")
        return tickets.filter(Q(requester__in=people) | Q(pk__in=wrote))
    asked_or_wrote = (
        "{row}.id = ANY(ARRAY(SELECT id FROM tickets_ticket WHERE requester_id = ANY(%s)"
        " UNION SELECT ticket_id FROM tickets_comment WHERE recipient_id = ANY(%s)))"
    )
    return tickets.filter(RowCondition(asked_or_wrote, (people, people)))


def _to(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet:
    """What was written to an address of ours, or has somebody in Cc."""
    if tickets.query.is_empty():
        return tickets
    ours = list(
        OwnAddress.objects.filter(address__icontains=value).values_list("address", flat=True)[
            : limits.NAMED_PEOPLE.amount
        ]
    )
    people = list(
        find_recipients(Recipient.objects.all(), value)
        .order_by()
        .values_list("pk", flat=True)[: limits.NAMED_PEOPLE.amount]
    )
    joined = tickets.model.participants.through.objects.filter(recipient__in=people).values("ticket")
    return tickets.filter(Q(addressed_to__in=ours) | Q(pk__in=joined))


def _is(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet | None:
    value = value.lower()
    if value == UNSOLVED:
        return tickets.unsolved()
    if value == HELD:
        return tickets.filter(has_held_comments=True)
    if value == "unassigned":
        return tickets.filter(assignee__isnull=True)
    if value == SNOOZED:
        return tickets.filter(wakes_on_answer__isnull=False)
    return tickets.filter(status=value) if is_status(value) else None


def _status(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet | None:
    """By the name of a status, the system's or a custom one, or a part of it. No query more."""
    asked = value.casefold()
    system = [each.value for each in Status if asked == each.value or asked in str(each.label).casefold()]
    own = [each.pk for each in substatuses().values() if asked in each.name.casefold()]
    return tickets.filter(Q(status__in=system) | Q(substatus__in=own)) if system or own else None


def _assignee(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet | None:
    if value.lower() == ME:
        return tickets.filter(assignee=user)
    if value.lower() == NOBODY:
        return tickets.filter(assignee__isnull=True)
    named = User.objects.annotate(whole=Concat("first_name", Value(" "), "last_name"))
    agents = list(named.filter(Q(whole__icontains=value) | Q(email__icontains=value)).values_list("pk", flat=True)[:50])
    return tickets.filter(assignee__in=agents) if agents else None


def _queue(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet | None:
    queues = Queue.objects.all() if user is None or user.is_administrator else user.queues.all()
    found = list(queues.filter(name__icontains=value).values_list("pk", flat=True))
    return tickets.filter(queue__in=found) if found else None


def _category(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet | None:
    """By a part of its path, so with those below it. No query more."""
    found = [each.pk for each in categories().values() if value.casefold() in each.path.casefold()]
    return tickets.filter(category__in=found) if found else None


def _tag(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet:
    tagged = tickets.model.tags.through.objects.filter(tag__name__iexact=value).values("ticket")
    return tickets.filter(pk__in=tagged)


def _has(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet | None:
    if value.lower() == "file":
        files = Attachment.objects.filter(comment__isnull=False, inline=False)
        return tickets.filter(pk__in=files.order_by().values("comment__ticket"))
    if value.lower() == "note":
        return tickets.filter(pk__in=Comment.objects.filter(kind=Comment.Kind.NOTE).order_by().values("ticket"))
    return None


def _before(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet | None:
    day = _day(value)
    return tickets.filter(created_at__lt=day) if day else None


def _after(tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet | None:
    day = _day(value)
    return tickets.filter(created_at__gte=day + dt.timedelta(days=1)) if day else None


def _day(value: str) -> dt.datetime | None:
    """The beginning of a day as the user's clock has it."""
    try:
        return timezone.make_aware(dt.datetime.combine(dt.date.fromisoformat(value), dt.time.min))
    except (ValueError, OverflowError):
        return None


_STATES = (UNSOLVED, "unassigned", *Status.values, SNOOZED, HELD)
OPERATORS = {
    "from": Operator("from:carla", _("requested or written by somebody"), _from),
    "to": Operator("to:billing@", _("written to one of our addresses, or with somebody in CC"), _to),
    "is": Operator("is:open", _("by status"), _is, _STATES),
    "status": Operator("status:waiting", _("by the name of a status, including your own"), _status),
    "assignee": Operator("assignee:me", _("by agent"), _assignee),
    "queue": Operator("queue:billing", _("by queue"), _queue),
    "category": Operator("category:hardware", _("by category"), _category),
    "tag": Operator("tag:urgent", _("by tag"), _tag),
    "has": Operator("has:file", _("with files, or with notes"), _has, ("file", "note")),
    "before": Operator("before:2026-01-31", _("created before a day"), _before),
    "after": Operator("after:2026-01-31", _("created after a day"), _after),
}
