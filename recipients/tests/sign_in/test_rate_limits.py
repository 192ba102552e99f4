"""Are tries to come in counted by client, without shutting out an office or telling whom we know?"""

from dataclasses import replace

import pytest
from django.test import Client

from helpdesk import limits
from recipients.models import Customer, PortalAccount
from recipients.tests.portal import PASSWORD, ask, come_in, is_in

pytestmark = pytest.mark.django_db

TOO_MANY = "There were too many attempts from your connection."
OFFICE, ELSEWHERE = "192.0.2.7", "198.51.100.1"


def guess(client: Client, address: str = "carla@acme.example", password: str = "wrong", **more: str) -> int:
    return client.post("/portal/sign-in/password/", {"address": address, "password": password}, **more).status_code


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORTAL_LINK_CLIENT", "PORTAL_PASSWORD_CLIENT"):
        monkeypatch.setattr(limits, name, replace(getattr(limits, name), amount=3))


def test_a_whole_office_behind_one_address_is_not_shut_out(carla: Customer) -> None:
    office = Client(REMOTE_ADDR=OFFICE)
    for n in range(100):
        assert ask(office, f"colleague{n}@acme.example").status_code == 200
    refused = ask(office, "carla@acme.example")
    assert refused.status_code == 429
    assert TOO_MANY in refused.content.decode()
    assert ask(Client(REMOTE_ADDR=ELSEWHERE), "carla@acme.example").status_code == 200


def test_the_answer_is_the_same_whether_we_know_the_address_or_not(client: Client, carla: Customer, few: None) -> None:
    for address in ("carla@acme.example", "nobody@nowhere.example"):
        client = Client(REMOTE_ADDR=f"192.0.2.{len(address)}")
        said = [ask(client, address) for _time in range(4)]
        assert [each.status_code for each in said] == [200, 200, 200, 429]
        assert TOO_MANY in said[-1].content.decode()
        assert address in said[-1].content.decode()  # what was typed is kept


def test_wrong_passwords_are_counted_and_right_ones_are_not(client: Client, carla: Customer, few: None) -> None:
    account = PortalAccount.objects.create(address="carla@acme.example")
    account.set_password(PASSWORD)
    account.save()
    for _time in range(5):
        assert guess(Client(), password=PASSWORD) == 302
    # over many addresses, so that no account is locked
    assert [guess(client, f"a{n}@acme.example") for n in range(5)] == [200, 200, 200, 429, 429]
    assert guess(client, password=PASSWORD) == 429
    assert not is_in(client)
    assert guess(client, password=PASSWORD, REMOTE_ADDR=ELSEWHERE) == 302


def test_neighbours_in_one_ipv6_network_are_one_client(client: Client, few: None) -> None:
    said = [guess(client, REMOTE_ADDR=f"2001:db8:1:2::{n}") for n in range(1, 5)]
    assert said == [200, 200, 200, 429]
    assert guess(client, REMOTE_ADDR="2001:db8:1:3::1") == 200


def test_without_any_address_nobody_is_shut_out_for_what_others_did(client: Client, few: None) -> None:
    assert {guess(client, REMOTE_ADDR="") for _time in range(5)} == {200}


def test_every_page_answers_head_as_it_answers_get(client: Client, carla: Customer) -> None:
    for path, status in (("/portal/sign-in/", 200), ("/portal/sign-in/password/", 200), ("/portal/sign-in/x/", 410)):
        assert client.head(path).status_code == client.get(path).status_code == status
    assert client.head("/portal/").status_code == 302
    come_in(client, "carla@acme.example")
    for path in ("/portal/", "/portal/tickets/new/", "/portal/account/", "/portal/account/password/"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
    for path in ("/portal/tickets/1/", "/portal/verify/x/"):
        assert client.head(path).status_code == 404
    for path in ("/portal/tickets/1/reply/", "/portal/tickets/1/solved/"):
        assert client.head(path).status_code == client.get(path).status_code == 302
    assert client.head("/portal/sign-out/").status_code == 405
