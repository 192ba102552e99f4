"""Changing a ticket: its properties, who is in copy, and merging it with another."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from recipients.access import SignedIn, agent_required
from tickets.forms import ParticipantsForm, PropertiesForm
from tickets.models import Ticket
from tickets.models.errors import NotAllowed
from tickets.panel import panel
from tickets.views.bulk import all_errors, sentence
from tickets.views.ticket import ticket_page, visible_or_404

UNPROCESSABLE = 422


@require_POST
@agent_required
def properties(request: SignedIn, number: int) -> HttpResponse:
    """Change status, priority, queue, assignee and tags: those that differ."""
    ticket = visible_or_404(request.user, number)
    form = PropertiesForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return _refused(request, ticket, form)
    try:
        form.apply(by=request.user)
    except (NotAllowed, ValidationError) as error:
        form.add_error(None, sentence(error))
        return _refused(request, ticket, form)
    if form.has_changed():
        messages.success(request, _("The ticket was changed."))
    return _changed(request, ticket)


@require_POST
@agent_required
def participants(request: SignedIn, number: int) -> HttpResponse:
    """Set who gets a copy of every answer."""
    ticket = visible_or_404(request.user, number)
    form = ParticipantsForm(request.POST)
    if form.is_valid():
        addresses = form.cleaned_data["addresses"]
        done = _("The people in copy were changed.")
        attempt(request, lambda: ticket.set_participants(addresses, by=request.user), done)
    else:
        messages.error(request, all_errors(form))
    return _changed(request, ticket)


class MergeForm(forms.Form):
    """The ticket that goes on."""

    number = forms.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        label="",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "pattern": "#?[0-9]+", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label = _("Number of the ticket that goes on")

    def clean_number(self) -> int:
        return int(self.cleaned_data["number"])


@require_http_methods(["GET", "POST"])
@agent_required
def merge(request: SignedIn, number: int) -> HttpResponse:
    """Merge a ticket into another: its messages go on there."""
    ticket = visible_or_404(request.user, number)
    data = {"number": request.POST.get("number", "").strip().lstrip("#")} if request.method == "POST" else None
    form = MergeForm(data)
    if form.is_bound and form.is_valid():
        survivor = Ticket.objects.visible_to(request.user).filter(pk=form.cleaned_data["number"]).first()
        if survivor is None:
            form.add_error("number", _("There is no ticket with this number."))
        else:
            try:
                ticket.merge_into(survivor, by=request.user)
            except (NotAllowed, ValidationError) as error:
                form.add_error("number", sentence(error))
            else:
                text = _("#%(merged)d was merged into this ticket.")
                messages.success(request, text % {"merged": ticket.number})
                return redirect("tickets:detail", survivor.number)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "tickets/ticket_merge.html", {"ticket": ticket, "form": form}, status=status)


def attempt(request: SignedIn, change: Callable[[], object], done: str) -> None:
    """Say `done` after `change`, or why it was refused."""
    try:
        change()
    except (NotAllowed, ValidationError) as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, done)


def _changed(request: SignedIn, ticket: Ticket) -> HttpResponse:
    """The page again; with htmx only its right side and its heading."""
    if not request.htmx:
        return leave_or_stay(request, ticket)
    if not Ticket.objects.visible_to(request.user).filter(pk=ticket.pk).exists():
        response = HttpResponse(status=204)
        response["HX-Redirect"] = _list_after_loss(request)
        return response
    ticket = visible_or_404(request.user, ticket.pk)
    context = {"ticket": ticket, "panel": panel(ticket, request.user), "oob": True}
    return render(request, "tickets/_panel_changed.html", context)


def _refused(request: SignedIn, ticket: Ticket, form: PropertiesForm) -> HttpResponse:
    if not request.htmx:
        return ticket_page(request, ticket, properties=form, status=UNPROCESSABLE)
    context = {"ticket": ticket, "panel": panel(ticket, request.user, form), "oob": True}
    return render(request, "tickets/_panel_changed.html", context, status=UNPROCESSABLE)


def leave_or_stay(request: SignedIn, ticket: Ticket) -> HttpResponse:
    """Back to the ticket, or to the list if the change took it out of the agent's sight."""
    if Ticket.objects.visible_to(request.user).filter(pk=ticket.pk).exists():
        return redirect("tickets:detail", ticket.pk)
    return redirect(_list_after_loss(request))


def _list_after_loss(request: SignedIn) -> str:
    messages.info(request, _("You cannot see the ticket any more: it belongs to others now."))
    return reverse("tickets:list")
