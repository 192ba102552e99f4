"""Pair and unpair addresses, and take any decision about them back: with the tickets that follow (R03, R05, R07)."""

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.ui.back import back
from helpdesk.ui.ids import row_id
from recipients.addresses.feedback import one_or_many, tell, tell_refused
from recipients.addresses.selection import Selection, selected
from recipients.decisions import pairing_checks
from recipients.models import Batch, Customer, Recipient, User
from recipients.users.access import SignedIn, agent_required, visible_recipients
from tickets.agents.customer_search import choice, chosen_or_404, pairable_customers
from tickets.agents.feedback import tell_paired
from tickets.customers import pairing
from tickets.customers.recipient_facts import suggestions
from tickets.models import Ticket
from tickets.models.work.visibility import TicketQuerySet

#: Tickets and addresses that a dialog lists one by one.
SHOWN = 20


@require_http_methods(["GET", "POST"])
@agent_required
def pair(request: SignedIn) -> HttpResponse:
    """Choose the customer, and see which tickets will follow; then pair (R03, R05)."""
    leave = back(request, reverse("recipients:list"))
    try:
        selection = selected(request)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(leave)
    asked = request.POST if request.method == "POST" else request.GET
    wanted = asked.get("customer", "")
    customer = chosen_or_404(pairable_customers(request.user), wanted) if wanted else None
    wants = request.method == "POST" and asked.get("do") == "pair"
    if wants and customer:
        everything = "everything_follows" in asked
        done = pairing.pair(selection.recipients, customer, by=request.user, everything=everything)
        tell_paired(request, done.changed, len(done.moved), customer)
        return redirect(leave)
    context = {**_pair_context(request, selection, customer, leave), "missing": wants}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wants else HTTPStatus.OK
    return render(request, "tickets/customers/pair.html", context, status=status)


@require_http_methods(["GET", "POST"])
@agent_required
def unpair(request: SignedIn) -> HttpResponse:
    """Cut the pairing; asks first if open tickets may lose their customer, or for several addresses (R07)."""
    leave = back(request, reverse("recipients:list"))
    try:
        selection = selected(request)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(leave)
    losing = pairing.unconfirmed(list(selection.recipients))
    asks = "confirmed" not in request.POST and (len(selection) > 1 or losing.exists())
    if request.method == "GET" or asks:
        context = {**_listed(selection), "tickets": preview(losing, request.user), "next": leave}
        return render(request, "tickets/customers/unpair.html", context)
    done = pairing.unpair(selection.recipients, by=request.user, clear="clear" in request.POST)
    text = one_or_many(
        done.changed, _("%(address)s is no longer paired."), _("%(count)d addresses are no longer paired.")
    )
    lost = ngettext(
        "%(count)d ticket no longer has a customer.", "%(count)d tickets no longer have a customer.", len(done.moved)
    )
    tell(request, done.changed, text, more=lost % {"count": len(done.moved)} if done.moved else "")
    return redirect(leave)


@require_POST
@agent_required
def undo(request: SignedIn, batch: uuid.UUID) -> HttpResponse:
    """Take a decision back, for all its addresses or for `only` one; says what stays, and why."""
    done_before, only = get_object_or_404(Batch, pk=batch), None
    if wanted := request.POST.get("only", ""):
        only = get_object_or_404(visible_recipients(request.user), pk=row_id(wanted))
    else:
        _check_undo(done_before, request.user)
    done = pairing.undo(done_before, by=request.user, only=only)
    if done.changed or done.moved:
        text = [_("Undone.")]
        if done.moved:
            count = len(done.moved)
            back_text = ngettext(
                "%(count)d ticket is as it was before.", "%(count)d tickets are as they were before.", count
            )
            text.append(back_text % {"count": count})
        messages.success(request, " ".join(text))
    elif not done.changed.refused and not done.stayed:
        messages.info(request, _("It was already undone."))
    tell_refused(request, done.changed.refused)
    _tell_stayed(request, done.stayed)
    return redirect(back(request, reverse("recipients:list")))


def preview(tickets: TicketQuerySet, user: User) -> dict[str, Any]:
    """How many tickets a decision changes, the newest of those that `user` may see, and how many they may not."""
    count, visible = tickets.count(), tickets.visible_to(user)
    shown = list(visible.order_by("-pk")[:SHOWN])
    hidden = count - visible.count() if count > len(shown) else 0
    return {"count": count, "shown": shown, "hidden": hidden, "more": count - hidden - len(shown)}


def _pair_context(request: SignedIn, selection: Selection, customer: Customer | None, leave: str) -> dict[str, Any]:
    asked = request.POST if request.method == "POST" else request.GET
    recipients = list(selection.recipients.select_related("customer"))
    refused = pairing_checks.pairing(recipients, request.user)
    following = pairing.unassigned(each for each in recipients if each.address not in refused)
    alone = recipients[0] if len(recipients) == 1 else None
    offered = suggestions([alone], request.user).get(alone.pk, []) if alone else []
    return {
        **_listed(selection),
        "alone": alone,
        "refused": list(refused.items())[:SHOWN],
        "refused_count": len(refused),
        "chosen": customer,
        "choice": choice(pairable_customers(request.user), asked.get("text", "")),
        "suggestions": [each for each in offered if customer is None or each.customer_id != customer.pk],
        "chosen_because": next((each.sentence for each in offered if customer and each.customer_id == customer.pk), ""),
        "tickets": preview(following, request.user),
        "leaving": pairing.leaving(each for each in recipients if each.address not in refused),
        "newest": pairing.unassigned(recipients, everything=False).count(),
        "everything": "everything_follows" in asked or "text" not in asked,
        "next": leave,
    }


def _listed(selection: Selection) -> dict[str, Any]:
    shown = list(selection.recipients.select_related("customer").order_by("address")[:SHOWN])
    return {"selection": selection, "shown": shown, "more": len(selection) - len(shown)}


def _check_undo(batch: Batch, user: User) -> None:
    """One's own decision may be undone, and any whose addresses and tickets one sees. Raises Http404, PermissionDenied.

    Merges of customers are undone where they are shown.
    """
    if batch.kind == Batch.Kind.MERGED:
        raise Http404
    if batch.by == user:
        return
    addresses = Recipient.objects.filter(changes__batch=batch).exclude(pk__in=visible_recipients(user))
    tickets = Ticket.objects.filter(moves__batch=batch).exclude(pk__in=Ticket.objects.visible_to(user))
    if addresses.exists() or tickets.exists():
        raise PermissionDenied


def _tell_stayed(request: SignedIn, stayed: Mapping[int, str]) -> None:
    if not stayed:
        return
    named = ", ".join(f"#{number}" for number in list(stayed)[:SHOWN])
    text = ngettext(
        "%(count)d ticket stays as it is (%(named)s): %(reasons)s",
        "%(count)d tickets stay as they are (%(named)s): %(reasons)s",
        len(stayed),
    )
    reasons = " ".join(dict.fromkeys(stayed.values()))
    messages.warning(request, text % {"count": len(stayed), "named": named, "reasons": reasons})
