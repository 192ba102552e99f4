"""What happens to tickets when an address is paired, unpaired or given to somebody else?

The address book knows the pairing; the tickets that follow it are moved here, in the same transaction and in a constant
number of queries. Every moved ticket keeps what it was before, so that undo moves back exactly those that nobody has
changed since (R03, R05, R07, R11-R13, semantics 6).
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from recipients.models import Changed, Customer, Pairing, Recipient, User
from recipients.models import recipients as address_book
from recipients.models.recipients import RecipientQuerySet
from recipients.verification import Validity
from tickets.models import CustomerSource, Event, Status, Ticket, TicketMove
from tickets.visibility import TicketQuerySet

_MOVED = ("customer_id", "customer_source", "customer_pairing_id", "validity", "assignee_id")


@dataclass(frozen=True, slots=True)
class Paired:
    """What was done: the change of the address book, the tickets that moved, and those that stayed, with the reason."""

    changed: Changed
    moved: tuple[Ticket, ...] = ()
    stayed: Mapping[int, str] = field(default_factory=dict)


def pair(recipients: RecipientQuerySet, customer: Customer, *, by: User, everything: bool = True) -> Paired:
    """Pair addresses from the recipients page; their unassigned tickets follow (R03, R05)."""
    with transaction.atomic():
        changed = recipients.pair(customer, by=by)
        following = unassigned(changed.recipients, everything=everything)
        return Paired(changed, _move(following, changed, customer, by))


def unassigned(recipients: Iterable[Recipient], *, everything: bool = True) -> TicketQuerySet:
    """The tickets that pairing `recipients` would move: all without a customer, or each address's newest one (R05)."""
    tickets = Ticket.objects.filter(requester__in=list(recipients), customer__isnull=True)
    tickets = tickets.exclude(status=Status.MERGED)
    if everything:
        return tickets
    newest = tickets.order_by().values("requester").annotate(newest=Max("pk")).values("newest")
    return Ticket.objects.filter(pk__in=newest)


def pair_requester(ticket: Ticket, customer: Customer, *, by: User, older: bool = False) -> Paired:
    """Pair the requester of `ticket`: this ticket and future ones go to `customer` (R11).

    With `older` the tickets follow that the address's previous pairing gave to its previous customer and that no agent
    has confirmed.
    """
    with transaction.atomic():
        requester = Recipient.objects.select_for_update(of=("self",)).get(tickets=ticket)
        following = Ticket.objects.filter(pk=ticket.pk)
        if older:
            following |= wrongly_paired(requester)
        changed = Recipient.objects.filter(pk=requester.pk).pair(customer, by=by)
        if changed.refused:
            return Paired(changed)
        return Paired(changed, _move(following, changed, customer, by))


def wrongly_paired(requester: Recipient) -> TicketQuerySet:
    """The tickets that the current pairing of `requester` gave to its customer and that no agent has confirmed."""
    tickets = Ticket.objects.filter(requester=requester, customer__isnull=False, customer=requester.customer_id)
    return tickets.exclude(customer_source=CustomerSource.AGENT).exclude(status=Status.MERGED)


def unpair(recipients: RecipientQuerySet, *, by: User, clear: bool = False) -> Paired:
    """Cut pairings (R07). Tickets keep their customer; with `clear` the open ones nobody confirmed lose it."""
    with transaction.atomic():
        losing = [ticket.pk for ticket in unconfirmed(list(recipients))] if clear else []
        changed = recipients.unpair(by=by)
        return Paired(changed, _move(Ticket.objects.filter(pk__in=losing), changed, None, by))


def unconfirmed(recipients: Iterable[Recipient]) -> TicketQuerySet:
    """The open tickets that have the customer to whom their requester is paired and that no agent has confirmed."""
    tickets = Ticket.objects.unsolved().filter(requester__in=list(recipients), customer__isnull=False)
    return tickets.filter(customer=F("requester__customer")).exclude(customer_source=CustomerSource.AGENT)


def undo(batch: uuid.UUID, *, by: User) -> Paired:
    """Undo a batch of decisions about addresses, and move back the tickets that nobody has changed since."""
    with transaction.atomic():
        changed = address_book.undo(batch, by=by)
        moves = TicketMove.objects.filter(batch=batch, undone_at__isnull=True).select_related("ticket")
        moves = moves.filter(ticket__requester__in=changed.recipients).select_for_update(of=("self",))
        stayed = {m.ticket_id: _("It was changed again since.") for m in moves if _values(m.ticket) != m.after}
        returning = [move for move in moves if move.ticket_id not in stayed]
        _write([(move.ticket, move.before) for move in returning], by)
        TicketMove.objects.filter(pk__in=[move.pk for move in returning]).update(undone_at=timezone.now())
        return Paired(changed, tuple(move.ticket for move in returning), stayed)


def _move(tickets: TicketQuerySet, changed: Changed, customer: Customer | None, by: User) -> tuple[Ticket, ...]:
    """Give `tickets` to `customer` because of `changed`, or take their customer away."""
    pairings = {pairing.recipient_id: pairing for pairing in changed.pairings}
    locked = list(tickets.order_by("pk").select_for_update(of=("self",)).select_related("assignee"))
    moves = []
    for ticket in locked:
        before, pairing = _values(ticket), pairings.get(ticket.requester_id or 0)
        after = _after(ticket, customer, pairing)
        if after != before:
            moves.append(TicketMove(batch=changed.batch, ticket=ticket, pairing=pairing, before=before, after=after))
    _write([(move.ticket, move.after) for move in moves], by)
    TicketMove.objects.bulk_create(moves)
    return tuple(move.ticket for move in moves)


def _after(ticket: Ticket, customer: Customer | None, pairing: Pairing | None) -> dict[str, Any]:
    """A pair is valid (semantics 4); an assignee who may no longer see the ticket loses it (R31)."""
    keeps = ticket.assignee is None or ticket.assignee.serves(customer)
    rejected = ticket.validity == Validity.REJECTED
    given = Validity.VALID if ticket.validity == Validity.TO_VERIFY else ticket.validity
    return {
        "customer_id": customer.pk if customer else None,
        "customer_source": str(CustomerSource.PAIRING if customer else CustomerSource.MATCHING),
        "customer_pairing_id": pairing.pk if pairing else None,
        "validity": str(given if customer or rejected else Validity.TO_VERIFY),
        "assignee_id": ticket.assignee_id if keeps else None,
    }


def _values(ticket: Ticket) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in _MOVED}


def _write(decisions: list[tuple[Ticket, Mapping[str, Any]]], by: User) -> None:
    """Set each ticket's values, with one update for all that get the same, and record an event for each."""
    now = timezone.now()
    alike: dict[str, tuple[dict[str, Any], list[int]]] = {}
    events = []
    for ticket, values in decisions:
        change = {"from": ticket.customer_id, "to": values["customer_id"], "source": values["customer_source"]}
        events.append(Event(ticket=ticket, kind=Event.Kind.CUSTOMER, agent=by, data=change, at=now))
        for name, value in values.items():
            setattr(ticket, name, value)
        common = {name: value for name, value in values.items() if name != "customer_pairing_id"}
        alike.setdefault(repr(common), (common, []))[1].append(ticket.pk)
    for common, pks in alike.values():
        Ticket.objects.filter(pk__in=pks).update(**common, updated_at=now)
    Ticket.objects.bulk_update([ticket for ticket, _values in decisions], ["customer_pairing"], batch_size=1000)
    Event.objects.bulk_create(events)
