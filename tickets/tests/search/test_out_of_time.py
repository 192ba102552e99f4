"""What does each page say where the database would look for too long? The limit of time is over at once here."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import Client

from helpdesk.database.time_limit import OutOfTimeError
from recipients.models import Customer, User
from tickets.models import Ticket
from tickets.tests.conftest import Enter, MakeTicket

pytestmark = pytest.mark.django_db

NOTHING, ALL = "Looking for this takes too long", "Finding all that match takes too long"


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def at_most(milliseconds: int) -> Iterator[None]:
        raise OutOfTimeError
        yield

    monkeypatch.setattr("helpdesk.database.time_limit.at_most", at_most)


@pytest.fixture
def as_boss(superuser: User) -> Client:
    browser = Client()
    browser.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def said(browser: Client, path: str) -> str:
    return str(browser.get(path).content.decode())


def test_lists_say_that_looking_for_words_took_too_long_and_other_filters_are_answered(
    as_boss: Client, ticket: Ticket, late: None
) -> None:
    for path in ("/mail/log/", "/mail/outbox/", "/recipients/", "/customers/", "/settings/users/"):
        assert NOTHING in said(as_boss, f"{path}?text=qu"), path
        assert NOTHING not in said(as_boss, path)
    assert NOTHING in said(as_boss, "/recipients/?customer=ac")
    assert NOTHING not in said(as_boss, "/recipients/?marked=unpaired")
    assert "look through too much" in said(as_boss, "/tickets/?customer=ac")
    assert NOTHING in said(as_boss, f"/tickets/{ticket.pk}/customer/?text=ac")
    assert as_boss.get("/tickets/people/?text=ac").status_code == 200


def test_a_visitor_is_told_so(enter: Enter, ticket: Ticket, carla: Customer, late: None) -> None:
    visitor = enter("carla@acme.example")
    for path in ("/portal/", "/portal/topics/"):
        assert visitor.get(path).status_code == 200
    assert NOTHING in said(visitor, "/portal/?text=qu")
    assert NOTHING not in said(visitor, "/portal/")


def test_nothing_is_exported_of_what_is_not_found_in_time(as_boss: Client, ticket: Ticket, late: None) -> None:
    for path in ("/tickets/export/", "/recipients/export/", "/customers/export/"):
        page = said(as_boss, f"{path}?text=qu")
        assert ALL in page
        assert "format=" not in page
        for kind in ("csv", "xlsx"):
            answer = as_boss.get(f"{path}?text=qu&format={kind}")
            assert (answer.status_code, ALL in answer.content.decode()) == (503, True)
    assert ALL in said(as_boss, "/recipients/print/?text=qu")


def test_nothing_is_changed_of_what_is_not_found_in_time(as_boss: Client, make_ticket: MakeTicket, late: None) -> None:
    ticket = make_ticket("Lamp")
    every = {"every": "1", "next": "/tickets/?text=lamp", "opened": "2100-01-01T00:00:00Z"}
    answer = as_boss.post("/tickets/bulk/", {**every, "status": "solved"}, follow=True)
    assert ALL in answer.content.decode()
    assert not Ticket.objects.filter(pk=ticket.pk, status="solved").exists()
    refused = as_boss.get("/recipients/ban/?everything=1&filter=text%3Dqu", follow=True)
    assert ALL in refused.content.decode()
