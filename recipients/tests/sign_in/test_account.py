"""Does the account page show visitors what is theirs, and nothing of anybody else?"""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from recipients.customers import authorised
from recipients.matching.directory import match_sender
from recipients.models import AuthorisedSender, CompanyRight, Customer, CustomerAddress, PortalAccount, Recipient, User
from recipients.tests.portal import come_in

pytestmark = pytest.mark.django_db

ACCOUNT = "/portal/account/"


def edit(customer: Customer) -> str:
    return reverse("portal_account:edit_customer", args=[customer.pk])


def give(customer: Customer, right: CompanyRight) -> None:
    Customer.objects.filter(pk=customer.pk).update(company_right=right)


def test_the_account_shows_the_details_and_which_address_is_always_authorised(client: Client, carla: Customer) -> None:
    # A03
    Customer.objects.filter(pk=carla.pk).update(number="C-77")
    CustomerAddress.objects.create(customer=carla, address="carla@müller.example")
    AuthorisedSender.objects.create(customer=carla, kind="domain", value="agency.example")
    come_in(client, "carla@acme.example")
    html = client.get(ACCOUNT).content.decode()
    for shown in ("Carla Conti", "C-77", "Acme GmbH", "carla@müller.example", "agency.example"):
        assert shown in html
    assert html.count("Primary address, always authorised") == 1
    assert "office@acme.example" not in html  # the company's


def test_a_right_over_the_company_decides_what_is_shown_and_edited(
    client: Client, carla: Customer, acme: Customer
) -> None:
    come_in(client, "carla@acme.example")
    for right, status in ((CompanyRight.NONE, 404), (CompanyRight.READ, 404), (CompanyRight.MANAGE, 200)):
        give(carla, right)
        assert client.get(edit(acme)).status_code == status
        assert client.post(edit(acme), {"senders": f"{right}.example"}).status_code == (302 if status == 200 else 404)
        assert ("office@acme.example" in client.get(ACCOUNT).content.decode()) == (right == CompanyRight.MANAGE)
    assert [sender.value for sender in acme.authorised_senders.all()] == ["manage.example"]


def test_a_right_without_its_company_gives_nothing(client: Client, carla: Customer, acme: Customer) -> None:
    give(carla, CompanyRight.MANAGE)
    Customer.objects.filter(pk=carla.pk).update(company=None)
    come_in(client, "carla@acme.example")
    assert client.get(edit(acme)).status_code == 404


def test_an_address_of_the_company_itself_edits_the_company(client: Client, carla: Customer, acme: Customer) -> None:
    come_in(client, "office@acme.example")
    assert client.get(edit(acme)).status_code == 200
    assert client.get(edit(carla)).status_code == 404


@pytest.mark.parametrize("shown", ["paired@postbox.example", "agency@outside.example", "requester@stranger.example"])
def test_who_only_writes_for_a_customer_edits_nothing_and_sees_no_details(
    client: Client, acme: Customer, shown: str
) -> None:
    Recipient.objects.create(address="paired@postbox.example", customer=acme)
    Recipient.objects.create(address="requester@stranger.example")
    AuthorisedSender.objects.create(customer=acme, kind="address", value="agency@outside.example")
    Recipient.objects.create(address="agency@outside.example")
    come_in(client, shown)
    html = client.get(ACCOUNT).content.decode()
    assert ("Acme GmbH" in html) == (shown == "paired@postbox.example")
    assert "office@acme.example" not in html
    assert client.get(edit(acme)).status_code == 404
    assert client.post(edit(acme), {"senders": "mallory.example"}).status_code == 404
    assert "no details you can edit" in client.get("/portal/account/edit/").content.decode()


def test_somebody_elses_account_is_not_there(client: Client, carla: Customer) -> None:
    other = Customer.objects.create(name="Other")
    CustomerAddress.objects.create(customer=other, address="boss@other.example", is_primary=True)
    come_in(client, "carla@acme.example")
    assert client.get(edit(other)).status_code == 404
    assert client.post(edit(other), {"senders": "mallory.example"}).status_code == 404
    assert "Other" not in client.get(ACCOUNT).content.decode()


def test_nobody_takes_the_mail_of_another_customers_people_by_listing_their_domain(
    client: Client, carla: Customer, acme: Customer
) -> None:
    mallory = Customer.objects.create(name="Mallory", kind="customer")
    CustomerAddress.objects.create(customer=mallory, address="mallory@evil.example", is_primary=True)
    come_in(client, "mallory@evil.example")
    for theirs in ("acme.example", "boss@acme.example"):
        answer = client.post(edit(mallory), {"senders": f"{theirs}, evil.example"})
        assert "Please ask our support team to add it." in answer.content.decode()
        assert not mallory.authorised_senders.exists()
    assert match_sender("new@acme.example").customer == acme.pk
    come_in(client, "carla@acme.example")
    assert client.post(edit(carla), {"senders": "acme.example"}).status_code == 200
    assert client.post(edit(carla), {"senders": "colleague@acme.example"}).status_code == 302
    give(carla, CompanyRight.MANAGE)
    assert client.post(edit(acme), {"senders": "acme.example"}).status_code == 302


def test_a_domain_that_an_agent_has_listed_stays_when_the_customer_edits_the_rest(
    client: Client, carla: Customer, anna: User
) -> None:
    authorised.save(carla, authorised.read("acme.example", carla), by=anna)
    come_in(client, "carla@acme.example")
    assert client.post(edit(carla), {"senders": "acme.example, agency.example"}).status_code == 302
    assert authorised.written(carla) == "acme.example, agency.example"


def test_an_agent_is_no_visitor_and_a_visitor_no_agent(as_anna: Client, carla: Customer) -> None:
    assert as_anna.get(ACCOUNT).status_code == 302
    assert as_anna.get(edit(carla)).status_code == 302
    browser = Client()
    come_in(browser, "carla@acme.example")
    assert browser.get(reverse("customers:authorised", args=[carla.pk])).status_code == 302
    assert browser.get("/tickets/").url.startswith("/accounts/login/")


def test_edit_details_leads_to_the_only_account_or_asks_which(client: Client, carla: Customer, acme: Customer) -> None:
    # A07
    come_in(client, "carla@acme.example")
    assert client.get("/portal/account/edit/").url == edit(carla)
    give(carla, CompanyRight.MANAGE)
    html = client.get("/portal/account/edit/").content.decode()
    assert edit(carla) in html
    assert edit(acme) in html


def test_who_was_merged_edits_the_account_that_goes_on(client: Client, carla: Customer, anna: User) -> None:
    from tickets.customers import merge_customers

    twin = Customer.objects.create(name="C. Conti")
    CustomerAddress.objects.create(customer=twin, address="conti@acme.example", is_primary=True)
    come_in(client, "conti@acme.example")
    merge_customers.merge(twin, carla, by=anna)
    assert client.get(edit(twin)).status_code == 404
    assert client.get(edit(carla)).status_code == 200


def test_the_account_asks_the_same_number_of_queries_for_any_number_of_addresses(
    client: Client, carla: Customer, acme: Customer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    come_in(client, "carla@acme.example")
    give(carla, CompanyRight.MANAGE)
    for n in range(20):
        CustomerAddress.objects.create(customer=acme, address=f"a{n}@acme.example")
        AuthorisedSender.objects.create(customer=acme, kind="domain", value=f"d{n}.example")
    with django_assert_num_queries(10):
        assert client.get(ACCOUNT).status_code == 200


def test_the_language_is_kept_in_the_account_and_holds_on_every_page(client: Client, carla: Customer) -> None:
    come_in(client, "carla@acme.example")
    assert client.post("/portal/language/", {"language": "de", "next": ACCOUNT}).url == ACCOUNT
    assert PortalAccount.objects.get().language == "de"
    browser = Client(HTTP_ACCEPT_LANGUAGE="pl")
    come_in(browser, "carla@acme.example")
    for path, status in ((ACCOUNT, 200), ("/portal/nothing/", 404), ("/portal/tickets/999999/", 404)):
        page = browser.get(path)
        assert page.status_code == status
        assert '<html lang="de"' in page.content.decode()
        assert page["Content-Language"] == "de"
    assert '<html lang="pl"' in browser.get("/accounts/login/").content.decode()  # not a page of the portal


def test_a_visitor_who_has_not_signed_in_chooses_a_language_too(client: Client) -> None:
    client.post("/portal/language/", {"language": "ru", "next": "/portal/sign-in/"})
    assert '<html lang="ru"' in client.get("/portal/sign-in/").content.decode()


def test_an_agents_own_language_does_not_count_in_the_portal(as_anna: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(language="it")
    as_anna.post("/portal/language/", {"language": "pl", "next": "/portal/sign-in/"})
    assert '<html lang="pl"' in as_anna.get("/portal/sign-in/").content.decode()
    assert '<html lang="it"' in as_anna.get("/tickets/").content.decode()


@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example/"])
def test_choosing_a_language_leads_to_no_other_site(client: Client, wanted: str) -> None:
    assert "evil" not in client.post("/portal/language/", {"language": "de", "next": wanted}).url


def test_a_language_that_we_do_not_speak_is_not_kept(client: Client, carla: Customer) -> None:
    come_in(client, "carla@acme.example")
    client.post("/portal/language/", {"language": "xx", "next": ACCOUNT})
    assert PortalAccount.objects.get().language == ""


def test_a_page_that_is_not_there_leads_back_into_the_portal(client: Client) -> None:
    html = client.get("/portal/nothing/").content.decode()
    assert 'href="/portal/"' in html
    assert 'href="/"' not in html
