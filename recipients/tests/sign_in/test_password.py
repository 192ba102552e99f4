"""Does a password open the portal for its owner, for nobody else, and tell nobody whom we know?"""

from datetime import timedelta

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.utils import timezone

from helpdesk import limits
from recipients.models import Customer, PortalAccount, Recipient
from recipients.tests.portal import PASSWORD, come_in, is_in

pytestmark = pytest.mark.django_db

REFUSED = "The address and password do not match"


class CountingHasher(MD5PasswordHasher):
    hashes = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashes += 1
        return str(super().encode(password, salt))


def sign_in(client: Client, address: str = "carla@acme.example", password: str = PASSWORD, **more: str) -> str:
    """The text of the page that comes, "" if it is the door that opens."""
    page = client.post("/portal/sign-in/password/", {"address": address, "password": password, **more})
    return "" if page.status_code == 302 else page.content.decode()


@pytest.fixture
def account(carla: Customer) -> PortalAccount:
    """Carla's account, with a password."""
    account = PortalAccount(address="carla@acme.example")
    account.set_password(PASSWORD)
    account.save()
    return account


def later(minutes: int) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


def test_a_password_is_chosen_and_opens_the_portal(client: Client, carla: Customer) -> None:
    come_in(client, "carla@acme.example")
    page = client.post("/portal/account/password/", {"new": PASSWORD}, follow=True)
    assert "Your password was saved." in page.content.decode()
    other = Client()
    assert sign_in(other, " Carla@ACME.example ") == ""
    assert is_in(other)


@pytest.mark.parametrize("bad", ["short", "password12345", "carla@acme.example", ""])
def test_a_weak_password_is_refused_with_its_reason(client: Client, carla: Customer, bad: str) -> None:
    come_in(client, "carla@acme.example")
    page = client.post("/portal/account/password/", {"new": bad})
    assert page.context["form"].errors["new"]
    assert not PortalAccount.objects.get().has_password


def test_everything_that_fails_is_told_in_the_same_words(client: Client, account: PortalAccount) -> None:
    PortalAccount.objects.create(address="office@acme.example")
    Recipient.objects.create(address="banned@acme.example", banned=True)
    banned = PortalAccount(address="banned@acme.example")
    banned.set_password(PASSWORD)
    banned.save()
    for address, password in (
        ("carla@acme.example", "wrong"),
        ("nobody@unknown.example", PASSWORD),
        ("office@acme.example", PASSWORD),  # has none
        ("banned@acme.example", PASSWORD),
    ):
        assert REFUSED in sign_in(client, address, password)
        assert not is_in(client)


def test_everything_that_fails_takes_one_hash(
    client: Client, account: PortalAccount, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    PortalAccount.objects.create(address="office@acme.example")
    locked = timezone.now() + timedelta(minutes=5)
    PortalAccount.objects.create(address="locked@acme.example", password=account.password, locked_until=locked)
    for address in ("carla", "office", "locked", "nobody"):
        monkeypatch.setattr(CountingHasher, "hashes", 0)
        assert REFUSED in sign_in(client, f"{address}@acme.example", "wrong")
        assert CountingHasher.hashes == 1, address


def test_after_several_wrong_ones_the_right_one_has_to_wait(client: Client, account: PortalAccount) -> None:
    for _guess in range(limits.PORTAL_PASSWORD.amount):
        sign_in(client, password="wrong")
    assert REFUSED in sign_in(client)
    with later(minutes=16):
        assert sign_in(client) == ""


def test_a_new_password_ends_every_other_session_and_keeps_this_one(client: Client, account: PortalAccount) -> None:
    phone = Client()
    sign_in(phone)
    sign_in(client)
    assert is_in(phone)
    client.post("/portal/account/password/", {"present": PASSWORD, "new": "another one of mine"})
    assert is_in(client)
    assert not is_in(phone)
    assert REFUSED in sign_in(Client())
    assert sign_in(Client(), password="another one of mine") == ""


def test_the_present_password_is_asked_for(client: Client, account: PortalAccount) -> None:
    sign_in(client)
    for typed in ({"new": "another one of mine"}, {"present": "wrong", "new": "another one of mine"}):
        assert client.post("/portal/account/password/", typed).context["form"].errors["present"]
    assert client.post("/portal/account/password/", {"remove": "yes"}).context["form"].errors["present"]
    assert sign_in(Client()) == ""


def test_who_forgot_it_comes_in_by_a_link_and_chooses_a_new_one(client: Client, account: PortalAccount) -> None:
    come_in(client, "carla@acme.example")
    with later(minutes=11):
        assert client.post("/portal/account/password/", {"new": "another one of mine"}).status_code == 200
    client.post("/portal/account/password/", {"new": "another one of mine"})
    assert sign_in(Client(), password="another one of mine") == ""


def test_the_link_of_another_visitor_proves_nothing(client: Client, account: PortalAccount, acme: Customer) -> None:
    come_in(client, "office@acme.example")
    sign_in(client)
    answer = client.post("/portal/account/password/", {"new": "another one of mine"})
    assert answer.context["form"].errors["present"]


def test_a_password_can_be_removed(client: Client, account: PortalAccount) -> None:
    sign_in(client)
    page = client.post("/portal/account/password/", {"present": PASSWORD, "remove": "yes"}, follow=True)
    assert "Your password was removed." in page.content.decode()
    assert is_in(client)
    assert REFUSED in sign_in(Client())


def test_it_leads_on_to_the_page_that_was_wanted_and_to_no_other_site(client: Client, account: PortalAccount) -> None:
    typed = {"address": "carla@acme.example", "password": PASSWORD}
    for wanted, led in (("/portal/account/", "/portal/account/"), ("//evil.example/portal/", "/portal/")):
        assert client.post("/portal/sign-in/password/", {**typed, "next": wanted}).url == led


def test_the_session_gets_a_new_key(client: Client, account: PortalAccount) -> None:
    session = client.session
    session["planted"] = "by Mallory"
    session.save()
    client.cookies["sessionid"] = session.session_key or ""
    sign_in(client)
    assert client.session.session_key != session.session_key
