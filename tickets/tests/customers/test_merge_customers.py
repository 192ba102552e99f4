"""Two customers who are the same become one, and two again."""

import re

import pytest
from django.test import Client

from recipients.decisions import actions
from recipients.matching.directory import match_sender
from recipients.models import AuthorisedSender, Customer, CustomerAddress, CustomerMerge, Partner, Recipient, User
from tickets.models import Queue, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def twin(acme: Customer, anna: User) -> Customer:
    """Acme a second time, with addresses, a sender, a person, a pairing and the same domain."""
    company = Customer.objects.create(name="ACME Ltd", is_company=True, number="77")
    CustomerAddress.objects.create(customer=company, address="info@acme.example", is_primary=True)
    CustomerAddress.objects.create(customer=company, address="office@acme.example")
    AuthorisedSender.objects.create(customer=company, kind="domain", value="agency.example")
    Customer.objects.create(name="Pia", company=company)
    Recipient.objects.known("boss@home.example")
    actions.pair(Recipient.objects.filter(address="boss@home.example"), company, by=anna)
    return company


@pytest.fixture
def ticket(queue: Queue, twin: Customer) -> Ticket:
    return Ticket.objects.create(
        queue=queue, customer=twin, requester=Recipient.objects.get(), subject="Help", bare_subject="help"
    )


def page(client: Client, path: str, data: dict[str, object] | None = None) -> str:
    response = client.post(path, data, follow=True) if data is not None else client.get(path, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_everything_goes_over_and_comes_back(as_anna: Client, acme: Customer, twin: Customer, ticket: Ticket) -> None:
    path = f"/recipients/customers/{twin.pk}/merge/"
    assert "Acme GmbH" in page(as_anna, f"{path}?text=acme")
    assert "will be merged into <strong>Acme GmbH</strong>" in page(as_anna, path, {"customer": acme.pk})
    assert not CustomerMerge.objects.exists()
    text = page(as_anna, path, {"customer": acme.pk, "do": "merge"})
    assert "ACME Ltd was merged into Acme GmbH; 1 ticket moved." in text
    ticket.refresh_from_db()
    assert ticket.customer == acme
    for address in ("info@acme.example", "office@acme.example", "boss@home.example", "x@agency.example"):
        assert match_sender(address).customer == acme.pk
    assert Customer.objects.get(name="Pia").company == acme
    assert acme.email == "office@acme.example"
    assert as_anna.get(f"/customers/{twin.pk}/")["Location"] == f"/customers/{acme.pk}/"
    assert "ACME Ltd" not in page(as_anna, "/customers/")
    profile = page(as_anna, f"/customers/{acme.pk}/")
    assert "Merged into this customer" in profile
    assert "boss@home.example" in profile

    undo = re.findall(r'action="(/recipients/customers/merges/[^"]+)"', profile)[0]
    assert "Undone; 1 ticket is back." in page(as_anna, undo, {})
    ticket.refresh_from_db()
    assert ticket.customer == twin
    assert Customer.objects.get(name="Pia").company == twin
    expected = {"info@acme.example": twin, "boss@home.example": twin, "x@agency.example": twin}
    for address, customer in expected.items():
        assert match_sender(address).customer == customer.pk
    assert {each.address: each.is_primary for each in twin.addresses.all()} == {
        "info@acme.example": True,
        "office@acme.example": False,
    }
    assert [each.address for each in acme.addresses.all()] == ["office@acme.example"]
    assert "It was already undone." in page(as_anna, undo, {})


def test_the_history_of_an_address_offers_no_undo_that_is_always_refused(
    as_anna: Client, acme: Customer, twin: Customer
) -> None:
    address = f"/recipients/{Recipient.objects.get().pk}/"
    assert page(as_anna, address).count('action="/recipients/undo/') == 1
    page(as_anna, f"/recipients/customers/{twin.pk}/merge/", {"customer": acme.pk, "do": "merge"})
    text = page(as_anna, address)
    assert "merged ACME Ltd into Acme GmbH" in text
    assert 'action="/recipients/undo/' not in text


def test_undo_leaves_what_somebody_changed_since(
    as_anna: Client, acme: Customer, carla: Customer, twin: Customer, ticket: Ticket
) -> None:
    page(as_anna, f"/recipients/customers/{twin.pk}/merge/", {"customer": acme.pk, "do": "merge"})
    Ticket.objects.filter(pk=ticket.pk).update(customer=carla)
    acme.addresses.filter(address="info@acme.example").delete()
    text = page(as_anna, f"/recipients/customers/merges/{CustomerMerge.objects.get().pk}/undo/", {})
    assert "info@acme.example has been removed since." in text
    assert f"Ticket #{ticket.pk}: It has been changed again since." in text
    ticket.refresh_from_db()
    assert ticket.customer == carla


def test_a_person_does_not_become_a_company(as_anna: Client, acme: Customer, carla: Customer) -> None:
    data = {"customer": acme.pk, "do": "merge"}
    assert as_anna.post(f"/recipients/customers/{carla.pk}/merge/", data).status_code == 404


def test_a_chain_of_merges_is_undone_from_its_end(as_anna: Client, acme: Customer, twin: Customer) -> None:
    third = Customer.objects.create(name="Acme Holding", is_company=True)
    page(as_anna, f"/recipients/customers/{twin.pk}/merge/", {"customer": acme.pk, "do": "merge"})
    page(as_anna, f"/recipients/customers/{acme.pk}/merge/", {"customer": third.pk, "do": "merge"})
    first, second = CustomerMerge.objects.order_by("pk")
    assert as_anna.get(f"/customers/{twin.pk}/")["Location"] == f"/customers/{third.pk}/"
    assert "Undo that first." in page(as_anna, f"/recipients/customers/merges/{first.pk}/undo/", {})
    page(as_anna, f"/recipients/customers/merges/{second.pk}/undo/", {})
    page(as_anna, f"/recipients/customers/merges/{first.pk}/undo/", {})
    assert Customer.objects.present().count() == 4
    assert match_sender("info@acme.example").customer == twin.pk


def test_an_agent_of_another_partner_merges_and_undoes_nothing(  # R30
    as_anna: Client, acme: Customer, twin: Customer, anna: User, ada: User, main_partner: Partner
) -> None:
    as_anna.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    page(as_anna, f"/recipients/customers/{twin.pk}/merge/", {"customer": acme.pk, "do": "merge"})
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    as_anna.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert as_anna.get(f"/recipients/customers/{acme.pk}/merge/").status_code == 404
    assert as_anna.post(f"/recipients/customers/merges/{CustomerMerge.objects.get().pk}/undo/").status_code == 403
