"""What happens to tickets when an address is paired, unpaired, shared, banned, or given to somebody else.

`recipients` knows the pairing; the tickets that follow it are moved in the same transaction, and undo moves back
exactly those that nobody has changed since (R03, R05, R07, R11, R12, R13, S53, S54, S55).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, F, Max
from django.utils.translation import gettext as _

from recipients.decisions import actions, displaced_persons, pairing_checks
from recipients.decisions.actions import Changed
from recipients.decisions.undo import undo as undo_decisions
from recipients.matching.verdict import Verdict
from recipients.models import (
    Batch,
    Customer,
    Recipient,
    RecipientChange,
    RecognitionSettings,
    User,
)
from recipients.models.recipients import RecipientQuerySet
from tickets.customers import transfer
from tickets.models import Comment, CustomerSource, NotAllowed, Status, Ticket, TicketMove
from tickets.models.work.visibility import TicketQuerySet
from tickets.sender.held_messages import accept_held

#: The tag of a ticket that was closed as spam.
SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Paired:
    """What was done: the change of the addresses, the tickets that moved, and those that stayed, with the reason."""

    changed: Changed
    moved: tuple[Ticket, ...] = ()
    stayed: Mapping[int, str] = field(default_factory=dict)


def pair(recipients: RecipientQuerySet, customer: Customer, *, by: User, everything: bool = True) -> Paired:
    """Pair addresses from the recipients page; their unassigned tickets follow (R03, R05)."""
    with transaction.atomic():
        chosen = list(recipients)
        changed = actions.pair(recipients, customer, by=by)
        following = [recipient for recipient in chosen if recipient.address not in changed.refused]
        return _give(unassigned(following, everything=everything), customer, changed, by)


def unassigned(recipients: Iterable[Recipient], *, everything: bool = True) -> TicketQuerySet:
    """The tickets that pairing `recipients` would move: all without a customer, or each address's newest one (R05)."""
    tickets = Ticket.objects.filter(requester__in=list(recipients), customer__isnull=True)
    tickets = tickets.not_merged()
    if everything:
        return tickets
    newest = tickets.order_by().values("requester").annotate(newest=Max("pk")).values("newest")
    return Ticket.objects.filter(pk__in=newest)


def leaving(recipients: Iterable[Recipient]) -> list[Customer]:
    """The persons who would give way to pairing or sharing `recipients`, with `ticket_count`. Two queries."""
    persons = displaced_persons.displaceable(each.address for each in recipients)
    found = Customer.objects.filter(pk__in=[each.pk for each in persons.values()])
    return list(found.annotate(ticket_count=Count("tickets"))) if persons else []


def pair_requester(ticket: Ticket, customer: Customer, *, by: User, older: bool = False) -> Paired:
    """Pair the requester of `ticket`: this ticket and future ones go to `customer` (R11).

    With `older` the tickets follow that the address's previous pairing gave to its previous customer and that no agent
    has confirmed.
    """
    with transaction.atomic():
        requester = Recipient.objects.locked().get(tickets=ticket)
        following = Ticket.objects.filter(pk=ticket.pk)
        if older:
            following |= wrongly_paired(requester)
        changed = actions.pair(Recipient.objects.filter(pk=requester.pk), customer, by=by)
        if changed.refused:
            return Paired(changed)
        return _give(following, customer, changed, by)


def accept_and_pair(comment: Comment, *, by: User) -> Paired:
    """Let a held message in, and pair its writer to the ticket's customer. Raises NotAllowed with a sentence."""
    with transaction.atomic():
        shown = comment.ticket.customer
        displaced_persons.hold(Recipient.objects.filter(comments=comment).locked(), shown)
        accept_held(comment, by=by)
        ticket, customer = comment.ticket, comment.ticket.customer
        if customer != shown:
            raise NotAllowed(_("Somebody has changed the ticket's customer in the meantime. Please check again."))
        if reason := no_pairing_of_writers(ticket, [comment], by=by).get(comment.pk):
            raise NotAllowed(reason)
        assert customer
        changed = actions.pair(Recipient.objects.filter(comments=comment), customer, by=by)
        if changed.refused:  # somebody was faster
            raise NotAllowed(" ".join(changed.refused.values()))
        return _give(Ticket.objects.none(), customer, changed, by)


def no_pairing_of_writers(ticket: Ticket, comments: Sequence[Comment], *, by: User) -> dict[int, str]:
    """Why the writers of `comments` cannot be paired to the customer of `ticket`, by the comment's id.

    Five queries at most, none for no comments.
    """
    if not comments:
        return {}
    if general := _no_pairing_to(ticket.customer):
        return {comment.pk: general for comment in comments}
    writers = [comment.recipient for comment in comments if comment.recipient]
    refused = pairing_checks.pairing(writers, by)
    agents = set(User.objects.filter(email__in=[each.address for each in writers]).values_list("email", flat=True))
    reasons = {comment.pk: _no_pairing_of(comment, refused, agents, by) for comment in comments}
    return {pk: reason for pk, reason in reasons.items() if reason}


def _no_pairing_to(customer: Customer | None) -> str:
    if customer is None:
        return _("Choose the ticket's customer first: the address is paired with it.")
    if customer.kind not in RecognitionSettings.load().allowed_kinds:
        return _("Customers of the kind of %(customer)s own no tickets.") % {"customer": customer}
    return ""


def _no_pairing_of(comment: Comment, refused: Mapping[str, str], agents: set[str], by: User) -> str:
    writer = comment.recipient
    if writer is None:
        return _("The message names no sender.")
    if Verdict.from_json(comment.verdict).failed:
        return _("The mail server reports that this address may be forged. Pair it from a mail that is authentic.")
    if writer.address in agents:
        return _("It belongs to somebody who works here.")
    if writer.customer and by.serves(writer.customer):
        return _("It is already paired with %(customer)s.") % {"customer": writer.customer}
    return refused.get(writer.address, "")


def no_pairing(ticket: Ticket, *, by: User) -> str:
    """Why `by` cannot pair the requester of `ticket` from it, "" if they can (R16). At most two queries."""
    requester = ticket.requester
    if requester is None:
        return _("This ticket has no requester.")
    if requester.customer_id:
        return _("The requester is already paired. Change the ticket's customer instead.")
    return pairing_checks.pairing([requester], by).get(requester.address, "")


def wrongly_paired(requester: Recipient) -> TicketQuerySet:
    """The tickets that the current pairing of `requester` gave to its customer and that no agent has confirmed."""
    tickets = Ticket.objects.filter(requester=requester, customer__isnull=False, customer=requester.customer_id)
    return tickets.exclude(customer_source=CustomerSource.AGENT).not_merged()


def unpair(recipients: RecipientQuerySet, *, by: User, clear: bool = False) -> Paired:
    """Cut pairings (R07). Tickets keep their customer; with `clear` the open ones nobody confirmed lose it."""
    with transaction.atomic():
        losing = [ticket.pk for ticket in unconfirmed(list(recipients))] if clear else []
        changed = actions.unpair(recipients, by=by)
        return _give(Ticket.objects.filter(pk__in=losing), None, changed, by)


def share(recipients: RecipientQuerySet, *, by: User, as_form: bool = False) -> Paired:
    """Mark addresses as many people's, or as forms (R15). The tickets of persons who gave way have no customer then."""
    with transaction.atomic():
        return _give(Ticket.objects.none(), None, actions.share(recipients, by=by, as_form=as_form), by)


def unconfirmed(recipients: Iterable[Recipient]) -> TicketQuerySet:
    """The open tickets that have the customer to whom their requester is paired and that no agent has confirmed."""
    tickets = Ticket.objects.unsolved().filter(requester__in=list(recipients), customer__isnull=False)
    return tickets.filter(customer=F("requester__customer")).exclude(customer_source=CustomerSource.AGENT)


def ban_requester(ticket: Ticket, *, by: User, close: bool = False) -> Paired:
    """Stop listening to the requester of `ticket`; with `close` the ticket is closed as spam. Raises NotAllowed."""
    with transaction.atomic():
        changed = actions.ban(Recipient.objects.filter(tickets=ticket), by=by)
        if changed.refused or not close or ticket.is_closed:
            return Paired(changed)
        tags = sorted(ticket.tags.values_list("name", flat=True))
        before = {"status": ticket.status_value, "tags": tags}
        after = {"status": str(Status.CLOSED), "substatus_id": None}
        ticket.set_tags([*tags, SPAM], by=by)
        ticket.set_status(Status.CLOSED, by=by)
        TicketMove.objects.keep([TicketMove(batch=changed.batch, ticket=ticket, before=before, after=after)])
        return Paired(changed, (ticket,))


def undo(batch: Batch, *, by: User, only: Recipient | None = None) -> Paired:
    """Undo a batch of decisions, for every address or for one, and move back the tickets nobody has changed since."""
    with transaction.atomic():
        changed = undo_decisions(batch, by=by, only=only)
        moved, stayed = transfer.put_back(batch, by=by, only=only, refused=changed.refused)
        return Paired(changed, moved, stayed)


def _give(tickets: TicketQuerySet, customer: Customer | None, changed: Changed, by: User) -> Paired:
    """Move `tickets`, and those of persons who gave way: nobody else is left to have them."""
    persons = RecipientChange.objects.filter(batch=changed.batch, person__isnull=False).values("person")
    following = tickets | Ticket.objects.filter(customer__in=persons)
    moved = transfer.give(following, customer, batch=changed.batch, pairings=changed.pairings)
    return Paired(changed, moved)
