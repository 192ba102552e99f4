"""Whose word about a mail's origin is taken, when a mail comes in by the way of every mail (A04)."""

import pytest
from django.test import Client

from mailboxes.models import Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from recipients.matching.verdict import Verdict
from recipients.models import AuthorisedSender, Customer
from tickets.models import Comment, Ticket

pytestmark = pytest.mark.django_db
OURS = "mx.helpdesk.example"
FAIL = "dmarc=fail header.from=partner.example"
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
        (f"{OURS}; spf=pass smtp.mailfrom==?utf-8?q?x=3Bdmarc=3Dpass=20?=@evil.example; {FAIL}",),
        (f"{OURS}; spf=pass (of =?utf-8?q?=29=3Bdmarc=3Dpass=28?=@evil.example) smtp.helo=x; {FAIL}",),
        (f'{OURS}; spf=pass smtp.mailfrom="x\\"; dmarc=pass; \\""@evil.example; {FAIL}',),
        (f"{OURS}; spf=pass smtp.helo=evil(; {FAIL}", PASS),
        (f"=?utf-8?q?{OURS}?=; dmarc=pass header.from=partner.example",),
        (f"{OURS}; {FAIL}; arc=pass (i=1 spf=pass dkim=pass dmarc=pass)",),
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
    # SC19
    ticket = came(strict, f"{OURS}; dmarc=fail header.from=acme.example", author="carla@acme.example")
    assert (ticket.customer, ticket.validity) == (carla, "to_verify")
    assert Verdict.from_json(ticket.verdict).failed


def test_what_a_sender_has_the_server_quote_hides_no_failure(strict: Mailbox) -> None:
    """An encoded word is all atoms, so it may stand in an envelope's address; read as text it held a result."""
    quoted = "=?utf-8?q?x=3Bdmarc=3Dpass=20?=@evil.example"
    ticket = came(strict, f"{OURS}; spf=pass smtp.mailfrom={quoted}; {FAIL}")
    found = Verdict.from_json(ticket.verdict)
    assert (found.dmarc, found.failed, found.passed) == ("fail", True, False)


def test_arc_explains_a_failure_and_changes_nothing(strict: Mailbox, carla: Customer, as_anna: Client) -> None:
    # RFC 8617: whoever likes may be a forwarder
    ticket = came(strict, f"{OURS}; {FAIL.replace('partner', 'acme')}; arc=pass (i=1)", author="carla@acme.example")
    assert (ticket.customer, ticket.validity) == (carla, "to_verify")
    found = Verdict.from_json(ticket.verdict)
    assert (found.arc, found.failed, found.passed) == ("pass", True, False)
    page = as_anna.get(ticket.get_absolute_url()).content.decode()
    assert "Others forwarded it and signed that (ARC)" in page
    plain = came(strict, f"{OURS}; {FAIL}")
    assert "(ARC)" not in as_anna.get(plain.get_absolute_url()).content.decode()
