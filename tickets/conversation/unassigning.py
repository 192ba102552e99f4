"""Taking tickets from assignees who may not see them any more (R31)."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from recipients.models import User
from tickets.models import Event, Ticket
from tickets.models.work.visibility import TicketQuerySet

_AT_ONCE = 1000


def unassign_unseen(tickets: TicketQuerySet, *, by: User | None) -> int:
    """Take those of `tickets` from their assignees that these may not see, with an event on each; how many."""
    assignees = User.objects.filter(pk__in=tickets.exclude(assignee=None).order_by().values("assignee"))
    events = []
    with transaction.atomic():
        for user in assignees:
            seen = Ticket.objects.visible_to(user).filter(assignee=user)
            lost = list(tickets.filter(assignee=user).exclude(pk__in=seen.order_by().values("pk")).locked())
            data = {"before": str(user), "after": ""}
            events += [Event(ticket=ticket, kind=Event.Kind.ASSIGNEE, agent=by, data=data) for ticket in lost]
        pks = [event.ticket_id for event in events]
        for start in range(0, len(pks), _AT_ONCE):
            part = Ticket.objects.filter(pk__in=pks[start : start + _AT_ONCE])
            part.update(assignee=None, updated_at=timezone.now())
        Event.objects.bulk_create(events, batch_size=_AT_ONCE)
    return len(events)


def follow_customers(customers: Iterable[int], by: User | None) -> None:
    """After customers got another partner."""
    customers = list(customers)
    for start in range(0, len(customers), _AT_ONCE):
        unassign_unseen(Ticket.objects.filter(customer__in=customers[start : start + _AT_ONCE]), by=by)


def follow_user(user: User, *, by: User | None) -> int:
    """After a user got another partner, role or other queues, or may not sign in any more; how many were taken."""
    return unassign_unseen(Ticket.objects.filter(assignee=user), by=by)
