"""The buttons by which an agent accepts or rejects the sender of a ticket."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import attempt, leave_or_stay
from tickets.agents.ticket_access import visible_or_404
from tickets.sender.acceptance import accept_sender, reject_sender


@require_POST
@agent_required
def accept(request: SignedIn, number: int) -> HttpResponse:
    """The sender may write for the ticket's customer: their profile Email is told from now on."""
    ticket = visible_or_404(request.user, number)
    attempt(request, lambda: accept_sender(ticket, by=request.user), _("The sender was accepted."))
    return leave_or_stay(request, ticket)


@require_POST
@agent_required
def reject(request: SignedIn, number: int) -> HttpResponse:
    """The sender is not who they say: the ticket stays, and the customer hears nothing of it."""
    ticket = visible_or_404(request.user, number)
    attempt(request, lambda: reject_sender(ticket, by=request.user), _("The sender was rejected."))
    return leave_or_stay(request, ticket)
