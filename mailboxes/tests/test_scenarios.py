"""Who wrote it, is it valid, to which ticket does it belong? Scenario by scenario, through the door of every mail."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from mailboxes.dry_run import forecast
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from recipients.models import AuthorisedSender, Customer, CustomerAddress, Recipient, RecognitionSettings, User
from tickets.models import Event, Outbox, Status, Ticket, TicketSettings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

ANNA, ACME = "Anna Ast", "Acme SE"


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
    foreseen = forecast(raw)
    row = arrive(raw, mailbox=Mailbox.objects.get())
    assert row.outcome == foreseen.decision.outcome == Outcome.TICKET, row.traceback
    assert row.ticket
    assert foreseen.ticket
    assert (foreseen.ticket.customer, foreseen.ticket.validity) == (row.ticket.customer, row.ticket.validity)
    return row.ticket


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
    Case("1: case makes no difference", '"Anna" <ANNA@Acme.example>', ANNA, person=("anna@acme.example",)),
    Case("2: an IDN domain is one domain", "info@xn--mller-kva.example", ANNA, person=("info@xn--mller-kva.example",)),
    Case("2: also as it is read", "info@müller.example", ANNA, person=("info@xn--mller-kva.example",)),
    Case("3: a plus-tag is another address", "a+shop@x.example", ACME, "to_verify", person=("a@x.example",)),
    Case("4: the additional list", "second@y.example", ANNA, person=("first@x.example", "second@y.example")),
    Case("5: on both, company", "b@x.example", ACME, company=("b@x.example",), person=("b@x.example",)),
    Case(
        "5: on both, person",
        "b@x.example",
        ANNA,
        company=("b@x.example",),
        person=("b@x.example",),
        settings={"preference": "person"},
    ),
    Case(
        "5: on both, nobody",
        "b@x.example",
        "",
        "to_verify",
        company=("b@x.example",),
        person=("b@x.example",),
        settings={"preference": "none"},
    ),
    Case(
        "5: alone, whatever is preferred", "b@x.example", ANNA, person=("b@x.example",), settings={"preference": "none"}
    ),
    Case(
        "8: a domain of two companies",
        "c@acme.example",
        "",
        "to_verify",
        company=("a@acme.example",),
        others={"Beta": ("b@acme.example",)},
    ),
    Case("10: freemail says nothing", "else@gmail.com", "", "to_verify", person=("anna@gmail.com",)),
    Case("12: a subdomain is another domain", "x@sub.acme.example", "", "to_verify", company=("a@acme.example",)),
    Case("13: an authorised address", "tech@agency.example", ACME, authorised=AGENCY),
    Case("13: its colleague is not", "boss@agency.example", "", "to_verify", authorised=AGENCY),
    Case("13: an authorised domain", "any@miodominio.example", ACME, authorised=AGENCY),
    Case(
        "17: another's primary address goes to its owner",
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
    # W04-W15, A02-A11
    RecognitionSettings.objects.update_or_create(pk=1, defaults=case.settings)
    acme = company(ACME, *case.company)
    customer(ANNA, *case.person, company=acme)
    for name, addresses in case.others.items():
        company(name, *addresses)
    authorise(acme, *case.authorised)
    ticket = wrote(case.sender)
    assert (str(ticket.customer) if ticket.customer else "", ticket.validity) == (case.found, case.validity)


def test_6_a_kind_that_is_not_allowed_is_not_found() -> None:
    customer("Prospect", "p@new.example", kind="lead")
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"allowed_kinds": ["customer"]})
    assert wrote("p@new.example").customer is None
    RecognitionSettings.objects.update(allowed_kinds=["customer", "lead"])
    assert str(wrote("p@new.example").customer) == "Prospect"


def test_8_an_ambiguity_ends_with_the_address_that_made_it() -> None:
    first, second = company("Alpha", "a@acme.example"), company("Beta", "b@acme.example")
    assert wrote("c@acme.example").customer is None
    second.addresses.all().delete()
    assert wrote("c@acme.example").customer == first


def test_19_a_primary_address_that_fails_authentication_is_to_verify(support: Mailbox, carla: Customer) -> None:
    trusting(support, "observe")
    ticket = wrote("carla@acme.example", authentication_results="mx.helpdesk.example; dmarc=fail")
    assert (ticket.customer, ticket.validity) == (carla, "to_verify")
    assert not Outbox.objects.filter(kind=Outbox.Kind.REQUEST_RECEIVED).exists()


def trusting(mailbox: Mailbox, mode: str) -> None:
    mailbox.authentication, mailbox.authserv_id = mode, "mx.helpdesk.example"
    mailbox.save()


# -- Threading ------------------------------------------------------------------------------------------------------


@pytest.fixture
def ticket(carla: Customer, anna: User) -> Ticket:
    """Carla's ticket, with the notice to Anna and the confirmation to Carla in the outbox."""
    return wrote("carla@acme.example", subject="Printer")


def replied(sender: str, ticket: Ticket, answers: Outbox | None = None, **headers: str) -> InboundEmail:
    headers.setdefault("subject", f"Re: [#{ticket.number}] Printer")
    if answers:
        headers["in_reply_to"] = f"<{answers.token}@helpdesk.example>"
    raw = mail(From=sender, **headers)
    foreseen = forecast(raw)
    row = arrive(raw, mailbox=Mailbox.objects.get())
    assert row.outcome == foreseen.decision.outcome, row.traceback
    return row


def to(address: str) -> Outbox:
    return Outbox.objects.get(recipient=address)


def test_33_another_address_of_the_customer(ticket: Ticket, carla: Customer) -> None:
    Recipient.objects.create(address="carla@home.example", customer=carla)
    confirmation = to("carla@acme.example")
    same = replied("carla@home.example", ticket, confirmation, subject="Re: Printer")
    assert (same.outcome, same.ticket) == (Outcome.COMMENT, ticket)
    other = replied("carla@home.example", ticket, confirmation, subject="Something else")
    assert other.outcome == Outcome.TICKET
    assert other.ticket
    assert (other.ticket.customer, other.ticket.follow_up_of) == (carla, ticket)


def test_35_a_stranger_with_the_number_is_held_and_hears_nothing(ticket: Ticket, anna: User) -> None:
    row = replied("mallory@evil.example", ticket)
    assert row.outcome == Outcome.HELD
    ticket.refresh_from_db()
    assert (ticket.status, ticket.has_held_comments) == (Status.NEW, True)
    ticket.reply(by=anna, html="<p>Hello.</p>")
    assert not Outbox.objects.filter(recipient="mallory@evil.example").exists()
    TicketSettings.objects.update_or_create(pk=1, defaults={"reply_sender_check": "new_ticket"})
    assert replied("mallory@evil.example", ticket).outcome == Outcome.TICKET


@pytest.mark.parametrize("sender", ["somebody@acme.example", "carla@acme.example"])
def test_36_and_37_one_copy_for_each_address(sender: str, carla: Customer, acme: Customer, anna: User) -> None:
    # R22-R28
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


def test_39_a_closed_ticket_is_reopened_and_a_merged_one_goes_on(ticket: Ticket, ada: User) -> None:
    ticket.set_status(Status.CLOSED, by=ada)
    assert replied("carla@acme.example", ticket).outcome == Outcome.COMMENT
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert Event.objects.filter(ticket=ticket, kind=Event.Kind.STATUS, agent=None).count() == 1
    survivor = wrote("carla@acme.example", subject="Printer again")
    ticket.merge_into(survivor, by=ada)
    assert replied("carla@acme.example", ticket).ticket == survivor


# -- Taking over a ticket -------------------------------------------------------------------------------------------

FORGED = {"authentication_results": "mx.helpdesk.example; dmarc=fail"}
BY_MALLORY: dict[str, dict[str, str]] = {
    "by its number": {},
    "by Reply-To": {"reply_to": "carla@acme.example"},
    "by display name": {"sender": '"carla@acme.example" <mallory@evil.example>'},
    "by a second From": {"sender": "mallory@evil.example, carla@acme.example"},
    "by Sender": {"sender": "mallory@evil.example", "sender_": "carla@acme.example"},
}


@pytest.mark.parametrize("how", BY_MALLORY)
def test_nobody_takes_over_a_ticket(how: str, ticket: Ticket) -> None:
    headers = dict(BY_MALLORY[how])
    sender = headers.pop("sender", "mallory@evil.example")
    if real := headers.pop("sender_", ""):
        headers["Sender"] = real
    row = replied(sender, ticket, **headers)
    ticket.refresh_from_db()
    assert (row.outcome, ticket.status, list(ticket.participants.all())) == (Outcome.HELD, Status.NEW, [])
    assert not Outbox.objects.filter(recipient="mallory@evil.example").exists()


def test_a_forged_from_is_held_where_the_mailbox_enforces(support: Mailbox, ticket: Ticket) -> None:
    trusting(support, "enforce")
    assert replied("carla@acme.example", ticket, **FORGED).outcome == Outcome.HELD


@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_a_forged_agent_is_held_in_every_mode(mode: str, support: Mailbox, ticket: Ticket, anna: User) -> None:
    trusting(support, mode)
    row = replied(anna.email, ticket, to(anna.email), **FORGED)
    assert row.outcome == Outcome.HELD
    assert not Outbox.objects.filter(kind=Outbox.Kind.NEW_MESSAGE).exists()


def test_an_agents_address_without_our_signed_id_is_no_agent(ticket: Ticket, anna: User) -> None:
    notice = to(anna.email)
    forged = notice.token[:-4] + ("0000" if notice.token[-4:] != "0000" else "1111")
    assert replied(anna.email, ticket, in_reply_to=f"<{forged}@helpdesk.example>").outcome == Outcome.HELD
    somebody_elses = f"<{to('carla@acme.example').token}@helpdesk.example>"
    assert replied(anna.email, ticket, in_reply_to=somebody_elses).outcome == Outcome.HELD


def test_a_forged_message_id_threads_nothing(ticket: Ticket) -> None:
    token = to("carla@acme.example").token
    forged = f"<{token[:-4]}{'0000' if token[-4:] != '0000' else '1111'}@helpdesk.example>"
    row = replied("mallory@evil.example", ticket, subject="Re: Printer", in_reply_to=forged)
    assert (row.outcome, row.ticket == ticket) == (Outcome.TICKET, False)


def test_an_authentication_header_of_somebody_else_is_not_believed(support: Mailbox, carla: Customer) -> None:
    trusting(support, "enforce")
    authorise(carla, "agency.example")
    ticket = wrote("tech@agency.example", authentication_results="mx.evil.example; dmarc=pass")
    assert (ticket.customer, ticket.validity) == (None, "to_verify")


@pytest.mark.parametrize(("result", "found"), [("pass", True), ("fail", False), ("none", False)])
def test_an_authorised_domain_needs_dmarc_where_the_mailbox_enforces(
    result: str, found: bool, support: Mailbox, carla: Customer
) -> None:
    trusting(support, "enforce")
    authorise(carla, "agency.example")
    ticket = wrote("tech@agency.example", authentication_results=f"mx.helpdesk.example; dmarc={result}")
    assert (ticket.customer, ticket.validity) == ((carla, "valid") if found else (None, "to_verify"))


@pytest.mark.parametrize(
    "sender", ["tech@agency.example, mallory@evil.example", "tech@agency.example"], ids=["second From", "other domain"]
)
def test_a_pass_for_another_domain_vouches_for_nobody(sender: str, support: Mailbox, carla: Customer) -> None:
    # RFC 7489, 6.6.1
    trusting(support, "enforce")
    authorise(carla, "agency.example")
    passed = "mx.helpdesk.example; dmarc=pass header.from=evil.example"
    assert wrote(sender, authentication_results=passed).customer is None
    own = "mx.helpdesk.example; dmarc=pass header.from=Agency.example"
    assert wrote("tech@agency.example", authentication_results=own).customer == carla


def test_a_second_from_takes_over_no_ticket(support: Mailbox, ticket: Ticket) -> None:
    trusting(support, "enforce")
    passed = "mx.helpdesk.example; dmarc=pass header.from=evil.example"
    row = replied("carla@acme.example, mallory@evil.example", ticket, authentication_results=passed)
    assert row.outcome == Outcome.HELD
