"""Customer assignment: an agent says whose ticket it is, and who asked."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from recipients.addressing.normalise import display
from recipients.matching.directory import match_sender
from recipients.matching.match import Match, Step
from recipients.matching.validity import Validity
from recipients.models import Batch, Customer, OwnAddress, Pairing, Recipient, User
from recipients.models.reach import beyond
from tickets.conversation.participants import noted
from tickets.customers.transfer import ASKED, values_of
from tickets.models import CustomerSource, EventKind, Ticket, TicketMove


def change_customer(ticket: Ticket, customer: Customer | None, *, by: User | None) -> Batch:
    """Say whose ticket it is; the batch that `transfer.put_back` undoes.

    An agent's word makes a ticket to verify valid, and matching never undoes it. Participants, requester and the
    authors of comments stay as they are. An assignee of another partner, who may no longer see the ticket, loses it.
    Raises NotAllowed if the ticket was merged.
    """
    batch = Batch(kind=Batch.Kind.ASSIGNED, by=by)
    with ticket.changing(customer):
        before = values_of(ticket)
        _assign(ticket, customer, by)
        if (after := values_of(ticket)) != before:
            TicketMove.objects.keep([TicketMove(batch=batch, ticket=ticket, before=before, after=after)])
    return batch


def _assign(ticket: Ticket, customer: Customer | None, by: User | None) -> None:
    before, validity = ticket.customer, ticket.validity
    if before == customer:
        return
    ticket.customer, ticket.customer_source, ticket.customer_pairing = customer, CustomerSource.AGENT, None
    ticket.primary_requests.unanswered().delete()  # it was put to somebody else
    if customer is None:
        ticket.validity = Validity.TO_VERIFY if validity == Validity.VALID else validity
    else:
        customer.confirm()
        ticket.validity = Validity.VALID if validity == Validity.TO_VERIFY else validity
    ticket.changed("customer", "customer_source", "customer_pairing", "validity")
    ticket.record(EventKind.CUSTOMER, by, {**_named("before", before), **_named("after", customer)})
    if ticket.validity != validity:
        ticket.record(EventKind.VALIDITY, by, {"before": validity, "after": ticket.validity})
    ticket.drop_blind_assignee(by)


def correct_requester(ticket: Ticket, address: str, *, by: User, name: str = "") -> Batch:
    """Say that the normalised `address` asked; the batch that `transfer.put_back` undoes.

    For what a form or a colleague passed on; `name` is that of who asked. Recognition of the address says whose ticket
    it is, unless an agent did, and that is to verify: nobody vouches for who wrote. Raises ValidationError for an
    address that nobody may ask from or that another partner's customer has, NotAllowed if the ticket was merged.
    """
    batch = Batch(kind=Batch.Kind.ASSIGNED, by=by)
    with ticket.changing():
        before = values_of(ticket, ASKED)
        _ask(ticket, _requester(address, name, by), by)
        ticket.requester_name = name[:200]
        ticket.changed("requester_name")
        if (after := values_of(ticket, ASKED)) != before:
            TicketMove.objects.keep([TicketMove(batch=batch, ticket=ticket, before=before, after=after)])
    return batch


def _requester(address: str, name: str, by: User) -> Recipient:
    for refused in beyond([address], by).values():
        raise ValidationError(refused)
    if OwnAddress.among([address]):
        raise ValidationError(_("%(address)s is an address of the helpdesk itself.") % {"address": display(address)})
    recipient = noted({address: name}, timezone.now())[0]
    if recipient.banned:
        raise ValidationError(_("%(address)s is banned.") % {"address": display(address)})
    return recipient


def _ask(ticket: Ticket, requester: Recipient, by: User) -> None:
    former = ticket.requester
    if former == requester:
        return
    found, customer = match_sender(requester.address), ticket.customer
    ticket.requester, ticket.match = requester, found.as_json()
    if ticket.customer_source != CustomerSource.AGENT:
        _recognise(ticket, found)
    if ticket.customer_source != CustomerSource.AGENT or ticket.validity != Validity.VALID:
        ticket.validity = Validity.TO_VERIFY
    ticket.primary_requests.unanswered().delete()  # it was put to somebody else
    ticket.changed("requester", "customer", "customer_source", "customer_pairing", "validity", "match")
    named = {"before": former.display_address if former else "", "after": requester.display_address}
    ticket.record(EventKind.REQUESTER, by, named)
    if ticket.customer != customer:
        ticket.record(EventKind.CUSTOMER, by, {**_named("before", customer), **_named("after", ticket.customer)})
    ticket.drop_blind_assignee(by)


def _recognise(ticket: Ticket, found: Match) -> None:
    """Whose ticket it is, as a mail from the requester would make it. Unsaved."""
    ticket.customer = Customer.objects.filter(pk=found.customer).first() if found.customer else None
    ticket.customer_source, ticket.customer_pairing = CustomerSource.MATCHING, None
    follow_pairing(ticket, found)


def open_pairing(recipient: int) -> Pairing | None:
    """The pairing of the recipient with that key that has not ended. One query."""
    return Pairing.objects.filter(recipient=recipient, ended_at__isnull=True).first()


def follow_pairing(ticket: Ticket, match: Match, find: Callable[[int], Pairing | None] = open_pairing) -> None:
    """Remember by which pairing `ticket` has its customer, so that it follows when that one ends. Unsaved.

    `find` answers the pairing of a recipient's key.
    """
    if match.step is Step.PAIRING and ticket.requester:
        ticket.customer_source = CustomerSource.PAIRING
        ticket.customer_pairing = find(ticket.requester.pk)


def _named(which: str, customer: Customer | None) -> dict[str, str | int | None]:
    """A customer as the history keeps it: by name, should the row be gone one day, and by id."""
    return {which: str(customer) if customer else "", f"{which}_id": customer.pk if customer else None}
