"""Can a customer sign in to the portal with a mailed link, and nobody else?"""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import LazySettings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from helpdesk import limits
from recipients.models import Customer, DenyRule, OwnAddress, PortalAccount, Recipient, SignInLink, User
from recipients.tests.portal import ask, come_in, is_in, links

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worker")]


@pytest.fixture
def everybody(acme: Customer, carla: Customer, anna: User) -> None:
    """Addresses that may sign in, and those that may not, each for a reason of its own."""
    OwnAddress.objects.create(address="support@helpdesk.example")
    Recipient.objects.create(address="paired@postbox.example", customer=acme)
    Recipient.objects.create(address="requester@stranger.example")
    Recipient.objects.create(address="banned@stranger.example", banned=True)
    Recipient.objects.create(address="office@acme.example", banned=True)
    Recipient.objects.create(address="shared@stranger.example", shared=True)
    Recipient.objects.create(address="anna@helpdesk.example")
    Recipient.objects.create(address="support@helpdesk.example")
    Recipient.objects.create(address="spam@denied.example")
    DenyRule.objects.create(where="email", how="ends", text="@denied.example")


@pytest.mark.parametrize("address", ["carla@acme.example", "paired@postbox.example", "requester@stranger.example"])
def test_whom_we_exchange_mail_with_gets_a_link(client: Client, everybody: None, address: str) -> None:
    ask(client, address)
    (path,) = links()
    assert mail.outbox[0].to == [address]
    assert client.post(path, follow=True).redirect_chain == [("/portal/", 302)]
    assert is_in(client)
    assert PortalAccount.objects.get().address == address


@pytest.mark.parametrize(
    "address",
    [
        "nobody@unknown.example",
        "banned@stranger.example",
        "office@acme.example",  # banned, though it is registered
        "shared@stranger.example",
        "anna@helpdesk.example",
        "ANNA@helpdesk.example",
        "support@helpdesk.example",
        "spam@denied.example",
    ],
)
def test_nobody_else_does_and_the_page_says_the_same(client: Client, everybody: None, address: str) -> None:
    known = ask(client, "carla@acme.example").content.decode()
    page = ask(client, address)
    assert (page.status_code, len(mail.outbox)) == (200, 1)
    words = re.compile(r'nonce="[^"]*"|X-CSRFToken": "\w+"|csrfmiddlewaretoken" value="\w+"')
    same = words.sub("", known).replace("carla@acme.example", "?")
    assert words.sub("", page.content.decode()).replace(address.lower(), "?") == same


def test_the_page_asks_nothing_about_the_address(
    client: Client, everybody: None, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr("recipients.tasks.send_sign_in_link.apply_async", lambda *values, **options: None)
    for address in ("carla@acme.example", "nobody@unknown.example"):
        with django_assert_num_queries(0):
            ask(client, address)


def test_what_is_no_address_is_said_to_be_none(client: Client) -> None:
    page = ask(client, "carla@")
    assert "“carla@” is not an email address." in page.content.decode()
    assert 'value="carla@"' in page.content.decode()


def test_an_address_has_few_open_links_and_is_never_without_one(client: Client, carla: Customer) -> None:
    for _time in range(limits.PORTAL_LINKS.amount + 2):
        assert "If we know" in ask(client, "carla@acme.example").content.decode()
    assert len(links()) == limits.PORTAL_LINKS.amount
    client.post(links()[0])
    client.post("/portal/sign-out/")
    ask(client, "carla@acme.example")
    assert len(links()) == limits.PORTAL_LINKS.amount + 1  # one was used
    with time_machine.travel(timezone.now() + SignInLink.lifetime):
        ask(client, "carla@acme.example")
        assert len(links()) == limits.PORTAL_LINKS.amount + 2
        client.post(links()[-1])
        assert is_in(client)


def test_a_mail_that_cannot_leave_is_tried_again_and_uses_up_no_link(
    client: Client, carla: Customer, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "mailboxes.sending.mail_backend.MailboxBackend"  # and there is no mailbox yet
    assert "If we know" in ask(client, "carla@acme.example").content.decode()
    assert not SignInLink.objects.exists()


def test_the_mail_speaks_the_language_of_its_reader(client: Client, carla: Customer) -> None:
    def language() -> str:
        ask(client, "carla@acme.example", HTTP_ACCEPT_LANGUAGE="de")
        message = mail.outbox.pop()
        assert isinstance(message, EmailMultiAlternatives)
        found = re.search(r'<html lang="(\w+)"', str(message.alternatives[0][0]))
        SignInLink.objects.all().delete()
        return found[1] if found else ""

    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert language() == "de"
    Customer.objects.filter(pk=carla.pk).update(language="pl")
    assert language() == "pl"
    PortalAccount.objects.create(address="carla@acme.example", language="it")
    assert language() == "it"


def test_opening_a_link_changes_nothing_because_scanners_do_it(client: Client, carla: Customer) -> None:
    ask(client, "carla@acme.example")
    (path,) = links()
    for _look in range(2):
        page = Client().get(path)
        assert page.status_code == 200
        assert "carla@acme.example" in page.content.decode()
    assert not PortalAccount.objects.exists()
    assert client.head(path).status_code == 200
    client.post(path)
    assert is_in(client)


def test_a_link_works_once(client: Client, carla: Customer) -> None:
    ask(client, "carla@acme.example")
    (path,) = links()
    client.post(path)
    mallory = Client()
    for page in (mallory.post(path), mallory.get(path)):
        assert page.status_code == 410
        assert "has been used or has expired" in page.content.decode()
        assert 'name="address"' in page.content.decode()
    assert not is_in(mallory)


def test_a_used_link_leads_in_whom_it_signed_in(client: Client, carla: Customer) -> None:
    ask(client, "carla@acme.example", next="/portal/account/edit/")
    (path,) = links()
    client.post(path)
    assert client.get(path).url == "/portal/account/edit/"
    come_in(client, "office@acme.example")
    assert client.get(path).status_code == 410
    client.post("/portal/sign-out/")
    assert client.get(path).status_code == 410


def test_of_two_clicks_at_once_one_signs_in(carla: Customer) -> None:
    link, _token = SignInLink.issue("carla@acme.example")
    again = SignInLink.objects.get(pk=link.pk)
    assert [link.use(), again.use()] == [True, False]


@pytest.mark.parametrize("minutes", [31, 60 * 24])
def test_a_link_expires(client: Client, carla: Customer, minutes: int) -> None:
    ask(client, "carla@acme.example")
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        assert client.get(links()[0]).status_code == 410
        assert client.post(links()[0]).status_code == 410


def test_a_made_up_link_opens_nothing(client: Client) -> None:
    assert client.post(f"/portal/sign-in/{'x' * 43}/").status_code == 410


def test_a_ban_between_mail_and_click_keeps_the_door_shut(client: Client, carla: Customer) -> None:
    ask(client, "carla@acme.example")
    Recipient.objects.create(address="carla@acme.example", banned=True)
    assert client.post(links()[0]).status_code == 410
    assert not PortalAccount.objects.exists()


def test_whoever_is_banned_while_signed_in_is_signed_out(client: Client, carla: Customer) -> None:
    come_in(client, "carla@acme.example")
    Recipient.objects.create(address="carla@acme.example", banned=True)
    page = client.get("/portal/account/")
    assert page.url == "/portal/sign-in/?next=%2Fportal%2Faccount%2F"
    assert client.get(page.url).status_code == 200


def test_the_link_leads_on_to_the_page_that_was_wanted(client: Client, carla: Customer) -> None:
    wanted = client.get("/portal/account/edit/")
    form = client.get(wanted.url).content.decode()
    assert '<input type="hidden" name="next" value="/portal/account/edit/">' in form
    ask(client, "carla@acme.example", next="/portal/account/edit/")
    assert client.post(links()[0]).url == "/portal/account/edit/"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/portal/",
        "//evil.example/portal/",
        "\\\\evil.example/portal/",
        "https:/portal/",
        "javascript:alert(1)",
        "/tickets/",
        "/portal/../tickets/",
        "/portal/%2e%2e/tickets/",
        "/portalx/",
        "portal/",
    ],
)
def test_it_leads_nowhere_but_into_the_portal(client: Client, carla: Customer, wanted: str) -> None:
    _link, token = SignInLink.issue("carla@acme.example")
    response = client.post(f"/portal/sign-in/{token}/", {"next": wanted})
    assert response.url == "/portal/"


def test_the_session_gets_a_new_key(client: Client, carla: Customer) -> None:
    ask(client, "carla@acme.example")
    session = client.session
    session["planted"] = "by Mallory"
    session.save()
    client.cookies["sessionid"] = session.session_key or ""
    client.post(links()[0])
    assert is_in(client)
    assert client.session.session_key != session.session_key
    mallory = Client()
    mallory.cookies["sessionid"] = session.session_key or ""
    assert not is_in(mallory)


@pytest.mark.parametrize("path", ["/portal/sign-in/", "/portal/sign-in/password/", "/portal/sign-out/", "link"])
def test_no_other_site_can_press_the_buttons(carla: Customer, path: str) -> None:
    _link, token = SignInLink.issue("carla@acme.example")
    browser = Client(enforce_csrf_checks=True)
    path = f"/portal/sign-in/{token}/" if path == "link" else path
    assert browser.post(path, {"address": "carla@acme.example"}).status_code == 403
    assert (len(mail.outbox), PortalAccount.objects.count()) == (0, 0)


def test_the_address_of_a_link_stays_in_no_cache_and_goes_to_no_other_page(client: Client, carla: Customer) -> None:
    _link, token = SignInLink.issue("carla@acme.example")
    page = client.get(f"/portal/sign-in/{token}/")
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "strict-origin"


def test_signing_out_ends_the_visit_and_leaves_an_agent_alone(as_anna: Client, carla: Customer) -> None:
    come_in(as_anna, "carla@acme.example")
    assert as_anna.get("/portal/sign-in/").url == "/portal/"
    assert as_anna.get("/portal/sign-out/").status_code == 405
    as_anna.post("/portal/sign-out/")
    assert not is_in(as_anna)
    assert as_anna.get("/tickets/").status_code == 200


def test_signing_out_everywhere_ends_every_session(client: Client, carla: Customer) -> None:
    phone = Client()
    come_in(phone, "carla@acme.example")
    come_in(client, "carla@acme.example")
    client.post("/portal/account/sign-out-everywhere/")
    assert not is_in(client)
    assert not is_in(phone)


def test_each_sign_in_page_names_the_other(client: Client) -> None:
    assert "/portal/sign-in/" in client.get("/accounts/login/").content.decode()
    assert "/accounts/login/" in client.get("/portal/sign-in/").content.decode()
