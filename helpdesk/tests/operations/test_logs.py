"""What does the log say when a page could not be shown?"""

import io
import logging
from collections.abc import Callable

import pytest
from django.test import Client

from helpdesk.operations.logs import SECRET_PAGES
from helpdesk.tests.access.doors import named_parts
from recipients.models import Customer, SignInLink

pytestmark = pytest.mark.django_db

Log = Callable[[], str]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    """What has been written to the log of the installation since the test began."""
    console = next(each for each in logging.getLogger().handlers if "structlog" in type(each.formatter).__module__)
    written = io.StringIO()
    monkeypatch.setattr(console, "stream", written)
    return written.getvalue


def test_a_page_that_somebody_may_not_open_is_one_line_in_the_log(as_anna: Client, log: Log) -> None:
    assert as_anna.get("/settings/queues/").status_code == 403
    assert "/settings/queues/" in log()
    assert len(log().splitlines()) == 1
    assert "Traceback" not in log()


def test_a_crash_is_in_the_log_with_its_traceback(as_anna: Client, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*arguments: object, **named: object) -> None:
        raise RuntimeError("the page is broken")

    monkeypatch.setattr("tickets.ticket_list.views.paged", crash)
    as_anna.raise_request_exception = False
    assert as_anna.get("/tickets/").status_code == 500
    assert "Traceback" in log()
    assert "the page is broken" in log()


def test_the_secret_of_a_mailed_link_is_not_in_the_log(client: Client, carla: Customer, log: Log) -> None:
    _link, token = SignInLink.issue("carla@acme.example")
    path = f"/portal/sign-in/{token}/"
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert client.post(path).status_code == 302
    assert Client().post(path).status_code == 410
    assert log().count("/portal/sign-in/***/") == 2
    assert token not in log()


def test_the_key_of_a_link_to_a_new_password_is_not_in_the_log(log: Log) -> None:
    assert Client(enforce_csrf_checks=True).post("/accounts/password/reset/key/4-dirziu-f47152/").status_code == 403
    assert "/accounts/password/reset/key/***/" in log()
    assert "dirziu" not in log()


def test_every_page_with_a_secret_in_its_address_is_known_to_the_log() -> None:
    secret = {name for name, parts in named_parts() if parts & {"key", "token", "secret", "digest", "uidb36"}}
    assert secret == set(SECRET_PAGES)
