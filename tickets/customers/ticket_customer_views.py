"""The customer of a ticket, and the pairing and the ban of its requester, from the ticket (R09, R11, R13, R16)."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from recipients.addresses.feedback import tell
from recipients.addressing.normalise import typed
from recipients.decisions import pairing_checks
from recipients.models import Customer, Recipient, User
from recipients.users.access import SignedIn, agent_required, visible_customers
from tickets.agents.customer_search import choice, chosen_or_404, pairable_customers
from tickets.agents.feedback import leave_or_stay, sentence, tell_paired
from tickets.agents.people import people_of
from tickets.agents.ticket_access import visible_or_404
from tickets.customers import pairing
from tickets.customers.assignment import change_customer, correct_requester
from tickets.customers.pairing_views import preview
from tickets.customers.recipient_facts import suggestions
from tickets.models import NotAllowed, Ticket

#: People of the ticket who are offered as its requester.
OFFERED = 8


@require_http_methods(["GET", "POST"])
@agent_required
def customer(request: SignedIn, number: int) -> HttpResponse:
    """Search the customer of a ticket by name, number or address, and set it; asks about the pair if there is one."""
    ticket = visible_or_404(request.user, number)
    if request.method == "POST":
        wanted = request.POST.get("customer", "")
        chosen = chosen_or_404(visible_customers(request.user), wanted) if wanted else None
        if chosen and is_paired_otherwise(ticket, chosen, request.user):
            return redirect("tickets:change_pair", number, chosen.pk)
        return _change_customer(request, ticket, chosen)
    context = {
        "ticket": ticket,
        "choice": choice(visible_customers(request.user), request.GET.get("text", "")),
        "asks": _may_change_pair(ticket, request.user),
    }
    return render(request, "tickets/customers/ticket_customer.html", context)


@require_http_methods(["GET", "POST"])
@agent_required
def change_pair(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Change pair for recipient: Yes, this ticket and all future ones; No, this ticket alone (R11, R12, R13)."""
    ticket = visible_or_404(request.user, number)
    chosen = get_object_or_404(visible_customers(request.user), pk=pk)
    if not is_paired_otherwise(ticket, chosen, request.user):
        if request.method == "POST":
            return _change_customer(request, ticket, chosen)
        return redirect("tickets:customer", number)
    assert ticket.requester
    match request.POST.get("answer"):
        case "yes":
            done = pairing.pair_requester(ticket, chosen, by=request.user, older="older" in request.POST)
            tell_paired(request, done.changed, len(done.moved), chosen)
            return leave_or_stay(request, ticket)
        case "no":
            return _change_customer(request, ticket, chosen)
        case _:
            older = pairing.wrongly_paired(ticket.requester).exclude(pk=ticket.pk)
            paired = ticket.requester.customer
            context = {"ticket": ticket, "chosen": chosen, "paired": paired, "older": preview(older, request.user)}
            return render(request, "tickets/customers/change_pair.html", context)


@require_http_methods(["GET", "POST"])
@agent_required
def pair_requester(request: SignedIn, number: int) -> HttpResponse:
    """Pair customer to requester: this ticket, and every new mail from the address."""
    ticket = visible_or_404(request.user, number)
    if refusal := pairing.no_pairing(ticket, by=request.user):
        messages.error(request, refusal)
        return redirect("tickets:detail", number)
    assert ticket.requester
    if request.method == "POST":
        chosen = chosen_or_404(pairable_customers(request.user), request.POST.get("customer", ""))
        done = pairing.pair_requester(ticket, chosen, by=request.user)
        tell_paired(request, done.changed, len(done.moved), chosen)
        return leave_or_stay(request, ticket)
    context = {
        "ticket": ticket,
        "choice": choice(pairable_customers(request.user), request.GET.get("text", "")),
        "suggestions": suggestions([ticket.requester], request.user).get(ticket.requester.pk, []),
        "leaving": pairing.leaving([ticket.requester]),
    }
    return render(request, "tickets/customers/pair_requester.html", context)


@require_http_methods(["GET", "POST"])
@agent_required
def ban_requester(request: SignedIn, number: int) -> HttpResponse:
    """Stop listening to the requester; with a tick the ticket is closed as spam too (R09)."""
    ticket = visible_or_404(request.user, number)
    if ticket.requester is None or ticket.requester.banned:
        messages.info(request, _("There is nobody to ban."))
        return redirect("tickets:detail", number)
    if request.method == "GET":
        return render(request, "tickets/customers/ban.html", {"ticket": ticket, "spam": pairing.SPAM})
    try:
        done = pairing.ban_requester(ticket, by=request.user, close="close" in request.POST)
    except (NotAllowed, ValidationError) as error:
        messages.error(request, sentence(error))
        return redirect("tickets:detail", number)
    text = _("%(address)s is banned.") % {"address": ticket.requester.display_address}
    closed = _("The ticket was closed as spam.") if done.moved else ""
    tell(request, done.changed, text, more=closed)
    return redirect("tickets:detail", number)


class RequesterForm(forms.Form):
    """Who asked. Those who are offered stand below the field; one of them does as well."""

    use_required_attribute = False

    address = forms.CharField(
        label=gettext_lazy("Email address"), max_length=400, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, people: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].widget.attrs |= {"data-people": people, "data-one": ""}

    def clean_address(self) -> str:
        if address := typed(self.cleaned_data["address"]):
            return address
        raise ValidationError(_("“%(given)s” is not an email address."), params={"given": self.cleaned_data["address"]})


@require_http_methods(["GET", "POST"])
@agent_required
def requester(request: SignedIn, number: int) -> HttpResponse:
    """Say who asked, where a form or somebody else wrote for them."""
    ticket = visible_or_404(request.user, number)
    address = request.POST.get("address", "").strip() or request.POST.get("offered", "")
    people = reverse("tickets:people", query={"ticket": ticket.pk})
    data = {"address": address} if request.method == "POST" else None
    form = RequesterForm(data, initial=request.GET.dict(), people=people)
    if form.is_bound and form.is_valid():
        try:
            batch = correct_requester(
                ticket, form.cleaned_data["address"], by=request.user, name=request.POST.get("name", "")
            )
        except (NotAllowed, ValidationError) as error:
            form.add_error("address", sentence(error))
        else:
            undo = "" if batch._state.adding else f"undo={reverse('pairing:undo', args=[batch.pk])}"
            messages.success(request, _("The requester was corrected."), extra_tags=undo)
            return leave_or_stay(request, ticket)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    asked = ticket.requester.address if ticket.requester else ""
    offered = [person for person in people_of(ticket, request.user) if person.address != asked][:OFFERED]
    context = {"ticket": ticket, "form": form, "offered": offered}
    return render(request, "tickets/customers/requester.html", context, status=status)


def is_paired_otherwise(ticket: Ticket, chosen: Customer, user: User) -> bool:
    """Whether the requester is paired to somebody else than `chosen`, whom `user` may see, and may be paired anew."""
    return _may_change_pair(ticket, user) and ticket.requester is not None and ticket.requester.customer != chosen


def _may_change_pair(ticket: Ticket, user: User) -> bool:
    requester: Recipient | None = ticket.requester
    if requester is None or requester.shared or requester.customer is None:
        return False
    return user.serves(requester.customer) and not pairing_checks.pairing([requester], user)


def _change_customer(request: SignedIn, ticket: Ticket, chosen: Customer | None) -> HttpResponse:
    """This ticket alone, with a way back."""
    before = ticket.customer_id
    try:
        batch = change_customer(ticket, chosen, by=request.user)
    except NotAllowed as error:
        messages.error(request, sentence(error))
        return redirect("tickets:detail", ticket.pk)
    if before != ticket.customer_id:
        undo = reverse("pairing:undo", args=[batch.pk])
        messages.success(request, _("The customer was changed."), extra_tags=f"undo={undo}")
    return leave_or_stay(request, ticket)
