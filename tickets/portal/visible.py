"""Finding the ticket that an address of the portal names, for the visitor who asks."""

from django.shortcuts import get_object_or_404

from recipients.portal.access import Visitor
from tickets.models import Ticket


def visible_or_404(visitor: Visitor, number: int) -> Ticket:
    """A ticket that is not there and one that is not the visitor's look the same."""
    tickets = Ticket.objects.visible_to_visitor(visitor).select_related("requester", "queue")
    return get_object_or_404(tickets, pk=number)
