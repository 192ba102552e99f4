"""Transfer of many tickets to another customer, and back again.

Every moved ticket keeps what it was before, so that the way back takes exactly those that nobody has changed since.
A constant number of queries, in the caller's transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from recipients.matching.validity import Validity
from recipients.models import Batch, Customer, Pairing, Recipient, User
from tickets.models import CustomerSource, Event, NotAllowed, PrimaryRequest, Ticket, TicketMove
from tickets.models.service_level import recheck_soon
from tickets.models.work.visibility import TicketQuerySet, would_see

_MOVED = ("customer_id", "customer_source", "customer_pairing_id", "validity", "assignee_id")
_REMATCHED = (*_MOVED, "match")
#: What correcting the requester changes.
ASKED = (*_REMATCHED, "requester_id", "requester_name")
#: Rows of one statement.
_AT_ONCE = 1000

Values = dict[str, Any]


def give(
    tickets: TicketQuerySet,
    customer: Customer | None,
    *,
    batch: Batch,
    pairings: Iterable[Pairing] = (),
) -> tuple[Ticket, ...]:
    """Give `tickets` to `customer` because their requester's address was paired, or take their customer away.

    `pairings` are those that began with `batch`. The tickets that changed.
    """
    began = {pairing.recipient_id: pairing.pk for pairing in pairings}
    return _move(tickets, batch, lambda ticket: _paired(ticket, customer, began.get(ticket.requester_id or 0)))


def rematch(tickets: TicketQuerySet, answers: Mapping[int, Values], *, batch: Batch) -> tuple[Ticket, ...]:
    """Give each of `tickets` the customer, validity and reasons that recognition answers today, by its number.

    What a person has decided meanwhile stays. The tickets that changed.
    """
    unconfirmed = tickets.filter(pk__in=answers).exclude(customer_source=CustomerSource.AGENT)
    there = Customer.objects.in_bulk({values["customer_id"] for values in answers.values()} - {None})

    def answered(ticket: Ticket) -> Values:
        values = answers[ticket.pk]
        return values_of(ticket, _REMATCHED) | values | _assigned(ticket, there.get(values["customer_id"]))

    return _move(unconfirmed, batch, answered, _REMATCHED)


def follow_merge(tickets: TicketQuerySet, survivor: Customer, *, batch: Batch) -> tuple[Ticket, ...]:
    """The customer of `tickets` goes on as `survivor`; how they came to it stays as it is."""
    return _move(tickets, batch, lambda ticket: values_of(ticket) | _assigned(ticket, survivor))


def put_back(
    batch: Batch, *, by: User, only: Recipient | None = None, refused: Iterable[str] = ()
) -> tuple[tuple[Ticket, ...], dict[int, str]]:
    """Move back what the batch moved: the tickets, and number → reason of those that stay.

    `only`: those of one requester. `refused`: addresses that were left as they are, and so are their tickets.
    """
    moves = TicketMove.objects.filter(batch=batch).standing()
    moves = moves.filter(ticket__requester=only) if only else moves
    moves = moves.exclude(ticket__requester__address__in=list(refused))
    waiting = list(moves.order_by("pk").select_for_update(of=("self",), no_key=True))
    _lock_tickets(waiting)
    there = _customers(move.before.get("customer_id") for move in waiting)
    stayed = {move.ticket_id: reason for move in waiting if (reason := _staying(move, there))}
    returning = [move for move in waiting if move.ticket_id not in stayed]
    _write(_seen_again([move for move in returning if "customer_id" in move.before]), by)
    for move in returning:
        if "status" in move.before:
            try:
                move.ticket.set_status(move.before["status"], by=by)
            except NotAllowed as error:  # a status that is no longer offered, or not to `by`
                stayed[move.ticket_id] = str(error)
                continue
            move.ticket.set_tags(move.before["tags"], by=by)
    returning = [move for move in returning if move.ticket_id not in stayed]
    TicketMove.objects.filter(pk__in=[move.pk for move in returning]).mark_undone(by=by)
    return tuple(move.ticket for move in returning), stayed


def values_of(ticket: Ticket, names: Iterable[str] = _MOVED) -> Values:
    """What of `ticket` a transfer changes, as undo compares it."""
    return {name: getattr(ticket, name) for name in names}


def _lock_tickets(moves: Iterable[TicketMove]) -> None:
    """Lock the tickets of `moves`, and read them as they are now."""
    tickets = Ticket.objects.filter(pk__in=[move.ticket_id for move in moves]).locked().in_bulk()
    for move in moves:
        move.ticket = tickets[move.ticket_id]


def _move(
    tickets: TicketQuerySet,
    batch: Batch,
    becoming: Callable[[Ticket], Values],
    names: Iterable[str] = _MOVED,
) -> tuple[Ticket, ...]:
    moves = []
    for ticket in tickets.locked().select_related("assignee"):
        before, after = values_of(ticket, names), becoming(ticket)
        if after != before:
            pairing = after["customer_pairing_id"]
            moves.append(TicketMove(batch=batch, ticket=ticket, pairing_id=pairing, before=before, after=after))
    _write([(move.ticket, move.after) for move in moves], batch.by)
    TicketMove.objects.keep(moves)
    return tuple(move.ticket for move in moves)


def _paired(ticket: Ticket, customer: Customer | None, pairing: int | None) -> Values:
    """A pair is valid (S43). What was rejected or proven stays so, whoever the customer is."""
    given = Validity.VALID if ticket.validity == Validity.TO_VERIFY else ticket.validity
    stays = ticket.validity in (Validity.REJECTED, Validity.VERIFIED)
    return {
        "customer_source": str(CustomerSource.PAIRING if customer else CustomerSource.MATCHING),
        "customer_pairing_id": pairing,
        "validity": str(given if customer or stays else Validity.TO_VERIFY),
        **_assigned(ticket, customer),
    }


def _assigned(ticket: Ticket, customer: Customer | None) -> Values:
    """An assignee who may no longer see the ticket loses it (R31)."""
    keeps = ticket.assignee is None or ticket.assignee.serves(customer)
    return {"customer_id": customer.pk if customer else None, "assignee_id": ticket.assignee_id if keeps else None}


def _customers(pks: Iterable[int | None]) -> set[int]:
    wanted = {pk for pk in pks if pk}
    return set(Customer.objects.present().filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()


def _seen_again(moves: list[TicketMove]) -> list[tuple[Ticket, Values]]:
    """What each ticket goes back to; to its assignee only if they may see it then."""
    returning = {pk for move in moves if (pk := move.before["assignee_id"]) and pk != move.ticket.assignee_id}
    users = User.objects.filter(pk__in=returning).prefetch_related("queues").in_bulk() if returning else {}
    of_tickets = {move.before["customer_id"] for move in moves if move.before["assignee_id"] in users} - {None}
    customers = Customer.objects.in_bulk(of_tickets) if of_tickets else {}

    def assignee(move: TicketMove) -> int | None:
        pk: int | None = move.before["assignee_id"]
        if pk is None or pk == move.ticket.assignee_id:
            return pk
        sees = pk in users and would_see(users[pk], move.ticket, customers.get(move.before["customer_id"]))
        return pk if sees else None

    return [(move.ticket, move.before | {"assignee_id": assignee(move)}) for move in moves]


def _staying(move: TicketMove, there: set[int]) -> str:
    """Why a ticket cannot go back, "" if it can."""
    if not move.holds(move.ticket):
        return _("It has been changed again since.")
    before = move.before.get("customer_id")
    return _("The customer it had no longer exists.") if before and before not in there else ""


def _asked(ticket: Ticket, values: Mapping[str, Any]) -> dict[str, str]:
    """Who counted as the requester, and who will, as the history keeps it."""
    after = Recipient.objects.filter(pk=values["requester_id"]).first()
    named = {"before": ticket.requester, "after": after}
    return {which: recipient.display_address if recipient else "" for which, recipient in named.items()}


def _names_of_assignees(decisions: Sequence[tuple[Ticket, Mapping[str, Any]]]) -> dict[int | None, str]:
    """The names of those who lose or get a ticket. One query, none if nobody does."""
    changed = [(ticket.assignee_id, values.get("assignee_id")) for ticket, values in decisions]
    pks = {pk for before, after in changed if before != after for pk in (before, after) if pk}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=pks)} if pks else {}


def _write(decisions: Sequence[tuple[Ticket, Mapping[str, Any]]], by: User | None) -> None:
    """Set each ticket's values, with one update for all that get the same, and record an event for each."""
    now = timezone.now()
    others = [ticket.pk for ticket, values in decisions if ticket.customer_id != values["customer_id"]]
    PrimaryRequest.objects.unanswered().filter(ticket__in=others).delete()  # they were put to somebody else
    names = _names_of_assignees(decisions)
    alike: dict[str, tuple[Values, list[int]]] = {}
    events = []
    for ticket, values in decisions:
        change = {"from": ticket.customer_id, "to": values["customer_id"], "source": values["customer_source"]}
        if values["validity"] != ticket.validity:
            change["validity"] = values["validity"]
        events.append(Event(ticket=ticket, kind=Event.Kind.CUSTOMER, agent=by, data=change, at=now))
        if values.get("requester_id", ticket.requester_id) != ticket.requester_id:
            events.append(
                Event(ticket=ticket, kind=Event.Kind.REQUESTER, agent=by, data=_asked(ticket, values), at=now)
            )
        if values.get("assignee_id", ticket.assignee_id) != ticket.assignee_id:
            data = {"before": names.get(ticket.assignee_id, ""), "after": names.get(values["assignee_id"], "")}
            events.append(Event(ticket=ticket, kind=Event.Kind.ASSIGNEE, agent=by, data=data, at=now))
        for name, value in values.items():
            setattr(ticket, name, value)
        common = {name: value for name, value in values.items() if name != "customer_pairing_id"}
        alike.setdefault(repr(common), (common, []))[1].append(ticket.pk)
    recheck_soon()
    for common, pks in alike.values():
        Ticket.objects.filter(pk__in=pks).update(**common, updated_at=now)
    Ticket.objects.bulk_update([ticket for ticket, _values in decisions], ["customer_pairing"], batch_size=_AT_ONCE)
    Event.objects.bulk_create(events, batch_size=_AT_ONCE)
