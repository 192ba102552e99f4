"""Moderating a forum from the page of a topic: hide a message, make the topic private, and back."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import attempt
from tickets.agents.ticket_access import visible_or_404
from tickets.conversation import moderation
from tickets.models import Comment


@require_POST
@agent_required
def hide_message(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Take a message out of the forum."""
    comment = get_object_or_404(Comment, pk=pk, ticket=visible_or_404(request.user, number))
    undo = reverse("tickets:topic_show", args=[number, pk])
    done = _("The message is hidden. Mails with it that have already been sent cannot be taken back.")
    attempt(request, lambda: moderation.hide(comment, by=request.user), done, undo=undo)
    return redirect(f"{reverse('tickets:detail', args=[number])}#message-{pk}")


@require_POST
@agent_required
def show_message(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Put a hidden message back into the forum."""
    comment = get_object_or_404(Comment, pk=pk, ticket=visible_or_404(request.user, number))
    attempt(request, lambda: moderation.show(comment, by=request.user), _("The message is in the forum again."))
    return redirect(f"{reverse('tickets:detail', args=[number])}#message-{pk}")


@require_POST
@agent_required
def private(request: SignedIn, number: int) -> HttpResponse:
    """Make a ticket of a topic that its requester and agents alone read."""
    ticket = visible_or_404(request.user, number)
    undo = reverse("tickets:topic_publish", args=[number])
    done = _("The topic is now private, and what others wrote in it is hidden.")
    attempt(request, lambda: moderation.make_private(ticket, by=request.user), done, undo=undo)
    return redirect("tickets:detail", number)


@require_POST
@agent_required
def public(request: SignedIn, number: int) -> HttpResponse:
    """Make a topic of what was written to the forum."""
    ticket = visible_or_404(request.user, number)
    attempt(request, lambda: moderation.publish(ticket, by=request.user), _("It is now a topic of the forum."))
    return redirect("tickets:detail", number)
