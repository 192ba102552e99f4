"""Finding the ticket that an address names, for the agent who asks."""

from functools import cache

from django.db.models import prefetch_related_objects
from django.http import Http404

from helpdesk.database.prepared import PreparedObject
from helpdesk.ui.ids import LARGEST
from recipients.models import User
from tickets.models import Ticket
from tickets.models.work.visibility import TicketQuerySet, deciding_values


def visible_or_404(user: User, number: int) -> Ticket:
    """The ticket, with what its page shows; 404 if there is none or `user` may not see it: both look the same."""
    values = deciding_values(user)
    may_be = user.is_active and number <= LARGEST
    ticket = _prepared(user.role, *values).first(number=number, **values) if may_be else None
    if ticket is None:
        raise Http404
    prefetch_related_objects([ticket], "tags")
    return ticket


@cache
def _prepared(role: str, *names: str) -> PreparedObject[Ticket]:
    """For those of that role who differ in the values with these names. Each page of a ticket begins with it."""

    def compose(number: int, user: int | None = None, partner: int | None = None) -> TicketQuerySet:
        tickets = Ticket.objects.visible_to(User(pk=user, role=role, partner_id=partner)).select_related(
            "queue", "assignee", "requester", "customer__company", "customer__partner", "rating"
        )
        return tickets.filter(pk=number)

    return PreparedObject(compose, number=0, **dict.fromkeys(names, 0))
