"""Whose word about a mail's origin is taken, when a mail comes in by the way of every mail (A04)."""

import pytest

from mailboxes.models import Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from recipients.models import AuthorisedSender, Customer
from recipients.verdict import Verdict
from tickets.models import Comment, Ticket

pytestmark = pytest.mark.django_db
OURS = "mx.helpdesk.example"
PASS = f"{OURS}; dkim=pass header.d=partner.example; dmarc=pass header.from=partner.example"


@pytest.fixture
def strict(support: Mailbox, acme: Customer) -> Mailbox:
    """A mailbox that enforces; partner.example may write for Acme."""
    AuthorisedSender.objects.create(customer=acme, kind="domain", value="partner.example")
    support.authserv_id, support.authentication = OURS, Mailbox.Authentication.ENFORCE
    support.save()
    return support


def came(mailbox: Mailbox, *results: str, author: str = "boss@partner.example") -> Ticket:
    """The ticket of a mail with these Authentication-Results, topmost first."""
    head = "".join(f"Authentication-Results: {each}\r\n" for each in results).encode()
    row = arrive(head + mail(From=author), mailbox=mailbox)
    assert row.outcome == Outcome.TICKET, row.traceback
    return Ticket.objects.latest("pk")


def test_our_servers_word_lets_the_domain_count(strict: Mailbox, acme: Customer) -> None:
    assert came(strict, PASS).customer == acme


@pytest.mark.parametrize(
    "results",
    [
        (f"{OURS}; dmarc=fail header.from=partner.example", PASS),  # forged with our name, below ours
        (f"{OURS}; spf=none", PASS),
        ("mx.evil.example; dmarc=pass header.from=partner.example",),
        ("mx.evil.example; spf=none", "dmarc=pass header.from=partner.example; compauth=pass"),
        (f"not-{OURS}; dmarc=pass header.from=partner.example",),
        (f"{OURS}.evil.example; dmarc=pass header.from=partner.example",),
        (f"x\r\n\t; {OURS}; dmarc=pass header.from=partner.example",),
        (f"({OURS}) evil; dmarc=pass header.from=partner.example",),
        (f"{OURS}; dkim=pass header.d=evil.example; dmarc=none",),
        (f"{OURS}; dmarc=pass header.from=evil.example",),
    ],
)
def test_nobody_elses_word_does(strict: Mailbox, results: tuple[str, ...]) -> None:
    assert came(strict, *results).customer is None


def test_a_signature_that_our_server_found_good_is_enough_without_dmarc(strict: Mailbox, acme: Customer) -> None:
    # RFC 7489, 3.1.1: what OpenDKIM says where no OpenDMARC runs.
    said = f"{OURS}; dkim=pass header.d=mail.partner.example header.i=@mail.partner.example"
    assert came(strict, said).customer == acme


def test_two_people_in_from_borrow_no_signature(strict: Mailbox) -> None:
    said = f"{OURS}; dkim=pass header.d=partner.example"
    ticket = came(strict, said, author="boss@partner.example, mallory@evil.example")
    assert ticket.customer is None
    assert Comment.objects.get().other_authors == ["mallory@evil.example"]


def test_a_customers_address_that_failed_is_theirs_and_to_be_verified(strict: Mailbox, carla: Customer) -> None:
    # scenario 19
    ticket = came(strict, f"{OURS}; dmarc=fail header.from=acme.example", author="carla@acme.example")
    assert (ticket.customer, ticket.validity) == (carla, "to_verify")
    assert Verdict.from_json(ticket.verdict).failed
