"""Telling of what is due soon or overdue: an event each, once for each due time, and the mails that it calls for."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from helpdesk.database.together import update_each
from tickets.models import Event, Ticket
from tickets.models.due_times import FOLLOWING, OVERDUE, WARNED
from tickets.notifications.dispatch import announce

_AT_ONCE = 200


def tell_due() -> int:
    """Write an event for everything that is due soon or overdue, of which none was written; how many.

    Several workers may call it. For some hundred tickets the same few statements.
    """
    told = 0
    while events := _tell_some():
        told += len(events)
    return told


def _tell_some() -> list[Event]:
    now = timezone.now()
    with transaction.atomic():
        rows = Ticket.objects.filter(due_tell_at__lte=now).order_by("due_tell_at", "pk")
        rows = rows.select_related("queue__holidays", "requester", "customer", "assignee")
        tickets = list(rows.claimed()[:_AT_ONCE])
        events = [event for ticket in tickets for event in _events(ticket, now)]
        for ticket in tickets:
            ticket.follow_due()
            if ticket.due_tell_at and ticket.due_tell_at <= now:  # its service level is gone
                ticket.due_tell_at = None
        update_each(tickets, FOLLOWING)
        announce(events)
    return events


def _events(ticket: Ticket, now: datetime) -> Iterator[Event]:
    """What is to be told of a ticket, noted on it as told; unsaved."""
    for each in ticket.open_targets():
        data = {"target": each.target.value, "due_at": each.due_at.isoformat()}
        if each.due_at <= now and not ticket.due_told & OVERDUE[each.target]:
            ticket.due_told |= OVERDUE[each.target] | WARNED[each.target]
            yield Event(ticket=ticket, kind=Event.Kind.OVERDUE, data=data, at=now)
        elif each.warn_at and each.warn_at <= now and not ticket.due_told & WARNED[each.target]:
            ticket.due_told |= WARNED[each.target]
            yield Event(ticket=ticket, kind=Event.Kind.DUE_SOON, data=data, at=now)
