"""Finding the ticket that an address names, for the agent who asks."""

from django.http import Http404

from recipients.models import User
from tickets.models import Ticket


def visible_or_404(user: User, number: int) -> Ticket:
    """The ticket, with what its page shows; 404 if there is none or `user` may not see it: both look the same."""
    tickets = Ticket.objects.visible_to(user).select_related(
        "queue", "assignee", "requester", "customer__company", "customer__partner", "merged_into", "rating"
    )
    ticket = tickets.prefetch_related("tags").filter(pk=number).first()
    if ticket is None:
        raise Http404
    return ticket
