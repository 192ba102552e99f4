"""Who wrote it, is it valid, to which ticket does it belong? Scenario by scenario, through the door of every mail."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from mailboxes.models import Address, Mailbox, Outcome
from mailboxes.tests.mails import SUPPORT, arrive, mail
from mailboxes.tests.people import authorise, company, customer, replied, to, trusting, wrote
from recipients.customers import authorised
from recipients.models import AuthorisedSender, Customer, Recipient, RecognitionSettings, User
from tickets.conversation.merge_tickets import merge_ticket
from tickets.conversation.replying import reply
from tickets.models import Event, Outbox, Queue, Status, Ticket, TicketSettings
from tickets.models.work.visibility import said_to_customers
from tickets.sender.held_messages import accept_held

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

ANNA, ACME = "Anna Ast", "Acme SE"


@dataclass(frozen=True)
class Case:
    """Addresses of the company, of its person and of others; who writes; to whom it is assigned, and how valid."""

    id: str
    sender: str
    found: str
    validity: str = "valid"
    company: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    authorised: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)


AGENCY = ("tech@agency.example", "miodominio.example")
CASES = [
    Case("SC01: case makes no difference", '"Anna" <ANNA@Acme.example>', ANNA, person=("anna@acme.example",)),
    Case("SC02: an IDN is one domain", "info@xn--mller-kva.example", ANNA, person=("info@xn--mller-kva.example",)),
    Case("SC02: also as it is read", "info@müller.example", ANNA, person=("info@xn--mller-kva.example",)),
    Case("SC03: a plus-tag is another address", "a+shop@x.example", ACME, "to_verify", person=("a@x.example",)),
    Case("SC04: the additional list", "second@y.example", ANNA, person=("first@x.example", "second@y.example")),
    Case("SC05: on both, company", "b@x.example", ACME, company=("b@x.example",), person=("b@x.example",)),
    Case(
        "SC05: on both, person",
        "b@x.example",
        ANNA,
        company=("b@x.example",),
        person=("b@x.example",),
        settings={"preference": "person"},
    ),
    Case(
        "SC05: on both, nobody",
        "b@x.example",
        "",
        "to_verify",
        company=("b@x.example",),
        person=("b@x.example",),
        settings={"preference": "none"},
    ),
    Case(
        "SC05: alone, whatever is preferred",
        "b@x.example",
        ANNA,
        person=("b@x.example",),
        settings={"preference": "none"},
    ),
    Case(
        "SC08: a domain of two companies",
        "c@acme.example",
        "",
        "to_verify",
        company=("a@acme.example",),
        others={"Beta": ("b@acme.example",)},
    ),
    Case("SC10: freemail says nothing", "else@gmail.com", "", "to_verify", person=("anna@gmail.com",)),
    Case("SC12: a subdomain is another domain", "x@sub.acme.example", "", "to_verify", company=("a@acme.example",)),
    Case("SC13: an authorised address", "tech@agency.example", ACME, authorised=AGENCY),
    Case("SC13: its colleague is not", "boss@agency.example", "", "to_verify", authorised=AGENCY),
    Case("SC13: an authorised domain", "any@miodominio.example", ACME, authorised=AGENCY),
    Case(
        "SC17: another's primary address goes to its owner",
        "office@beta.example",
        "Beta",
        others={"Beta": ("office@beta.example",)},
        authorised=("office@beta.example",),
    ),
    Case(
        "A04: a display name is no address",
        '"anna@acme.example" <m@evil.example>',
        "",
        "to_verify",
        person=("anna@acme.example",),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_who_wrote_it_and_is_it_valid(case: Case) -> None:
    # W04, W05, W06, W07, W08, W11, W12, W13, W14, W15, A02, A04, A09, A10, A11, S30, S36, S39, S48, S38, S43
    RecognitionSettings.objects.update_or_create(pk=1, defaults=case.settings)
    acme = company(ACME, *case.company)
    customer(ANNA, *case.person, company=acme)
    for name, addresses in case.others.items():
        company(name, *addresses)
    authorise(acme, *case.authorised)
    ticket = wrote(case.sender)
    assert (str(ticket.customer) if ticket.customer else "", ticket.validity) == (case.found, case.validity)


def test_a_kind_that_is_not_allowed_is_not_found() -> None:
    # SC06
    customer("Prospect", "p@new.example", kind="lead")
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"allowed_kinds": ["customer"]})
    assert wrote("p@new.example").customer is None
    RecognitionSettings.objects.update(allowed_kinds=["customer", "lead"])
    assert str(wrote("p@new.example").customer) == "Prospect"


def test_an_ambiguity_ends_with_the_address_that_made_it() -> None:
    # SC08
    first, second = company("Alpha", "a@acme.example"), company("Beta", "b@acme.example")
    assert wrote("c@acme.example").customer is None
    second.addresses.all().delete()
    assert wrote("c@acme.example").customer == first


def test_the_unauthorised_colleague_alone_is_asked_to_confirm(acme: Customer) -> None:
    # SC13
    Queue.objects.update(unknown_senders=Queue.UnknownSenders.VERIFY)
    authorise(acme, *AGENCY)
    for sender in ("tech@agency.example", "any@miodominio.example", "boss@agency.example"):
        wrote(sender)
    asked = Outbox.objects.filter(text__contains="/portal/verify/").values_list("recipient", flat=True)
    assert list(asked) == ["boss@agency.example"]


def test_the_field_is_tidied_and_what_is_wrong_is_named(as_anna: Client, acme: Customer) -> None:
    # SC15
    url = f"/customers/{acme.pk}/authorised/"
    assert as_anna.post(url, {"senders": " Tech@Agency.Example ,, miodominio.example, "}).status_code == 302
    assert authorised.written(acme) == "tech@agency.example, miodominio.example"
    assert wrote("TECH@agency.example").customer == wrote("any@miodominio.example").customer == acme
    refused = as_anna.post(url, {"senders": "foo@, gmail.com"}).content.decode()
    for entry in ("foo@", "gmail.com"):
        assert entry in refused
    assert "Anybody can get an address there" in refused
    assert AuthorisedSender.objects.count() == 2


def test_anothers_primary_address_is_refused_in_the_field(as_anna: Client, acme: Customer) -> None:
    # SC17
    customer("Beta", "office@beta.example")
    page = as_anna.post(f"/customers/{acme.pk}/authorised/", {"senders": "office@beta.example"}).content.decode()
    assert "own address" in page
    assert not AuthorisedSender.objects.exists()


def test_a_primary_address_that_fails_authentication_is_to_verify(support: Mailbox, carla: Customer) -> None:
    # SC19, S43
    trusting(support, "observe")
    ticket = wrote("carla@acme.example", authentication_results="mx.helpdesk.example; dmarc=fail")
    assert (ticket.customer, ticket.validity) == (carla, "to_verify")
    assert not Outbox.objects.filter(kind=Outbox.Kind.REQUEST_RECEIVED).exists()


# -- Threading ------------------------------------------------------------------------------------------------------


@pytest.fixture
def ticket(carla: Customer, anna: User) -> Ticket:
    """Carla's ticket, with the notice to Anna and the confirmation to Carla in the outbox."""
    return wrote("carla@acme.example", subject="Printer")


def test_another_address_of_the_customer(ticket: Ticket, carla: Customer) -> None:
    # SC33
    Recipient.objects.create(address="carla@home.example", customer=carla)
    confirmation = to("carla@acme.example")
    same = replied("carla@home.example", ticket, confirmation, subject="Re: Printer")
    assert (same.outcome, same.ticket) == (Outcome.COMMENT, ticket)
    other = replied("carla@home.example", ticket, confirmation, subject="Something else")
    assert other.outcome == Outcome.TICKET
    assert other.ticket
    assert (other.ticket.customer, other.ticket.follow_up_of) == (carla, ticket)


def test_a_stranger_with_the_number_is_held_and_hears_nothing(ticket: Ticket, anna: User) -> None:
    # SC35
    row = replied("mallory@evil.example", ticket)
    assert row.outcome == Outcome.HELD
    ticket.refresh_from_db()
    assert (ticket.status, ticket.has_held_comments) == (Status.NEW, True)
    assert row.comment not in said_to_customers(ticket.comments.all())
    reply(ticket, by=anna, html="<p>Hello.</p>")
    assert not Outbox.objects.filter(recipient="mallory@evil.example").exists()
    TicketSettings.objects.update_or_create(pk=1, defaults={"reply_sender_check": "new_ticket"})
    assert replied("mallory@evil.example", ticket).outcome == Outcome.TICKET


@pytest.mark.parametrize("sender", ["somebody@acme.example", "carla@acme.example"])
def test_one_copy_for_each_address(sender: str, support: Mailbox, carla: Customer, acme: Customer, anna: User) -> None:
    # R21, R22, R23, R24, R25, R26, SC36, SC37
    support.sender_email = "admin@helpdesk.example"  # our own mail's From: the answer is no loop
    support.save()
    TicketSettings.objects.update_or_create(pk=1, defaults={"admin_email": "admin@helpdesk.example"})
    carla.billing_email = "billing@acme.example"
    carla.save()
    Recipient.objects.get_or_create(address=sender)
    if sender != "carla@acme.example":
        Recipient.objects.filter(address=sender).update(customer=carla)
    ticket = wrote(sender, subject="Printer")
    row = replied("admin@helpdesk.example", ticket, to("admin@helpdesk.example"))
    assert row.comment
    assert row.comment.kind == "agent"
    said = list(Outbox.objects.filter(to_staff=False).order_by("pk").values_list("kind", "recipient"))
    new = sorted({sender, "carla@acme.example"})
    assert said[0] == ("request_received", sender)
    assert sorted(said[1:]) == [("new_message", address) for address in new]


def test_a_closed_ticket_is_reopened_and_a_merged_one_goes_on(ticket: Ticket, ada: User) -> None:
    # SC39, S29
    ticket.set_status(Status.CLOSED, by=ada)
    assert [replied("carla@acme.example", ticket).outcome for _time in range(2)] == [Outcome.COMMENT] * 2
    ticket.refresh_from_db()
    assert (ticket.status, ticket.comments.count()) == (Status.OPEN, 3)
    assert Event.objects.filter(ticket=ticket, kind=Event.Kind.STATUS, agent=None).count() == 1
    survivor = wrote("carla@acme.example", subject="Printer again")
    merge_ticket(ticket, into=survivor, by=ada)
    assert replied("carla@acme.example", ticket).ticket == survivor


def test_one_mail_by_two_ways_is_one_ticket(support: Mailbox, queue: Queue) -> None:
    # L20, SC40
    Address.objects.create(mailbox=support, address="billing@helpdesk.example", queue=queue)
    raw = mail(to=f"{SUPPORT}, billing@helpdesk.example")
    first = arrive(b"Received: by main\r\n" + raw, mailbox=support)
    second = arrive(b"X-Original-To: billing@helpdesk.example\r\nReceived: by redirect\r\n" + raw, mailbox=support)
    assert [row.outcome for row in (first, second)] == [Outcome.TICKET, Outcome.DUPLICATE]
    assert (Ticket.objects.count(), second.duplicate_of, second.ticket) == (1, first, first.ticket)
    assert Outbox.objects.filter(kind=Outbox.Kind.REQUEST_RECEIVED).count() == 1


# -- Never in CC ----------------------------------------------------------------------------------------------------

FORM = "orders@market.example"


@pytest.fixture
def _never_cc(support: Mailbox) -> None:
    Queue.objects.update(never_cc=f"{FORM}\nAlias@Acme.example")


@pytest.mark.usefixtures("_never_cc")
def test_an_address_that_is_never_put_in_cc_takes_no_part(carla: Customer, anna: User) -> None:
    # T15
    people = f"Orders <{FORM}>, boss@acme.example, ALIAS@acme.example"
    ticket = wrote("carla@acme.example", subject="Printer", cc=people)
    assert [each.address for each in ticket.participants.all()] == ["boss@acme.example"]
    assert replied("boss@acme.example", ticket, cc=people).outcome == Outcome.COMMENT
    assert replied(FORM, ticket).outcome == Outcome.HELD
    assert replied("alias@acme.example", ticket).outcome == Outcome.HELD
    reply(ticket, by=anna, html="<p>Hello.</p>")
    told = Outbox.objects.filter(kind=Outbox.Kind.NEW_MESSAGE).values_list("recipient", flat=True)
    assert sorted(told) == ["boss@acme.example", "carla@acme.example"]


@pytest.mark.usefixtures("_never_cc")
def test_a_held_message_of_such_an_address_is_accepted_without_putting_it_in_cc(carla: Customer, anna: User) -> None:
    ticket = wrote("carla@acme.example", subject="Printer")
    held = replied(FORM, ticket).comment
    assert held
    accept_held(held, by=anna)
    assert not ticket.participants.exists()


@pytest.mark.usefixtures("_never_cc")
def test_such_an_address_that_writes_itself_is_recognised_as_any_other(carla: Customer, acme: Customer) -> None:
    ticket = wrote(FORM)
    assert (ticket.customer, ticket.validity) == (None, "to_verify")
    assert ticket.requester
    assert ticket.requester.address == FORM
    assert replied(FORM, ticket).outcome == Outcome.COMMENT
    assert (wrote("alias@acme.example").customer, wrote("alias@acme.example").validity) == (acme, "to_verify")
    Recipient.objects.filter(address=FORM).update(customer=carla)
    assert (wrote(FORM).customer, wrote(FORM).validity) == (carla, "valid")
