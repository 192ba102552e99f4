"""Forwarding a message to somebody outside: it stands in the composer, with its files, and the writer says to whom."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import attempt
from tickets.drafts import forwarding
from tickets.models import Comment
from tickets.ticket_page.agent_drafts import agent_drafts


@require_POST
@agent_required
def forward(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Put a message into the agent's composer, to be passed on; or to be answered, the customer not reading it."""
    place = agent_drafts.place(request, number)
    assert place.ticket
    message = get_object_or_404(Comment, pk=pk, ticket=place.ticket)
    attempt(request, lambda: forwarding.begin(message, place, to_author="answer" in request.POST))
    return redirect(f"{place.ticket.get_absolute_url()}#composer-to")
