"""Can people sign in when the web server listens at a socket and a proxy stands before it?"""

from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client, RequestFactory

from helpdesk import limits
from helpdesk.operations.proxy import ClientAddressMiddleware
from recipients.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _behind_proxy(settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES = 1


def sign_in(user: User, password: str, forwarded_for: str) -> HttpResponse:
    return Client(REMOTE_ADDR="", headers={"X-Forwarded-For": forwarded_for}).post(
        "/accounts/login/", {"login": user.email, "password": password}
    )


def counted(name: str, client: str) -> int:
    """How many more wrong passwords there were than none, found by how many are left."""
    few = (replace(limits.SIGN_IN_NAME, amount=amount) for amount in range(1, limits.SIGN_IN_NAME.amount + 1))
    return sum(not each.left(name, client) for each in few)


def test_behind_a_proxy_one_signs_in_at_a_socket_without_addresses(anna: User) -> None:
    assert sign_in(anna, "correct horse battery", "192.0.2.7").status_code == 302


def test_wrong_passwords_are_counted_for_whom_the_proxy_talked_to(anna: User) -> None:
    for invented in ("198.51.100.1", "198.51.100.2"):
        assert sign_in(anna, "wrong", f"{invented}, 192.0.2.7").status_code == 200
    assert counted(anna.email, "192.0.2.7") == 2


def test_without_a_proxy_nobody_is_believed_about_the_own_address(anna: User, settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES = 0
    client = Client(REMOTE_ADDR="192.0.2.9", headers={"X-Forwarded-For": "192.0.2.7"})
    client.post("/accounts/login/", {"login": anna.email, "password": "wrong"})
    assert counted(anna.email, "192.0.2.9") == 1


def test_a_visitor_of_the_proxy_is_not_this_computer(client: Client) -> None:
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize(
    ("proxies", "forwarded", "connected", "client"),
    [
        (0, "", "192.0.2.7", "192.0.2.7"),
        (0, "203.0.113.9", "192.0.2.7", "192.0.2.7"),
        (1, "203.0.113.9", "192.0.2.7", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "", "203.0.113.9"),  # the proxy added to what the client invented
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "10.0.0.2", "203.0.113.9"),
        (2, "10.0.0.1", "10.0.0.2", "10.0.0.1"),  # past the outer proxy
        (1, "", "127.0.0.1", "127.0.0.1"),
        (1, "203.0.113.9:4711", "", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "", "2001:db8::1"),
        (0, "", "::ffff:192.0.2.7", "192.0.2.7"),
        (1, "unknown", "", ""),
        (0, "", "", ""),
    ],
)
def test_the_client_is_whom_the_outermost_trusted_proxy_saw(
    settings: LazySettings, proxies: int, forwarded: str, connected: str, client: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=connected)
    ClientAddressMiddleware(lambda request: HttpResponse())(request)
    assert request.META["REMOTE_ADDR"] == client
