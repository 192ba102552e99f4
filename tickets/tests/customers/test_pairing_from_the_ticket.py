"""The customer, the pair and the ban, decided from the ticket."""

import re

import pytest
from django.test import Client

from recipients.decisions import actions
from recipients.models import Customer, CustomerAddress, Partner, Recipient, User
from tickets.customers import pairing
from tickets.models import CustomerSource, Queue, Status, Substatus, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def u(db: None) -> Recipient:
    return Recipient.objects.known("u@z.example", "Ugo")


@pytest.fixture
def lead(db: None) -> Customer:
    return Customer.objects.create(name="Lena Lead", kind="lead")


@pytest.fixture
def ticket(queue: Queue, u: Recipient) -> Ticket:
    return Ticket.objects.create(queue=queue, requester=u, subject="Help", bare_subject="help")


@pytest.fixture
def mistaken(queue: Queue, u: Recipient, ticket: Ticket, lead: Customer, anna: User) -> tuple[Ticket, Ticket]:
    """u@z is paired with Lena by mistake: the older ticket and this one are hers."""
    older, this = ticket, Ticket.objects.create(queue=queue, requester=u, subject="Again", bare_subject="again")
    pairing.pair(Recipient.objects.filter(pk=u.pk), lead, by=anna)
    return older, this


def page(client: Client, path: str, data: dict[str, object] | None = None) -> str:
    response = client.post(path, data, follow=True) if data is not None else client.get(path, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def undo_of(text: str) -> str:
    return str(re.findall(r'action="(/recipients/undo/[^"]+)"', text)[-1])


def customers(*tickets: Ticket) -> list[Customer | None]:
    for ticket in tickets:
        ticket.refresh_from_db()
    return [ticket.customer for ticket in tickets]


# -- Pair customer to requester (R16) -----------------------------------------------------------------------------


def test_the_requester_is_paired_with_the_customer_one_finds(
    as_anna: Client, ticket: Ticket, acme: Customer, u: Recipient
) -> None:
    assert "Pair customer to requester" in page(as_anna, f"/tickets/{ticket.pk}/")
    assert "Acme GmbH" in page(as_anna, f"/tickets/{ticket.pk}/pair/?text=acme")
    text = page(as_anna, f"/tickets/{ticket.pk}/pair/", {"customer": acme.pk})
    u.refresh_from_db()
    assert (u.customer, customers(ticket)) == (acme, [acme])
    assert "Pair customer to requester" not in text
    as_anna.post(undo_of(text))
    u.refresh_from_db()
    assert (u.customer, customers(ticket)) == (None, [None])


@pytest.mark.parametrize("why", ["shared", "registered", "paired"])
def test_where_pairing_cannot_be_it_is_absent_and_refused_by_its_address(  # R15, R16, SC24
    as_anna: Client, ticket: Ticket, acme: Customer, lead: Customer, u: Recipient, anna: User, why: str
) -> None:
    only = Recipient.objects.filter(pk=u.pk)
    if why == "shared":
        actions.share(only, by=anna)
    elif why == "paired":
        actions.pair(only, lead, by=anna)
    else:
        CustomerAddress.objects.create(customer=lead, address=u.address)
    before = only.get().customer
    assert "Pair customer to requester" not in page(as_anna, f"/tickets/{ticket.pk}/")
    for data in (None, {"customer": acme.pk}):
        assert 'class="toast error"' in page(as_anna, f"/tickets/{ticket.pk}/pair/", data)
    assert (only.get().customer, customers(ticket)) == (before, [None])


# -- Change pair for recipient (R11, R12, R13) --------------------------------------------------------------------


def test_choosing_another_customer_asks_about_the_pair(  # R11, SC23
    as_anna: Client, mistaken: tuple[Ticket, Ticket], acme: Customer, lead: Customer
) -> None:
    older, this = mistaken
    assert f'href="/tickets/{this.pk}/customer/{acme.pk}/"' in page(as_anna, f"/tickets/{this.pk}/customer/?text=acme")
    text = page(as_anna, f"/tickets/{this.pk}/customer/", {"customer": acme.pk})
    assert "Change pair for recipient" in text
    assert f"#{older.pk}</a>" in text
    assert customers(older, this) == [lead, lead]  # Cancel: nothing has changed


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"answer": "yes"}, ("lead", "acme", "acme")),  # R11
        ({"answer": "yes", "older": "1"}, ("acme", "acme", "acme")),
        ({"answer": "no"}, ("lead", "acme", "lead")),  # R12
        ({"answer": "cancel"}, ("lead", "lead", "lead")),  # R12
    ],
)
def test_the_answer_decides_what_changes(
    as_anna: Client,
    mistaken: tuple[Ticket, Ticket],
    acme: Customer,
    lead: Customer,
    u: Recipient,
    answer: dict[str, str],
    expected: tuple[str, str, str],
) -> None:
    older, this = mistaken
    text = page(as_anna, f"/tickets/{this.pk}/customer/{acme.pk}/", answer)
    u.refresh_from_db()
    named = {"lead": lead, "acme": acme}
    assert [*customers(older, this), u.customer] == [named[name] for name in expected]
    if answer["answer"] != "cancel":
        as_anna.post(undo_of(text))
        u.refresh_from_db()
        assert [*customers(older, this), u.customer] == [lead, lead, lead]


def test_a_shared_address_changes_one_ticket_without_a_question(  # R13, R18, SC24
    as_anna: Client, ticket: Ticket, acme: Customer, u: Recipient, anna: User
) -> None:
    actions.share(Recipient.objects.filter(pk=u.pk), by=anna)
    text = page(as_anna, f"/tickets/{ticket.pk}/customer/", {"customer": acme.pk})
    assert "Change pair" not in text
    u.refresh_from_db()
    assert (u.customer, customers(ticket), ticket.customer_source) == (None, [acme], CustomerSource.AGENT)
    page(as_anna, f"/tickets/{ticket.pk}/customer/{acme.pk}/", {"answer": "yes"})
    u.refresh_from_db()
    assert u.customer is None
    as_anna.post(undo_of(text))
    assert (customers(ticket), ticket.customer_source) == ([None], CustomerSource.MATCHING)


def test_the_pair_of_another_partners_customer_is_not_touched(  # R30
    as_anna: Client,
    mistaken: tuple[Ticket, Ticket],
    acme: Customer,
    lead: Customer,
    u: Recipient,
    anna: User,
    main_partner: Partner,
) -> None:
    _older, this = mistaken
    mine = Customer.objects.create(name="Mine", partner=main_partner)
    Customer.objects.filter(pk=acme.pk).update(partner=main_partner)
    Ticket.objects.filter(pk=this.pk).update(customer=mine)
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    page(as_anna, f"/tickets/{this.pk}/customer/", {"customer": acme.pk})
    page(as_anna, f"/tickets/{this.pk}/customer/{acme.pk}/", {"answer": "yes"})
    u.refresh_from_db()
    assert (u.customer, customers(this)) == (lead, [acme])


def test_whom_the_change_takes_out_of_sight_is_told_and_can_undo(  # R30
    as_anna: Client, ticket: Ticket, acme: Customer, lead: Customer, anna: User, main_partner: Partner
) -> None:
    Customer.objects.filter(pk=acme.pk).update(partner=main_partner)
    Ticket.objects.filter(pk=ticket.pk).update(customer=acme)
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    text = page(as_anna, f"/tickets/{ticket.pk}/customer/", {"customer": ""})
    assert "You can no longer see the ticket" in text
    as_anna.post(undo_of(text))
    assert customers(ticket) == [acme]


# -- Ban requester (R09) ------------------------------------------------------------------------------------------


def test_the_requester_is_banned_and_the_ticket_closed_as_spam_and_both_come_back(
    as_anna: Client, ticket: Ticket, u: Recipient, acme: Customer
) -> None:
    ticket.set_tags(["sales"], by=None)
    assert "Close #" in page(as_anna, f"/tickets/{ticket.pk}/ban/")
    text = page(as_anna, f"/tickets/{ticket.pk}/ban/", {"close": "1"})
    u.refresh_from_db()
    ticket.refresh_from_db()
    assert (u.banned, ticket.status) == (True, Status.CLOSED)
    assert {tag.name for tag in ticket.tags.all()} == {"sales", "spam"}
    as_anna.post(undo_of(text))
    u.refresh_from_db()
    ticket.refresh_from_db()
    assert (u.banned, ticket.status, [tag.name for tag in ticket.tags.all()]) == (False, Status.NEW, ["sales"])


@pytest.mark.parametrize("offered", [True, False])
def test_a_custom_status_comes_back_with_the_ban_undone_while_it_is_offered(
    as_anna: Client, ticket: Ticket, offered: bool
) -> None:
    supplier = Substatus.objects.create(name="With the supplier", status="waiting")
    custom = f"waiting:{supplier.pk}"
    ticket.set_status(custom, by=None)
    text = page(as_anna, f"/tickets/{ticket.pk}/ban/", {"close": "1"})
    supplier.is_active = offered
    supplier.save()
    after = as_anna.post(undo_of(text), follow=True).content.decode()
    ticket.refresh_from_db()
    assert ticket.status_value == (custom if offered else "closed")
    assert ("This status is no longer offered." in after) is not offered


def test_a_colleague_cannot_be_banned_from_the_ticket(as_anna: Client, ticket: Ticket, anna: User) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(requester=Recipient.objects.known(anna.email))
    text = page(as_anna, f"/tickets/{ticket.pk}/ban/", {"close": "1"})
    assert "It belongs to somebody who works here." in text
    assert customers(ticket) == [None]
    assert ticket.status == Status.NEW
