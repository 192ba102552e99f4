"""Can agents find, read and change the customers they may see?"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from recipients.models import AuthorisedSender, Customer, CustomerAddress, OwnAddress, Partner, Recipient, User
from tickets.models import Queue, Ticket

pytestmark = pytest.mark.django_db


def typed(*further: str, **changes: Any) -> dict[str, Any]:
    """The customer's form as an agent fills it in, with these further addresses."""
    values = {"name": "Acme GmbH", "kind": "customer", "email": "office@acme.example", "company_name": "", **changes}
    lines = {f"addresses-{n}-address": address for n, address in enumerate(further)}
    return values | lines | {"addresses-TOTAL_FORMS": len(further), "addresses-INITIAL_FORMS": 0}


def addresses(customer: Customer) -> list[tuple[str, bool]]:
    return sorted(customer.addresses.values_list("address", "is_primary"))


def test_a_customer_is_saved_with_several_addresses(as_anna: Client) -> None:
    # R27, W11, A01
    as_anna.post(reverse("customers:add"), typed("Sales@ACME.example", "info@müller.example", ""))
    customer = Customer.objects.get()
    assert addresses(customer) == [
        ("info@xn--mller-kva.example", False),
        ("office@acme.example", True),
        ("sales@acme.example", False),
    ]


def test_an_emptied_line_takes_its_address_away_and_another_becomes_the_profile_email(
    as_anna: Client, acme: Customer
) -> None:
    CustomerAddress.objects.create(customer=acme, address="old@acme.example")
    CustomerAddress.objects.create(customer=acme, address="new@acme.example")
    url = reverse("customers:edit", args=[acme.pk])
    as_anna.post(url, typed("office@acme.example", "", email="new@acme.example"))
    assert addresses(acme) == [("new@acme.example", True), ("office@acme.example", False)]


def test_a_wrong_address_names_itself_and_nothing_typed_is_lost(as_anna: Client, acme: Customer) -> None:
    # T23
    url = reverse("customers:edit", args=[acme.pk])
    html = as_anna.post(url, typed("good@acme.example", "no address", name="Renamed")).content.decode()
    assert "“no address” is not an email address." in html
    assert 'value="good@acme.example"' in html
    assert 'value="Renamed"' in html
    acme.refresh_from_db()
    assert acme.name == "Acme GmbH"
    assert addresses(acme) == [("office@acme.example", True)]


def test_a_mailbox_address_is_refused_and_one_typed_twice_too(as_anna: Client) -> None:
    # U10
    OwnAddress.objects.create(address="support@helpdesk.example")
    page = as_anna.post(reverse("customers:add"), typed(email="support@helpdesk.example"))
    assert "mailbox" in page.context["form"].errors["email"][0]
    page = as_anna.post(reverse("customers:add"), typed("a@acme.example", "A@acme.example"))
    assert "This address is listed twice." in page.content.decode()
    assert not Customer.objects.exists()


def test_a_person_belongs_to_the_company_that_was_named(as_anna: Client, acme: Customer) -> None:
    as_anna.post(reverse("customers:add"), typed(name="Dora", email="", company_name="acme gmbh"))
    assert Customer.objects.get(name="Dora").company == acme


def test_a_company_that_is_not_there_or_there_twice_is_an_error_at_its_field(as_anna: Client, acme: Customer) -> None:
    page = as_anna.post(reverse("customers:add"), typed(name="Dora", company_name="Nobody Ltd"))
    assert "No company is called “Nobody Ltd”." in page.content.decode()
    twin = Customer.objects.create(name="Acme GmbH", is_company=True, number="K-2")
    page = as_anna.post(reverse("customers:add"), typed(name="Dora", company_name="Acme GmbH"))
    assert "More than one company" in page.content.decode()
    as_anna.post(reverse("customers:add"), typed(name="Dora", email="", company_name="K-2"))
    assert Customer.objects.get(name="Dora").company == twin


def test_a_company_cannot_belong_to_a_company(as_anna: Client, acme: Customer) -> None:
    page = as_anna.post(reverse("customers:add"), typed(name="Sub", is_company="on", company_name="Acme GmbH"))
    assert page.context["form"].errors["company_name"]


def test_companies_are_suggested_while_one_types(as_anna: Client, acme: Customer) -> None:
    html = as_anna.get(reverse("customers:company_names") + "?company_name=acm").content.decode()
    assert '<option value="Acme GmbH">' in html


def test_the_list_finds_by_name_number_and_address(as_anna: Client, acme: Customer, carla: Customer) -> None:
    Customer.objects.filter(pk=acme.pk).update(number="K-17")
    for text, found in (("gmbh acme", [acme]), ("K-17", [acme]), ("carla%40acme", [carla])):
        rows = as_anna.get(f"{reverse('customers:list')}?text={text}").context["table"].page.object_list
        assert [row.record for row in rows] == found, text
    rows = as_anna.get(f"{reverse('customers:list')}?legal_form=person").context["table"].page.object_list
    assert [row.record for row in rows] == [carla]


def test_the_list_asks_the_same_number_of_queries_for_any_number_of_customers(
    as_anna: Client, acme: Customer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Customer.objects.bulk_create(Customer(name=f"Person {n}", company=acme) for n in range(80))
    with django_assert_max_num_queries(4):
        as_anna.get(reverse("customers:list"))


def test_the_profile_shows_addresses_company_persons_and_who_may_write(
    as_anna: Client, acme: Customer, carla: Customer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    AuthorisedSender.objects.create(customer=acme, kind="domain", value="agency.example")
    Recipient.objects.create(address="private@mail.example", customer=acme)
    Customer.objects.filter(pk=acme.pk).update(language="it")
    with django_assert_max_num_queries(11):
        html = as_anna.get(reverse("customers:detail", args=[acme.pk])).content.decode()
    for shown in ("office@acme.example", "Carla Conti", "agency.example", "private@mail.example", "<dd>Italian</dd>"):
        assert shown in html
    assert f"{reverse('tickets:list')}?view=all&amp;customer_id={acme.pk}" in html


def test_an_agent_with_a_partner_sees_and_makes_that_partners_customers_alone(
    as_anna: Client, anna: User, acme: Customer, main_partner: Partner
) -> None:
    # R30
    anna.partner = main_partner
    anna.save()
    assert as_anna.get(reverse("customers:detail", args=[acme.pk])).status_code == 404
    assert as_anna.get(reverse("customers:edit", args=[acme.pk])).status_code == 404
    assert "Acme GmbH" not in as_anna.get(reverse("customers:list")).content.decode()
    as_anna.post(reverse("customers:add"), typed(name="Mine", partner="", email="mine@mine.example"))
    assert Customer.objects.get(name="Mine").partner == main_partner


def test_a_customers_page_shows_their_latest_tickets(as_anna: Client, acme: Customer, carla: Customer) -> None:
    queue = Queue.objects.get()
    Ticket.objects.create(subject="Solved before", queue=queue, customer=carla, status="solved")
    Ticket.objects.create(subject="Of nobody", queue=queue)
    for address in (f"/customers/{carla.pk}/", f"/customers/{acme.pk}/"):
        page = as_anna.get(address).content.decode()
        assert "Solved before" in page
        assert "Of nobody" not in page
