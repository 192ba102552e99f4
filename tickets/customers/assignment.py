"""Whose ticket is it, and may the sender write for them? What an agent says of both (A05)."""

from django.utils.translation import gettext as _

from recipients.matching.validity import Validity
from recipients.models import Customer, User
from tickets.models import CustomerSource, EventKind, NotAllowed, Ticket


def change_customer(ticket: Ticket, customer: Customer | None, *, by: User | None) -> None:
    """See `Ticket.change_customer`."""
    with ticket.changing(customer):
        before, validity = ticket.customer, ticket.validity
        if before == customer:
            return
        ticket.customer, ticket.customer_source, ticket.customer_pairing = customer, CustomerSource.AGENT, None
        ticket.primary_requests.filter(fulfilled_at__isnull=True).delete()  # it was put to somebody else
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


def judge_sender(ticket: Ticket, validity: Validity, judged: set[Validity], *, by: User) -> None:
    """Give a sender who is one of `judged` this validity. See `Ticket.accept_sender` and `Ticket.reject_sender`."""
    with ticket.changing(ticket.customer):
        if (before := Validity(ticket.validity)) not in judged:
            raise NotAllowed(_("There is nothing to decide: the sender is “%(is)s”.") % {"is": before.label})
        if validity == Validity.VALID:
            if ticket.customer is None:
                raise NotAllowed(_("Choose a customer first: then the sender is valid for that customer."))
            ticket.customer.confirm()
        ticket.validity = validity
        ticket.changed("validity")
        ticket.comments.filter(recipient=ticket.requester_id, kind="customer").update(validity=validity)
        ticket.record(EventKind.VALIDITY, by, {"before": before, "after": validity})


def _named(which: str, customer: Customer | None) -> dict[str, str | int | None]:
    """A customer as the history keeps it: by name, should the row be gone one day, and by id."""
    return {which: str(customer) if customer else "", f"{which}_id": customer.pk if customer else None}
