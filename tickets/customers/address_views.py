"""One address: what it is, whose it may be, its tickets, and everything that was ever decided about it."""

import uuid
from collections.abc import Iterable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from recipients.addresses import history
from recipients.addresses.deny_list import address_rules, denied_by
from recipients.decisions.displaced_persons import displaceable
from recipients.models import CustomerAddress, Recipient, User
from recipients.users.access import SignedIn, agent_required, visible_customers, visible_recipients
from tickets.customers.recipient_facts import suggestions
from tickets.models import Ticket, TicketMove

#: Tickets that are listed.
TICKETS_SHOWN = 20


@require_GET
@agent_required
def recipient(request: SignedIn, pk: int) -> HttpResponse:
    """The page of an address, with the history of its pairings."""
    shown = get_object_or_404(visible_recipients(request.user).select_related("customer__partner"), pk=pk)
    owner = CustomerAddress.objects.filter(address=shown.address, customer__in=visible_customers(request.user))
    registered = owner.select_related("customer").first()
    decisions = history.decisions(shown, request.user)
    moved = _moved(shown, {decision.batch for decision in decisions}, request.user)
    tickets = Ticket.objects.visible_to(request.user).filter(requester=shown)
    context = {
        "recipient": shown,
        "registered": registered,
        "may_be_paired": not shown.shared and (registered is None or bool(displaceable([shown.address]))),
        "rule": denied_by([shown.address], address_rules()).get(shown.address),
        "suggestions": suggestions([shown], request.user).get(shown.pk, []),
        "decisions": [(decision, moved.get(decision.batch, [])) for decision in decisions],
        "tickets": tickets.select_related("customer").order_by("-updated_at", "-pk")[:TICKETS_SHOWN],
        "most_tickets": TICKETS_SHOWN,
    }
    return render(request, "tickets/customers/address.html", context)


def _moved(shown: Recipient, batches: Iterable[uuid.UUID], user: User) -> dict[uuid.UUID, list[TicketMove]]:
    """Which tickets of the address each batch moved, as far as `user` may see them. One query."""
    moves = TicketMove.objects.filter(batch__in=batches, ticket__requester=shown)
    moves = moves.filter(ticket__in=Ticket.objects.visible_to(user)).select_related("ticket").order_by("ticket")
    found: dict[uuid.UUID, list[TicketMove]] = {}
    for move in moves:
        found.setdefault(move.batch_id, []).append(move)
    return found
