"""What is an agent told of a change, and where does the page go afterwards?"""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from recipients.users.access import SignedIn
from tickets.models import Ticket
from tickets.models.work.errors import NotAllowed


def sentence(error: NotAllowed | ValidationError) -> str:
    """What went wrong, as it is told to the agent."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def all_errors(form: Form) -> str:
    """What is wrong with `form`, in sentences."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def attempt(request: SignedIn, change: Callable[[], object], done: str) -> None:
    """Say `done` after `change`, or why it was refused."""
    try:
        change()
    except (NotAllowed, ValidationError) as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, done)


def leave_or_stay(request: SignedIn, ticket: Ticket) -> HttpResponse:
    """Back to the ticket, or to the list if the change took it out of the agent's sight."""
    if Ticket.objects.visible_to(request.user).filter(pk=ticket.pk).exists():
        return redirect("tickets:detail", ticket.pk)
    return redirect(list_after_loss(request))


def list_after_loss(request: SignedIn) -> str:
    """Where the agent goes whose change took the ticket out of their sight; says so."""
    messages.info(request, _("You cannot see the ticket any more: it belongs to others now."))
    return reverse("tickets:list")
