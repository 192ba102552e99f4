"""Can customers and agents say who may open tickets for an account, in one text field that explains itself?"""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.tests.mails import arrive, mail
from recipients.matching.directory import match_sender
from recipients.models import (
    AuthorisedSender,
    AuthorisedSendersChange,
    CompanyRight,
    Customer,
    CustomerAddress,
    OwnAddress,
    Partner,
    User,
)
from recipients.tests.customers.test_customer_pages import typed
from recipients.tests.portal import come_in

pytestmark = pytest.mark.django_db

Door = Callable[[Customer], tuple[Client, str]]


@pytest.fixture(params=["the customer", "an agent"])
def door(request: pytest.FixtureRequest, client: Client, anna: User) -> Door:
    """The browser and the page where the field is edited, by the customer or by an agent."""

    def opened(customer: Customer) -> tuple[Client, str]:
        if request.param == "an agent":
            client.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")
            return client, reverse("customers:authorised", args=[customer.pk])
        come_in(client, customer.email)
        return client, reverse("portal_account:edit_customer", args=[customer.pk])

    return opened


def values(customer: Customer) -> set[tuple[str, str]]:
    return set(customer.authorised_senders.values_list("value", "kind"))


def test_addresses_and_domains_are_kept_in_one_form_and_the_page_says_so(door: Door, acme: Customer) -> None:
    # SC15, A08, A09, A10, A11
    browser, page = door(acme)
    saved = browser.post(page, {"senders": " Tech@Agency.IT ,, miodominio.com, "}, follow=True)
    assert values(acme) == {("tech@agency.it", "address"), ("miodominio.com", "domain")}
    html = saved.content.decode()
    assert "Added: tech@agency.it, miodominio.com." in html
    assert "“Tech@Agency.IT” is saved as tech@agency.it." in html
    assert match_sender("tech@agency.it").customer == acme.pk
    assert match_sender("another@agency.it").customer is None
    assert match_sender("anybody@miodominio.com").customer == acme.pk


def test_a_mail_of_a_listed_outside_firm_is_a_valid_ticket_of_the_customer(door: Door, acme: Customer) -> None:
    # A09, A10, A12
    browser, page = door(acme)
    browser.post(page, {"senders": "tech@agency.it, miodominio.com"})
    for sender, customer, validity in (
        ("tech@agency.it", acme, "valid"),
        ("anybody@miodominio.com", acme, "valid"),
        ("another@agency.it", None, "to_verify"),
    ):
        ticket = arrive(mail(From=f"Somebody <{sender}>")).ticket
        assert ticket is not None
        assert (ticket.customer, ticket.validity) == (customer, validity)


def test_every_refused_entry_is_named_and_nothing_is_saved_or_lost(door: Door, acme: Customer) -> None:
    # SC15, S49
    AuthorisedSender.objects.create(customer=acme, kind="domain", value="before.example")
    browser, page = door(acme)
    html = browser.post(page, {"senders": "good@agency.it, foo@, gmail.com, a@b@c.it, co.uk"}).content.decode()
    assert "“a@b@c.it”: It is neither an address nor a domain." in html
    assert "“co.uk”: Anybody can get an address there; list single addresses instead." in html
    assert "“foo@”: It is neither an address nor a domain." in html
    assert "“gmail.com”: Anybody can get an address there; list single addresses instead." in html
    assert "good@agency.it, foo@, gmail.com, a@b@c.it, co.uk</textarea>" in html
    assert values(acme) == {("before.example", "domain")}
    assert not AuthorisedSendersChange.objects.exists()


def test_another_customers_primary_address_is_refused_and_from_before_loses(door: Door, acme: Customer) -> None:
    # SC17, S49
    other = Customer.objects.create(name="B")
    AuthorisedSender.objects.create(customer=acme, kind="address", value="boss@other.example")
    CustomerAddress.objects.create(customer=other, address="boss@other.example", is_primary=True)
    assert match_sender("boss@other.example").customer == other.pk
    browser, page = door(acme)
    html = browser.post(page, {"senders": "boss@other.example"}).content.decode()
    told = "You cannot add it here yourself." if "portal" in page else "It is another customer&#x27;s own address."
    assert f"“boss@other.example”: {told}" in html
    browser.post(page, {"senders": ""})
    assert values(acme) == set()


def test_the_helpdesks_own_domain_is_refused(door: Door, acme: Customer) -> None:
    # S49
    OwnAddress.objects.create(address="support@desk.example")
    browser, page = door(acme)
    assert (
        "“desk.example”: It belongs to the helpdesk" in browser.post(page, {"senders": "desk.example"}).content.decode()
    )


def test_the_field_explains_itself_with_both_examples_and_points_to_support(door: Door, acme: Customer) -> None:
    # A13
    browser, page = door(acme)
    html = browser.get(page).content.decode()
    for said in (
        "Authorised senders to open tickets",
        "mydomain.com, mydomain.org",
        "address@mydomain.com, mydomain.org",
        "Only this one address at mydomain.com; everybody at mydomain.org.",
    ):
        assert said in html
    if page.startswith("/portal/"):
        assert reverse("portal:new") in html


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>@x.example'])
def test_what_is_typed_cannot_become_markup(door: Door, acme: Customer, typed: str) -> None:
    browser, page = door(acme)
    html = browser.post(page, {"senders": typed}, follow=True).content.decode()
    html += browser.get("/portal/account/").content.decode()
    html += browser.get(reverse("customers:detail", args=[acme.pk])).content.decode()
    assert typed not in html
    assert "<img src=x" not in html


def test_very_many_entries_are_refused_with_a_sentence(door: Door, acme: Customer) -> None:
    browser, page = door(acme)
    html = browser.post(page, {"senders": "a.example, " * 3000}).content.decode()
    assert "at most 20000 characters" in html


def test_a_change_is_kept_with_who_made_it_and_shown_to_both(client: Client, anna: User, acme: Customer) -> None:
    come_in(client, "office@acme.example")
    client.post(reverse("portal_account:edit_customer", args=[acme.pk]), {"senders": "agency.example"})
    client.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")
    come_in(client, "office@acme.example")
    client.post(reverse("customers:authorised", args=[acme.pk]), {"senders": "müller.example"})
    client.post(reverse("customers:authorised", args=[acme.pk]), {"senders": "MÜLLER.example,"})  # no change
    newest, first = AuthorisedSendersChange.objects.all()
    assert (first.by, first.by_address, first.added, first.removed) == (
        None,
        "office@acme.example",
        ["agency.example"],
        [],
    )
    assert (newest.by, newest.removed) == (anna, ["agency.example"])
    for page in (reverse("customers:detail", args=[acme.pk]), "/portal/account/"):
        html = client.get(page).content.decode()
        for said in ("added müller.example", "removed agency.example", "Anna Berg", "office@acme.example"):
            assert said in html


def test_an_agent_edits_the_partners_customers_alone(
    as_anna: Client, anna: User, acme: Customer, main_partner: Partner
) -> None:
    # R30
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    page = reverse("customers:authorised", args=[acme.pk])
    assert as_anna.get(page).status_code == 404
    assert as_anna.post(page, {"senders": "agency.example"}).status_code == 404
    assert not acme.authorised_senders.exists()


def test_a_persons_right_over_the_company_is_part_of_the_form(as_anna: Client, acme: Customer, carla: Customer) -> None:
    page = reverse("customers:edit", args=[carla.pk])
    person = {"name": "Carla Conti", "email": "carla@acme.example"}
    as_anna.post(page, typed(**person, company_name="Acme GmbH", company_right="manage"))
    carla.refresh_from_db()
    assert carla.company_right == CompanyRight.MANAGE
    html = as_anna.get(reverse("customers:detail", args=[carla.pk])).content.decode()
    assert "edit its account details" in html
    as_anna.post(page, typed(**person, company_name=""))
    carla.refresh_from_db()
    assert carla.company_right == CompanyRight.NONE
