"""The ticket page says who wrote, why we think so, and who gets the answers."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from recipients.matching.validity import Validity
from recipients.models import Customer, CustomerAddress, Partner, Recipient, User
from tickets.customers.assignment import change_customer
from tickets.models import Event, Outbox, Queue, Ticket
from tickets.tests.conftest import NOBODY, MakeComment, MakeTicket
from tickets.tests.ticket_page.conftest import said
from tickets.text import references

FAILED = {"trusted": True, "spf": "fail", "dkim": "", "dmarc": "fail", "authserv_id": "mx.helpdesk.example"}
PASSED = {"trusted": True, "spf": "pass", "dkim": "pass", "dmarc": "pass", "authserv_id": "mx.helpdesk.example"}


def test_the_customer_is_explained_in_one_sentence(show: Callable[[], str]) -> None:
    # S40
    assert "Carla Conti, because carla@acme.example is one of their addresses." in show()


def test_an_authorised_domain_is_named(as_anna: Client, make_ticket: MakeTicket, acme: Customer) -> None:
    ticket = make_ticket(customer=acme)
    ticket.match = ticket.match | {"step": "authorised_domain", "evidence": "miodominio.com"}
    ticket.save()
    page = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert "Acme GmbH, because carla@acme.example is authorised by miodominio.com." in page


def test_candidates_are_offered_and_chosen_by_a_click(as_anna: Client, make_ticket: MakeTicket, acme: Customer) -> None:
    candidate = {"customer": acme.pk, "name": "Acme GmbH", "step": "domain", "evidence": "acme.example"}
    ticket = make_ticket()
    ticket.match = NOBODY | {"reason": "ambiguous", "candidates": [candidate | {"rejected": "ambiguous"}]}
    ticket.save()
    page = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert "No customer: more than one is possible for carla@acme.example. Please choose." in page
    assert "Acme GmbH: more than one is possible" in page
    assert said(as_anna, f"/tickets/{ticket.number}/customer/", {"customer": acme.pk}) == "The customer was changed."
    ticket.refresh_from_db()
    assert (ticket.customer, ticket.validity) == (acme, Validity.VALID)
    assert "because an agent chose it" in as_anna.get(f"/tickets/{ticket.number}/").content.decode()


@pytest.mark.parametrize(
    ("fields", "badge"),
    [
        ({"match": {"customer": 0, "step": "exact"}}, "Registered address"),
        ({"match": {"customer": 0, "step": "pairing"}}, "Paired address"),
        ({"match": {"customer": 0, "step": "authorised_address"}}, "Authorised sender"),
        ({"match": {"customer": 0, "step": "domain"}}, "Recognised by domain"),
        ({"match": NOBODY}, "Unknown sender"),
        ({"match": {"customer": 0, "step": "exact"}, "verdict": FAILED}, "Failed authentication"),
    ],
)
def test_each_message_shows_the_class_of_its_sender(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment, fields: dict[str, object], badge: str
) -> None:
    """A06"""
    make_comment(ticket, "Hello", author_address="other@acme.example", **fields)
    assert badge in show()


def test_the_primary_address_is_told_from_the_others(show: Callable[[], str], ticket: Ticket) -> None:
    """A06: sensitive requests must come from the primary address."""
    assert "Primary address" in show()
    CustomerAddress.objects.update(is_primary=False)
    assert "Primary address" not in show()


def test_another_reply_to_is_shown_beside_the_sender(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    """L27"""
    assert "asks for replies to" not in show()
    make_comment(ticket, "Hi", reply_to_address="money@evil.example")
    assert "asks for replies to <strong>money@evil.example</strong>" in show()


def test_the_verdict_of_the_mail_server_is_told(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    make_comment(ticket, "Hi", verdict=PASSED)
    assert "mx.helpdesk.example says it is authentic: SPF pass, DKIM pass, DMARC pass." in show()


def test_a_corrected_name_shows_in_old_messages(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    """R14"""
    make_comment(ticket, "Hi", author_name="C. C.", recipient=ticket.requester)
    Recipient.objects.filter(pk=ticket.requester_id).update(name="Carla Conti-Rossi", name_by_hand=True)
    assert "Carla Conti-Rossi" in show()
    assert "C. C." not in show()


def test_whoever_gets_the_answers_is_shown_with_the_address(show: Callable[[], str], ticket: Ticket) -> None:
    """A name can be anybody's: a second "Carla Conti" must not look like the first."""
    ticket.participants.add(Recipient.objects.known("mallory@stranger.example", "Carla Conti"))
    assert '<br><span class="muted">mallory@stranger.example</span>' in show()


@pytest.mark.parametrize("name", ["", "{address}"])  # some mail programs make a name of the address
def test_our_signed_reply_address_is_shown_as_the_plain_one(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment, name: str
) -> None:
    token = references.new_token(ticket.number, settings.REFERENCE_KEYS)
    address = references.reply_address("support@helpdesk.example", token)
    to = [{"name": name.format(address=address), "address": address}, {"name": "", "address": "+49@sms.example"}]
    make_comment(ticket, "Thank you!", to=to)
    assert "to support@helpdesk.example, +49@sms.example" in show()


def test_whoever_works_for_one_partner_reads_no_name_of_anothers_customer(
    as_anna: Client, ticket: Ticket, queue: Queue, carla: Customer, main_partner: Partner, anna: User
) -> None:
    """Not in the history, told by an agent or by a pairing, nor in what recognition found; their own they do read."""
    south = Partner.objects.create(name="South")
    earlier = [Customer.objects.create(name=name, partner=south) for name in ("Blue Harbour", "Green Bay")]
    own = Customer.objects.create(name="Main's own", partner=main_partner)
    for customer in (earlier[0], own, carla):
        change_customer(ticket, customer, by=anna)
    Event.objects.create(ticket=ticket, kind=Event.Kind.CUSTOMER, data={"from": earlier[1].pk, "to": own.pk})
    carla.partner = main_partner
    carla.save()
    found = {"customer": earlier[1].pk, "name": "Green Bay", "evidence": "acme.example", "step": "domain"}
    ticket.match["candidates"] = [{**found, "rejected": "ambiguous", "kind": "customer"}]
    ticket.save()
    ben = User.objects.create_user("ben@helpdesk.example", partner=main_partner)
    ben.queues.add(queue)
    client = Client()
    client.force_login(ben, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in (f"/tickets/{ticket.number}/", f"/tickets/{ticket.number}/history/"):
        shown = client.get(path)
        assert shown.status_code == 200
        page = shown.content.decode()
        assert "Blue Harbour" not in page
        assert "Green Bay" not in page
        assert "a customer you cannot see" in page
        assert "Main&#x27;s own" in page
        assert "Blue Harbour" in as_anna.get(path).content.decode()
    assert "Green Bay" in as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    ticket.refresh_from_db()
    assert ticket.match["candidates"][0]["name"] == "Green Bay"  # what is kept is as it was


def test_whoever_works_for_one_partner_reads_of_no_other_why_a_ticket_is_as_it_is(
    as_anna: Client, ticket: Ticket, queue: Queue, carla: Customer, main_partner: Partner
) -> None:
    """Nor who of them was told, before the ticket changed hands; of the house's own people they read."""
    south = Partner.objects.create(name="Southern Services")
    other = Customer.objects.create(name="Green Bay", partner=south)
    User.objects.create_user("sam@southern.example", partner=south)
    for told in ("sam@southern.example", "anna@helpdesk.example"):
        Outbox.objects.create(ticket=ticket, kind=Outbox.Kind.NEW_TICKET, recipient=told, token=told)
    because = [{"field": "partner", "how": "is", "value": south.pk}]
    did = [{"do": "priority", "value": 4}]
    Event.objects.create(
        ticket=ticket, kind=Event.Kind.RULE, data={"rule": 1, "name": "R", "did": did, "because": because}
    )
    carla.partner = main_partner
    carla.save()
    alike = {"customer": other.pk, "customer_name": "Green Bay", "address": "x@green.example"}
    ticket.match |= {"customer": other.pk, "customer_name": "Green Bay", "lookalike": alike}
    ticket.customer = carla
    ticket.save()
    ben = User.objects.create_user("ben@helpdesk.example", partner=main_partner)
    ben.queues.add(queue)
    client = Client()
    client.force_login(ben, backend="allauth.account.auth_backends.AuthenticationBackend")
    path = f"/tickets/{ticket.number}/why/"
    page, whole = client.get(path).content.decode(), as_anna.get(path).content.decode()
    assert "another partner" in page
    assert "anna@helpdesk.example, somebody from another partner" in page
    for name in ("Southern Services", "sam@southern.example"):
        assert name in whole
        assert name not in page
    assert "Green Bay" not in page
