"""Customer assignment: an agent says whose ticket it is."""

from recipients.matching.validity import Validity
from recipients.models import Batch, Customer, User
from tickets.customers.transfer import values_of
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


def _named(which: str, customer: Customer | None) -> dict[str, str | int | None]:
    """A customer as the history keeps it: by name, should the row be gone one day, and by id."""
    return {which: str(customer) if customer else "", f"{which}_id": customer.pk if customer else None}
