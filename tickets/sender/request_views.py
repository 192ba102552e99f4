"""Asking the sender of a ticket: to confirm their address, or to write from the customer's primary address."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.text.text_to_html import text_to_html
from recipients.addressing.normalise import masked
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import attempt, sentence
from tickets.agents.ticket_access import visible_or_404
from tickets.models import Ticket
from tickets.models.work.errors import NotAllowed
from tickets.sender import primary_address, verification


class PrimaryForm(forms.Form):
    """The words in which somebody is asked to write from the primary address."""

    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": gettext_lazy("Write a message first.")},
    )


@require_POST
@agent_required
def ask_to_verify(request: SignedIn, number: int) -> HttpResponse:
    """Send the requester a link by which to confirm the address."""
    ticket = visible_or_404(request.user, number)
    values = {"address": ticket.requester.display_address if ticket.requester else ""}
    done = _("A link to confirm the address is on its way to %(address)s.") % values
    attempt(request, lambda: verification.ask_to_verify(ticket, by=request.user), done)
    return redirect("tickets:detail", number)


@require_http_methods(["GET", "POST"])
@agent_required
def ask_for_primary(request: SignedIn, number: int) -> HttpResponse:
    """Ask to write from the primary address: the ready text, which may be changed; then an ordinary answer."""
    ticket = visible_or_404(request.user, number)
    address = primary_address.primary_of(ticket)
    if reason := primary_address.refusal(ticket, address):
        messages.error(request, reason)
        return redirect("tickets:detail", number)
    if request.method == "GET":
        return _dialog(
            request, ticket, address, PrimaryForm(initial={"text": primary_address.ready_text(ticket, address)})
        )
    form = PrimaryForm(request.POST)
    if not form.is_valid():
        return _dialog(request, ticket, address, form)
    try:
        html = text_to_html(form.cleaned_data["text"])
        comment = primary_address.ask_for_primary(ticket, by=request.user, html=html)
    except (NotAllowed, ValidationError) as refused:
        form.add_error(None, sentence(refused))
        return _dialog(request, ticket, address, form)
    undo = reverse("tickets:undo", args=[number, comment.pk])
    messages.success(request, _("The message is on its way."), extra_tags=f"undo={undo}")
    return redirect("tickets:detail", number)


@require_POST
@agent_required
def withdraw_primary(request: SignedIn, number: int) -> HttpResponse:
    """Wait no longer for a message from the primary address."""
    ticket = visible_or_404(request.user, number)
    done = _("The request was withdrawn. Nobody is notified by email.")
    attempt(request, lambda: primary_address.withdraw(ticket, by=request.user), done)
    return redirect("tickets:detail", number)


@require_POST
@agent_required
def accept_primary(request: SignedIn, number: int, comment: int) -> HttpResponse:
    """Take a message for one from the primary address, though nothing proves it."""
    ticket = visible_or_404(request.user, number)
    done = _("The message was accepted as confirmation from the primary address.")
    attempt(request, lambda: primary_address.accept(ticket, comment, by=request.user), done)
    return redirect("tickets:detail", number)


def _dialog(request: SignedIn, ticket: Ticket, address: str, form: PrimaryForm) -> HttpResponse:
    context = {"ticket": ticket, "form": form, "address": masked(address)}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tickets/sender/ask_for_primary.html", context, status=status)
