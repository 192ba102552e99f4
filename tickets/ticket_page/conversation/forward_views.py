"""Forwarding a message to somebody outside: it stands in the composer, with its files, and the writer says to whom."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import sentence
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
    try:
        forwarding.begin(message, place, to_author="answer" in request.POST)
    except ValidationError as error:
        messages.error(request, sentence(error))
    return redirect(f"{place.ticket.get_absolute_url()}#composer-to")
