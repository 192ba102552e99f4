"""A queue that adds unknown senders as persons: whom it adds, whom never, and what the person is good for (T18)."""

from dataclasses import dataclass, field

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from mailboxes.what_if.dry_run import dry_run
from recipients.decisions import actions
from recipients.models import (
    AuthorisedSender,
    Customer,
    CustomerAddress,
    DenyRule,
    Partner,
    Recipient,
    RecognitionSettings,
    User,
)
from tickets.customers import pairing
from tickets.customers.assignment import change_customer
from tickets.models import Event, Queue, Ticket, TicketSettings
from tickets.sender.acceptance import accept_sender

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]
NOVA = "Nova Neri <nova@new.example>"
FAILED = "mx.helpdesk.example; dmarc=fail"


@pytest.fixture(autouse=True)
def _adding(support: Mailbox) -> None:
    Queue.objects.update(auto_add=True)


def wrote(sender: str, **headers: str) -> Ticket:
    """The new ticket by `sender`; the dry run said before who would be added."""
    raw = mail(From=sender, **headers)
    foreseen, before = dry_run(raw), set(Customer.objects.values_list("pk", flat=True))
    row = arrive(raw, mailbox=Mailbox.objects.get())
    assert row.outcome == Outcome.TICKET, row.traceback
    assert row.ticket
    added = Customer.objects.exclude(pk__in=before).first()
    assert (foreseen.person.name if foreseen.person else None) == (added.name if added else None)
    return row.ticket


def added() -> list[Customer]:
    return list(Customer.objects.filter(added_automatically=True))


def test_somebody_new_becomes_a_lead_and_proves_nothing() -> None:
    # S60, T18
    ticket = wrote(NOVA)
    person = Customer.objects.get()
    assert (person.name, person.kind, person.is_company, person.email) == (
        "Nova Neri",
        "lead",
        False,
        "nova@new.example",
    )
    assert (ticket.customer, ticket.validity, ticket.customer_source) == (person, "to_verify", "matching")
    assert (ticket.match["step"], ticket.match["customer"]) == ("none", None)
    event = Event.objects.get(kind=Event.Kind.PERSON_ADDED)
    assert (event.ticket, event.data) == (ticket, {"customer": person.pk, "name": "Nova Neri"})
    assert list(ticket.events.values_list("kind", flat=True)) == ["opened", "person_added"]


def test_off_nobody_is_added() -> None:
    # T18
    Queue.objects.update(auto_add=False)
    assert wrote(NOVA).customer is None
    assert not Customer.objects.exists()


def test_the_next_mail_is_the_persons_and_still_to_verify() -> None:
    wrote(NOVA)
    again = wrote(NOVA)
    assert (str(again.customer), again.validity, again.match["step"]) == ("Nova Neri", "to_verify", "added")
    assert Customer.objects.count() == 1


def test_with_a_company_by_domain_the_ticket_stays_the_companys(acme: Customer, main_partner: Partner) -> None:
    acme.partner = main_partner
    acme.save()
    ticket = wrote("new.colleague+x@acme.example")
    (person,) = added()
    assert (person.name, person.company, person.partner) == ("New Colleague", acme, main_partner)
    assert (ticket.customer, ticket.validity, ticket.match["step"]) == (acme, "to_verify", "domain")
    again = wrote("new.colleague+x@acme.example")
    assert (again.customer, again.validity) == (person, "to_verify")


def test_where_a_domain_counts_as_valid_it_does_so_for_the_persons_it_added_too(acme: Customer) -> None:
    # S44
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"domain_counts_as_valid": True})
    assert [wrote("new@acme.example").validity, wrote("new@acme.example").validity] == ["valid", "valid"]
    assert [wrote(NOVA).validity, wrote(NOVA).validity] == ["to_verify", "to_verify"]


def test_where_no_lead_may_be_a_customer_the_ticket_stays_unassigned() -> None:
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"allowed_kinds": ["customer"]})
    assert wrote(NOVA).customer is None
    assert wrote(NOVA).customer is None
    assert len(added()) == 1


@dataclass(frozen=True)
class Nobody:
    """A sender who is not added, and why."""

    id: str
    sender: str = NOVA
    headers: dict[str, str] = field(default_factory=dict)


NOBODIES = [
    Nobody("registered", "carla@acme.example"),
    Nobody("registered on somebody whose kind may be no ticket's customer", "supplier@parts.example"),
    Nobody("registered on a person and a company, and nobody is preferred", "both@both.example"),
    Nobody("paired", "paired@home.example"),
    Nobody("authorised as an address", "tech@agency.example"),
    Nobody("authorised by domain", "any@miodominio.example"),
    Nobody("shared", "form@site.example"),
    Nobody("our own", "support@helpdesk.example"),
    Nobody("an agent's", "anna@helpdesk.example"),
    Nobody("never put in CC: an alias, a form of a market place", "orders@market.example"),
    Nobody("a machine by its name", "no-reply@machine.example"),
    Nobody("failing authentication", NOVA, {"authentication_results": FAILED}),
    Nobody("without an address", "Nobody at all"),
    Nobody("of an authorised domain that was not confirmed", "x@enforced.example", {}),
]


@pytest.mark.parametrize("case", NOBODIES, ids=lambda case: case.id)
def test_whoever_is_known_anywhere_is_not_added(
    case: Nobody, support: Mailbox, carla: Customer, acme: Customer, anna: User
) -> None:
    # S60
    support.authentication, support.authserv_id = "observe", "mx.helpdesk.example"
    if "enforced" in case.sender:
        support.authentication = "enforce"
    support.save()
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"preference": "none"})
    Queue.objects.update(never_cc="orders@market.example")
    supplier = Customer.objects.create(name="Parts", kind="supplier", is_company=True)
    CustomerAddress.objects.create(customer=supplier, address="supplier@parts.example")
    for owner in (Customer.objects.create(name="Both", is_company=True), Customer.objects.create(name="Both")):
        CustomerAddress.objects.create(customer=owner, address="both@both.example")
    Recipient.objects.create(address="paired@home.example", customer=carla)
    Recipient.objects.create(address="form@site.example", shared=True)
    AuthorisedSender.objects.create(customer=acme, kind="address", value="tech@agency.example")
    for domain in ("miodominio.example", "enforced.example"):
        AuthorisedSender.objects.create(customer=acme, kind="domain", value=domain)
    wrote(case.sender, **case.headers)
    assert added() == []


def test_what_opens_no_ticket_adds_nobody() -> None:
    DenyRule.objects.create(text="spam@evil.example")
    Recipient.objects.create(address="banned@evil.example", banned=True)
    ticket = wrote(NOVA)
    TicketSettings.objects.update_or_create(pk=1, defaults={"reply_sender_check": "hold"})
    before = Customer.objects.count()
    for raw, outcome in (
        (mail(From="spam@evil.example"), Outcome.DENIED),
        (mail(From="banned@evil.example"), Outcome.BANNED),
        (mail(From="robot@new.example", auto_submitted="auto-replied"), Outcome.AUTOMATIC),
        (mail(From="mallory@evil.example", subject=f"Re: [#{ticket.number}]"), Outcome.HELD),
    ):
        assert arrive(raw, mailbox=Mailbox.objects.get()).outcome == outcome
    Queue.objects.update(unknown_senders=Queue.UnknownSenders.REFUSE)
    assert arrive(mail(From="else@else.example")).outcome == Outcome.REFUSED
    assert arrive(mail(From=NOVA)).outcome == Outcome.REFUSED  # nobody knows her but the helpdesk itself
    assert Customer.objects.count() == before


def test_an_automatic_mail_that_opens_a_ticket_adds_nobody() -> None:
    ticket = wrote("list@news.example", list_id="<news.example>")
    assert ticket.customer is None
    assert added() == []


def test_whoever_somebody_names_afterwards_comes_before_the_added_person(carla: Customer, anna: User) -> None:
    wrote(NOVA)
    sender = AuthorisedSender.objects.create(customer=carla, kind="domain", value="new.example")
    assert wrote(NOVA).customer == carla
    sender.delete()
    CustomerAddress.objects.create(customer=carla, address="nova@new.example")
    registered = wrote(NOVA)
    assert (registered.customer, registered.validity) == (carla, "valid")


def test_an_added_person_recognises_nobody_else_and_joins_no_ticket_of_the_company(acme: Customer) -> None:
    # L28, L29: whoever wrote once must not be let into every ticket of the company
    company_ticket = wrote("office@acme.example", subject="Secret")
    wrote("mallory@acme.example")
    row = arrive(mail(From="mallory@acme.example", subject=f"Re: [#{company_ticket.number}] Secret"))
    assert row.outcome == Outcome.HELD
    acme.addresses.all().delete()
    assert wrote("third@acme.example").match["step"] == "none"


@pytest.mark.parametrize("how", ["chosen", "accepted", "paired", "saved"])
def test_an_agent_confirms_the_person(how: str, as_anna: Client, anna: User) -> None:
    ticket = wrote(NOVA)
    person = Customer.objects.get()
    if how == "chosen":
        other = wrote("else@else.example")
        change_customer(other, person, by=anna)
    elif how == "accepted":
        accept_sender(ticket, by=anna)
    elif how == "paired":
        known = Recipient.objects.known("nova@home.example")
        actions.pair(Recipient.objects.filter(pk=known.pk), person, by=anna)
    else:
        form = {"name": "Nova Neri", "kind": "lead", "email": "nova@new.example"}
        form |= {"addresses-TOTAL_FORMS": "0", "addresses-INITIAL_FORMS": "0"}
        assert as_anna.post(f"/customers/{person.pk}/edit/", form).status_code == 302
    person.refresh_from_db()
    assert not person.added_automatically
    again = wrote(NOVA)
    assert (again.validity, again.match["step"]) == ("valid", "exact")


# -- Pairing the address -------------------------------------------------------------------------------------------


def test_pairing_moves_the_address_and_the_empty_person_goes(carla: Customer, anna: User) -> None:
    # S31
    first, second = wrote(NOVA), wrote(NOVA)
    person = first.customer
    assert person
    done = pairing.pair(Recipient.objects.filter(address="nova@new.example"), carla, by=anna, everything=False)
    assert not done.changed.refused
    for ticket in (first, second):
        ticket.refresh_from_db()
        assert (ticket.customer, ticket.validity, ticket.customer_source) == (carla, "valid", "pairing")
    assert not Customer.objects.present().filter(pk=person.pk).exists()
    assert not CustomerAddress.objects.filter(address="nova@new.example").exists()
    again = wrote(NOVA)
    assert (again.customer, again.validity, again.match["step"]) == (carla, "valid", "pairing")


def test_undo_brings_person_address_and_tickets_back(carla: Customer, anna: User) -> None:
    ticket = wrote(NOVA)
    person = ticket.customer
    done = pairing.pair(Recipient.objects.filter(address="nova@new.example"), carla, by=anna)
    undone = pairing.undo(done.changed.batch, by=anna)
    assert (list(undone.stayed), list(undone.changed.refused)) == ([], [])
    ticket.refresh_from_db()
    assert (ticket.customer, ticket.validity) == (person, "to_verify")
    assert Customer.objects.present().with_email().get(pk=person.pk).email_address == "nova@new.example"  # type: ignore[union-attr, attr-defined]
    assert Recipient.objects.get(address="nova@new.example").customer is None
    assert wrote(NOVA).customer == person
    assert not pairing.pair(Recipient.objects.filter(address="nova@new.example"), carla, by=anna).changed.refused


def test_undo_brings_many_persons_back_at_once(carla: Customer, anna: User) -> None:
    addresses = [f"n{n}@new.example" for n in range(5)]
    for address in addresses:
        wrote(address)
    done = pairing.pair(Recipient.objects.filter(address__in=addresses), carla, by=anna)
    with CaptureQueriesContext(connection) as queries:
        assert not pairing.undo(done.changed.batch, by=anna).changed.refused
    written = [each["sql"] for each in queries if each["sql"].startswith(("INSERT", "UPDATE"))]
    assert sum('"recipients_customer"' in sql or '"recipients_customeraddress"' in sql for sql in written) == 2
    back = CustomerAddress.objects.filter(address__in=addresses, domain="new.example", skeleton="new.example")
    assert back.count() == 5


def test_undo_is_refused_once_the_address_is_somebody_elses(carla: Customer, acme: Customer, anna: User) -> None:
    ticket = wrote(NOVA)
    done = pairing.pair(Recipient.objects.filter(address="nova@new.example"), carla, by=anna)
    CustomerAddress.objects.create(customer=acme, address="nova@new.example")
    undone = pairing.undo(done.changed.batch, by=anna)
    assert list(undone.changed.refused) == ["nova@new.example"]
    ticket.refresh_from_db()
    assert ticket.customer == carla


def test_a_person_of_whom_more_is_known_stays(carla: Customer, anna: User) -> None:
    wrote(NOVA)
    person = Customer.objects.get(name="Nova Neri")
    for known in (
        CustomerAddress(customer=person, address="nova@home.example"),
        CustomerAddress(customer=carla, address="nova@new.example"),
        AuthorisedSender(customer=person, kind="address", value="mate@new.example"),
    ):
        known.save()
        done = pairing.pair(Recipient.objects.filter(address="nova@new.example"), carla, by=anna)
        assert "registered" in done.changed.refused["nova@new.example"]
        known.delete()
    Customer.objects.filter(pk=person.pk).update(notes="Call her first.")
    assert pairing.pair(Recipient.objects.filter(address="nova@new.example"), carla, by=anna).changed.refused


def test_an_address_is_not_paired_to_the_person_it_made(anna: User) -> None:
    wrote(NOVA)
    person = Customer.objects.get()
    done = pairing.pair(Recipient.objects.filter(address="nova@new.example"), person, by=anna)
    assert done.changed.refused == {"nova@new.example": "It is registered as an address of Nova Neri."}
    assert Customer.objects.present().filter(pk=person.pk).exists()


def test_an_added_person_gives_way_when_the_address_is_marked_as_shared(as_anna: Client) -> None:
    ticket = wrote(NOVA)
    person, recipient = ticket.customer, Recipient.objects.get(address="nova@new.example")
    page = as_anna.get(f"/recipients/{recipient.pk}/").content.decode()
    assert 'formaction="/recipients/share/"' in page
    asked = as_anna.post("/recipients/share/", {"selected": recipient.pk}).content.decode()
    assert "Nova Neri was added by a first mail and will be removed: 1 ticket will have no customer." in asked
    done = as_anna.post("/recipients/share/", {"selected": recipient.pk, "confirmed": "1"}, follow=True)
    assert "nova@new.example is marked as shared." in done.content.decode()
    ticket.refresh_from_db()
    assert (ticket.customer, ticket.validity) == (None, "to_verify")
    assert not Customer.objects.present().filter(pk=person.pk).exists()
    again = wrote(NOVA)
    assert (again.customer, again.match["reason"]) == (None, "shared_address")
    batch = recipient.changes.get().batch_id
    as_anna.post(f"/recipients/undo/{batch}/")
    ticket.refresh_from_db()
    recipient.refresh_from_db()
    assert (ticket.customer, recipient.shared) == (person, False)
    assert wrote(NOVA).customer == person


def test_a_person_of_whom_more_is_known_keeps_the_address_from_being_shared(as_anna: Client, anna: User) -> None:
    wrote(NOVA)
    person = Customer.objects.get(name="Nova Neri")
    person.confirm()
    recipient = Recipient.objects.get(address="nova@new.example")
    assert 'formaction="/recipients/share/"' not in as_anna.get(f"/recipients/{recipient.pk}/").content.decode()
    assert pairing.share(Recipient.objects.filter(pk=recipient.pk), by=anna).changed.refused
    recipient.refresh_from_db()
    assert not recipient.shared


def test_the_pages_say_that_the_person_goes(as_anna: Client, carla: Customer) -> None:
    ticket = wrote(NOVA)
    recipient = Recipient.objects.get(address="nova@new.example")
    text = "Nova Neri was added by a first mail and will be removed: the address moves, and 1 ticket with it."
    assert text in as_anna.get(f"/recipients/pair/?selected={recipient.pk}").content.decode()
    assert text in as_anna.get(f"/tickets/{ticket.number}/pair/").content.decode()
    assert "/recipients/pair/?selected=" in as_anna.get(f"/recipients/{recipient.pk}/").content.decode()
    assert "Its first mail added this person." in as_anna.get(f"/customers/{ticket.customer_id}/").content.decode()
    page = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert "Nova Neri, added by the first mail of nova@new.example" in page
    assert "added the sender as a person" in page
    as_anna.post(f"/tickets/{ticket.number}/pair/", {"customer": carla.pk})
    ticket.refresh_from_db()
    assert ticket.customer == carla
    assert as_anna.get(f"/customers/{Customer.objects.get(name='Nova Neri').pk}/").status_code == 404


# -- Pages -----------------------------------------------------------------------------------------------------------


def test_what_would_happen_names_the_person_and_the_company(as_anna: Client, acme: Customer) -> None:
    page = as_anna.get("/mail/what-if/", {"address": "new.mate@acme.example"}).content.decode()
    assert "New Mate would be added as a person (lead) under Acme GmbH." in page
    assert (
        "Zoe would be added as a person (lead)."
        in as_anna.get("/mail/what-if/", {"address": "zoe@z.example"}).content.decode()
    )


def test_the_queues_form_switches_it(as_ada: Client, support: Mailbox) -> None:
    queue = Queue.objects.get()
    page = as_ada.get(f"/settings/queues/{queue.pk}/")
    assert b"Add unknown senders as people" in page.content
    form = {"name": "Support", "make_default": "on", "language": "en", "time_zone": "UTC", "default_priority": "2"}
    form |= {
        "unknown_senders": "accept",
        "bulk_mail": "ticket",
        "sender": "mailbox",
        "addresses": support.addresses.get().pk,
    }
    assert as_ada.post(f"/settings/queues/{queue.pk}/", form).status_code == 302
    queue.refresh_from_db()
    assert not queue.auto_add


# -- Bounds ------------------------------------------------------------------------------------------------------------


def test_it_costs_a_mail_six_statements_more_and_none_where_it_is_off(carla: Customer) -> None:
    def statements(sender: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            arrive(mail(From=sender))
        return sum(query["sql"].startswith(("SELECT", "INSERT", "UPDATE", "DELETE")) for query in captured)

    Queue.objects.update(auto_add=False)
    stranger, known = statements("one@one.example"), statements("carla@acme.example")
    Queue.objects.update(auto_add=True)
    assert statements("two@two.example") <= stranger + 6
    assert statements("carla@acme.example") <= known
