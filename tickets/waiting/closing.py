"""Closing tickets by themselves whose customer does not answer, with a warning before, as their queue says."""

from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from tickets.hours.calendars import hours_of
from tickets.models import Comment, Event, Queue, Status, Ticket
from tickets.models.one_by_one import one_by_one
from tickets.models.work.visibility import TicketQuerySet
from tickets.notifications.dispatch import about_opening, announce

#: Days after which nobody looks on for one on which the queue opens.
_FARTHEST = 2_000


def warn_due() -> int:
    """Tell the customers whose ticket will be closed; how many. Each ticket once for each time that it waits."""
    queues = Queue.objects.select_related("holidays").filter(
        close_after_days__isnull=False, warn_days_before__isnull=False
    )
    return sum(one_by_one(partial(_to_warn, queue), _warn) for queue in queues)


def close_due() -> int:
    """Close the tickets that waited for too long; how many. Nobody's is closed without the warning that was due."""
    queues = Queue.objects.select_related("holidays").filter(close_after_days__isnull=False)
    return sum(one_by_one(partial(_to_close, queue), _close) for queue in queues)


def working_days(queue: Queue, now: datetime, days: int) -> datetime:
    """The moment that lies so many of the queue's working days after `now`, or before it if `days` is negative.

    A day is one in which the queue opens at all; one without hours opens every day. No query if both rows are read.
    """
    hours, zone = hours_of(queue), ZoneInfo(queue.time_zone)
    step, moment = timedelta(days=1 if days > 0 else -1), now
    if hours is None:
        return now + timedelta(days=days)
    left = abs(days)
    for _day in range(_FARTHEST):
        if not left:
            break
        moment += step
        morning = datetime.combine(moment.astimezone(zone).date(), time.min, zone)
        left -= hours.between(morning, morning + timedelta(days=1)) > timedelta(0)
    return moment


def _waiting(queue: Queue, since: datetime) -> TicketQuerySet:
    """Not those in which somebody outside was asked last: the customer does not know, and owes no answer."""
    said = Comment.objects.filter(ticket=OuterRef("pk"), kind=Comment.Kind.AGENT, is_hidden=False)
    last = Subquery(said.order_by("-created_at", "-pk").values("is_public")[:1])
    tickets = Ticket.objects.filter(queue=queue).waiting_since(since).awake()
    return tickets.annotate(is_asked=Coalesce(last, Value(True))).filter(is_asked=True)


def _to_warn(queue: Queue) -> TicketQuerySet:
    days = (queue.close_after_days or 0) - (queue.warn_days_before or 0)
    return _waiting(queue, working_days(queue, timezone.now(), -days)).filter(close_warned_at__isnull=True)


def _to_close(queue: Queue) -> TicketQuerySet:
    now = timezone.now()
    due = _waiting(queue, working_days(queue, now, -(queue.close_after_days or 0)))
    if queue.warn_days_before:
        due = due.filter(close_warned_at__lte=working_days(queue, now, -queue.warn_days_before))
    return due


def _warn(ticket: Ticket) -> None:
    now = timezone.now()
    closes_at = working_days(ticket.queue, now, ticket.queue.warn_days_before or 0)
    Ticket.objects.filter(pk=ticket.pk).update(close_warned_at=now)  # nothing happened on it: it stays where it is
    data = {"closes_at": closes_at.isoformat()} | about_opening(ticket)
    announce([Event(ticket=ticket, kind=Event.Kind.CLOSE_WARNED, data=data)])


def _close(ticket: Ticket) -> None:
    ticket.set_status(Status.CLOSED, by=None)
