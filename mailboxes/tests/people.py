"""Whom we know, what they write, and that a dry run said before what became of it."""

from typing import Any

from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from mailboxes.what_if.dry_run import dry_run
from recipients.models import AuthorisedSender, Customer, CustomerAddress
from tickets.models import Outbox, Ticket


def customer(name: str, *addresses: str, company: Customer | None = None, **fields: Any) -> Customer:
    """A customer; the first address is its profile Email, the others are in the additional list."""
    made = Customer.objects.create(name=name, company=company, **fields)
    for number, address in enumerate(addresses):
        CustomerAddress.objects.create(customer=made, address=address, is_primary=number == 0)
    return made


def company(name: str, *addresses: str, **fields: Any) -> Customer:
    return customer(name, *addresses, is_company=True, **fields)


def authorise(owner: Customer, *entries: str) -> None:
    for entry in entries:
        kind = AuthorisedSender.Kind.ADDRESS if "@" in entry else AuthorisedSender.Kind.DOMAIN
        AuthorisedSender.objects.create(customer=owner, kind=kind, value=entry)


def wrote(sender: str, **headers: str) -> Ticket:
    """The new ticket by `sender`; the dry run said the same before."""
    raw = mail(From=sender, **headers)
    foreseen = dry_run(raw)
    row = arrive(raw, mailbox=Mailbox.objects.get())
    assert row.outcome == foreseen.decision.outcome == Outcome.TICKET, row.traceback
    assert row.ticket
    assert foreseen.ticket
    assert (foreseen.ticket.customer, foreseen.ticket.validity) == (row.ticket.customer, row.ticket.validity)
    return row.ticket


def trusting(mailbox: Mailbox, mode: str) -> None:
    mailbox.authentication, mailbox.authserv_id = mode, "mx.helpdesk.example"
    mailbox.save()


def replied(sender: str, ticket: Ticket, answers: Outbox | None = None, **headers: str) -> InboundEmail:
    headers.setdefault("subject", f"Re: [#{ticket.number}] Printer")
    if answers:
        headers["in_reply_to"] = f"<{answers.token}@helpdesk.example>"
    raw = mail(From=sender, **headers)
    foreseen = dry_run(raw)
    row = arrive(raw, mailbox=Mailbox.objects.get())
    assert row.outcome == foreseen.decision.outcome, row.traceback
    return row


def to(address: str) -> Outbox:
    return Outbox.objects.get(recipient=address)
