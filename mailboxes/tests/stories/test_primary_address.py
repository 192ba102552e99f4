"""Is a sensitive request confirmed from the customer's primary address, and by nothing else? (A06, SC21)"""

import re
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from recipients.models import AuthorisedSender, Customer, CustomerAddress, Recipient, User
from tickets.conversation.merge_tickets import merge_ticket
from tickets.conversation.replying import reply
from tickets.conversation.undo_send import undo_send
from tickets.customers import pairing
from tickets.customers.assignment import change_customer
from tickets.models import Comment, Event, NotAllowed, Outbox, PrimaryRequest, Ticket
from tickets.sender import primary_address
from tickets.sender.held_messages import accept_held
from tickets.sender.primary_address import ask_for_primary

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

TECH, OFFICE = "tech@agency.example", "office@acme.example"
FAILING, PASSING = "mx.helpdesk.example; dmarc=fail", "mx.helpdesk.example; dmarc=pass"


@pytest.fixture
def ticket(acme: Customer) -> Ticket:
    """By an authorised sender of Acme, whose profile Email is office@acme.example."""
    AuthorisedSender.objects.create(customer=acme, kind=AuthorisedSender.Kind.ADDRESS, value=TECH)
    CustomerAddress.objects.create(customer=acme, address="second@acme.example")
    return wrote(TECH, subject="Transfer the domain")


def wrote(sender: str, **headers: str) -> Ticket:
    row = arrive(mail(From=sender, **headers), mailbox=Mailbox.objects.get())
    assert row.ticket, (row.outcome, row.traceback)
    return row.ticket


def answered(ticket: Ticket, sender: str, **headers: str) -> InboundEmail:
    headers.setdefault("subject", f"Re: [#{ticket.number}] Transfer the domain")
    return arrive(mail("Yes, please.", From=sender, **headers), mailbox=Mailbox.objects.get())


def ask(ticket: Ticket, anna: User) -> Comment:
    text = primary_address.ready_text(ticket, primary_address.primary_of(ticket))
    return ask_for_primary(ticket, by=anna, html=f"<p>{text}</p>")


def fulfilled(ticket: Ticket) -> bool:
    return PrimaryRequest.objects.get(ticket=ticket).fulfilled_at is not None


def test_asking_is_an_ordinary_answer_that_does_not_tell_the_address(ticket: Ticket, anna: User) -> None:
    comment = ask(ticket, anna)
    ticket.refresh_from_db()
    assert (comment.kind, comment.is_public, ticket.status) == ("agent", True, "open")
    copies = Outbox.objects.filter(kind=Outbox.Kind.NEW_MESSAGE)
    assert {copy.recipient for copy in copies} == {TECH, OFFICE}
    assert all("o…e@acme.example" in copy.text and OFFICE not in copy.text for copy in copies)
    request = PrimaryRequest.objects.get()
    assert (request.ticket, request.address, request.asked_by, request.fulfilled_at) == (ticket, OFFICE, anna, None)
    event = Event.objects.get(kind=Event.Kind.PRIMARY_ASKED)
    assert (event.agent, event.comment) == (anna, comment)


@dataclass(frozen=True)
class Case:
    """Who answers, and how; whether that fulfils the request, or claims to."""

    id: str
    sender: str
    fulfils: bool = False
    headers: tuple[tuple[str, str], ...] = (("authentication_results", PASSING),)
    mode: str = "observe"
    claims: bool = False


CASES = [
    Case("21: the authorised sender", TECH),
    Case("21: the primary address", OFFICE, fulfils=True),
    Case("written otherwise, but the same", '"Office" <OFFICE@Acme.example>', fulfils=True),
    Case("another registered address", "second@acme.example"),
    Case("a plus-tag is another address", "office+x@acme.example"),
    Case("a display name", f'"{OFFICE}" <mallory@evil.example>'),
    Case("a Reply-To", TECH, headers=(("reply_to", OFFICE),)),
    Case("a stranger", "mallory@evil.example"),
    Case("a forged one", OFFICE, headers=(("authentication_results", FAILING),)),
    Case("a forged one, held", OFFICE, headers=(("authentication_results", FAILING),), mode="enforce"),
    Case("vouched for and enforced", OFFICE, fulfils=True, mode="enforce"),
    Case(
        "vouched for another domain", OFFICE, headers=(("authentication_results", f"{PASSING} header.from=x.example"),)
    ),
    Case("nobody says anything", OFFICE, headers=(), claims=True),
    Case("nobody says anything, enforced", OFFICE, headers=(), mode="enforce"),  # it is held
    Case("another server says so", OFFICE, headers=(("authentication_results", f"x.{PASSING}"),), claims=True),
    Case(
        "nothing but SPF", OFFICE, headers=(("authentication_results", "mx.helpdesk.example; spf=pass"),), claims=True
    ),
    Case("nobody is asked", OFFICE, mode="off", claims=True),
    Case("an automatic reply", OFFICE, headers=(("auto_submitted", "auto-replied"),)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_only_the_primary_address_itself_fulfils_it(case: Case, ticket: Ticket, anna: User, support: Mailbox) -> None:
    # SC21
    support.authentication, support.authserv_id = case.mode, "mx.helpdesk.example"
    support.save()
    ask(ticket, anna)
    row = answered(ticket, case.sender, **dict(case.headers))
    assert row.ticket == ticket
    assert fulfilled(ticket) is case.fulfils
    events = Event.objects.filter(ticket=ticket, kind=Event.Kind.PRIMARY_WROTE)
    assert [event.comment for event in events] == [row.comment] * case.fulfils
    if case.fulfils:
        assert PrimaryRequest.objects.get().fulfilled_by == row.comment
    standing = primary_address.standing(ticket)
    assert (standing.claim is not None) is case.claims
    assert standing.doubt == ""


def test_an_agent_may_accept_a_claim_and_the_doubt_stays(ticket: Ticket, anna: User, as_anna: Client) -> None:
    answered(ticket, OFFICE)  # before anybody asked: no answer
    ask(ticket, anna)
    other = wrote(OFFICE)
    assert primary_address.standing(ticket).claim is None
    claim = answered(ticket, OFFICE).comment
    assert claim
    page = as_anna.get(ticket.get_absolute_url()).content.decode()
    assert "A message claims to come from the primary address; nothing proves it." in page
    for comment in (Comment.objects.get(ticket=other), ticket.comments.earliest("pk")):
        as_anna.post(reverse("tickets:accept_primary", args=[ticket.pk, comment.pk]))
        assert not fulfilled(ticket)
    for _twice in range(2):
        as_anna.post(reverse("tickets:accept_primary", args=[ticket.pk, claim.pk]))
    assert PrimaryRequest.objects.get().fulfilled_by == claim
    assert "was not checked by a server we trust" in primary_address.standing(ticket).doubt
    event = Event.objects.get(kind=Event.Kind.PRIMARY_WROTE)
    assert (event.agent, event.comment) == (anna, claim)
    page = as_anna.get(ticket.get_absolute_url()).content.decode()
    assert "accepted an unproven message as confirmation from the primary address" in page


def test_what_is_known_to_be_forged_cannot_be_accepted(ticket: Ticket, anna: User, as_anna: Client) -> None:
    Mailbox.objects.update(authserv_id="mx.helpdesk.example")
    ask(ticket, anna)
    forged = answered(ticket, OFFICE, authentication_results=FAILING).comment
    assert forged
    as_anna.post(reverse("tickets:accept_primary", args=[ticket.pk, forged.pk]))
    assert not fulfilled(ticket)


def test_the_address_is_green_only_if_somebody_vouches_for_it(
    ticket: Ticket, acme: Customer, anna: User, as_anna: Client
) -> None:
    """Anybody can write a name into From: what is known of the origin stands beside the address (A06)."""

    def badge(sender: str, **headers: str) -> tuple[str, str, str]:
        page = as_anna.get(f"/tickets/{wrote(sender, **headers).number}/").content.decode()
        head = page[page.index('<div class="message-who">') :]
        found = re.search(r'<span class="badge (\w+)" title="([^"]*)">.*?</svg>([^<]*)</span>', head, re.S)
        assert found, head[:1000]
        return found[3].strip(), found[1], found[2]

    unchecked = "The origin of this mail was not checked by a server we trust."
    says = "mx.helpdesk.example says it is authentic: DMARC pass."
    Recipient.objects.known("paired@else.example")
    pairing.pair(Recipient.objects.filter(address="paired@else.example"), acme, by=anna)
    for sender, label in ((OFFICE, "Primary address"), ("paired@else.example", "Paired address")):
        Mailbox.objects.update(authserv_id="")
        assert badge(sender) == (label, "outline", unchecked)
        assert badge(sender, authentication_results=PASSING) == (label, "outline", unchecked)  # by nobody we know
        Mailbox.objects.update(authserv_id="mx.helpdesk.example")
        assert badge(sender, authentication_results=PASSING) == (label, "ok", says)
        assert badge(sender, authentication_results=FAILING)[:2] == ("Failed authentication", "danger")


def test_a_message_from_the_primary_address_on_another_ticket_changes_nothing(ticket: Ticket, anna: User) -> None:
    ask(ticket, anna)
    wrote(OFFICE)
    assert not fulfilled(ticket)


def test_a_held_message_counts_once_it_is_accepted_unless_it_was_forged(
    ticket: Ticket, anna: User, support: Mailbox
) -> None:
    support.authentication, support.authserv_id = "enforce", "mx.helpdesk.example"
    support.save()
    ask(ticket, anna)
    row = answered(ticket, OFFICE, authentication_results=FAILING)
    assert row.outcome == Outcome.HELD
    assert row.comment
    accept_held(row.comment, by=anna)
    assert not fulfilled(ticket)
    held = answered(ticket, OFFICE, authentication_results=PASSING).comment
    assert held
    Comment.objects.filter(pk=held.pk).update(is_held=True)
    PrimaryRequest.objects.update(fulfilled_at=None, fulfilled_by=None)
    held.refresh_from_db()
    accept_held(held, by=anna)
    assert fulfilled(ticket)


def test_after_a_merge_the_survivor_waits_and_is_confirmed(ticket: Ticket, anna: User) -> None:
    survivor = wrote(TECH)
    ask(ticket, anna)
    merge_ticket(ticket, into=survivor, by=anna)
    Mailbox.objects.update(authserv_id="mx.helpdesk.example")
    row = answered(ticket, OFFICE, authentication_results=PASSING)
    assert row.ticket == survivor
    assert fulfilled(survivor)


def test_what_was_asked_on_both_of_two_merged_tickets_is_asked_once(ticket: Ticket, anna: User) -> None:
    survivor = wrote(TECH)
    ask(ticket, anna)
    ask(survivor, anna)
    merge_ticket(ticket, into=survivor, by=anna)
    assert PrimaryRequest.objects.get().ticket == survivor


def test_another_customer_ends_the_request_whoever_sets_it(
    ticket: Ticket, anna: User, carla: Customer, acme: Customer
) -> None:
    ask(ticket, anna)
    change_customer(ticket, carla, by=anna)
    assert not PrimaryRequest.objects.exists()
    ask(ticket, anna)
    Recipient.objects.filter(address=TECH).update(customer=None)
    AuthorisedSender.objects.all().delete()
    pairing.pair_requester(ticket, acme, by=anna)
    assert not PrimaryRequest.objects.exists()


def test_a_new_primary_address_of_the_same_customer_is_the_one_that_counts(
    ticket: Ticket, anna: User, acme: Customer
) -> None:
    ask(ticket, anna)
    acme.addresses.update(is_primary=False)
    acme.addresses.filter(address="second@acme.example").update(is_primary=True)
    Mailbox.objects.update(authserv_id="mx.helpdesk.example")
    answered(ticket, OFFICE, authentication_results=PASSING)
    assert not fulfilled(ticket)
    answered(ticket, "second@acme.example", authentication_results=PASSING)
    assert fulfilled(ticket)


def test_undoing_the_message_takes_the_request_back(ticket: Ticket, anna: User) -> None:
    undo_send(ask(ticket, anna), by=anna)
    assert not PrimaryRequest.objects.exists()
    assert set(Outbox.objects.filter(kind="new_message").values_list("state", flat=True)) == {"cancelled"}
    plain = reply(ticket, by=anna, html="<p>Hello</p>")
    ask(ticket, anna)
    undo_send(plain, by=anna)  # of another message
    assert PrimaryRequest.objects.exists()


def test_one_asks_once_until_it_is_answered_or_withdrawn(ticket: Ticket, anna: User) -> None:
    ask(ticket, anna)
    with pytest.raises(NotAllowed, match="already been asked"):
        ask(ticket, anna)
    primary_address.withdraw(ticket, by=anna)
    with pytest.raises(NotAllowed, match="Nobody is waiting"):
        primary_address.withdraw(ticket, by=anna)
    ask(ticket, anna)
    Mailbox.objects.update(authserv_id="mx.helpdesk.example")
    answered(ticket, OFFICE, authentication_results=PASSING)
    assert primary_address.standing(ticket).may_ask is False  # it was the last message
    answered(ticket, TECH)
    assert primary_address.standing(ticket).may_ask is True


def test_without_a_primary_address_nobody_can_be_asked(anna: User, acme: Customer) -> None:
    ticket = wrote("mallory@evil.example")
    with pytest.raises(NotAllowed, match="no customer"):
        ask_for_primary(ticket, by=anna, html="<p>Hello</p>")
    acme.addresses.all().delete()
    change_customer(ticket, acme, by=anna)
    with pytest.raises(NotAllowed, match="no primary address"):
        ask_for_primary(ticket, by=anna, html="<p>Hello</p>")


@pytest.mark.parametrize("language", ["en", "de", "it", "pl", "ru"])
def test_the_ready_text_speaks_the_language_of_the_queue(language: str, ticket: Ticket) -> None:
    ticket.queue.language = language
    text = primary_address.ready_text(ticket, OFFICE)
    assert "o…e@acme.example" in text
    assert f"[#{ticket.number}]" in text
    assert "{{" not in text
    assert text.isascii() is False
