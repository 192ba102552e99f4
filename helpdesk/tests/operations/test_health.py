"""Do /healthz, /readyz and /metrics say what is true, and to whom?"""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from mailboxes.models import InboundEmail, Mailbox, Outcome, Pulse
from tickets.models import Outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Mailbox:
    """A house in which everything works: beat has just run, the mailbox was just fetched."""
    Pulse.beat("watch")
    return Mailbox.objects.create(
        name="Support", imap_host="mail.example", imap_username="support", fetched_at=timezone.now(), poll_seconds=60
    )


def outgoing(**fields: object) -> Outbox:
    return Outbox.objects.create(
        kind=Outbox.Kind.NEW_MESSAGE, recipient="carla@acme.example", token="t1", subject="Re: Leak", text="…", **fields
    )


def test_healthz_answers_without_asking_anybody(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_is_content_when_everything_works(client: Client, house: Mailbox) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert set(response.json()["checks"]) == {"database", "broker", "beat", "mailboxes", "outbox"}
    assert all(check["ok"] for check in response.json()["checks"].values())


def failing(client: Client) -> set[str]:
    response = client.get("/readyz")
    assert response.status_code == 503
    return {name for name, check in response.json()["checks"].items() if not check["ok"]}


def test_readyz_misses_beat_that_never_ran(client: Client) -> None:
    assert failing(client) == {"beat"}


def test_readyz_misses_beat_that_has_stopped(client: Client, house: Mailbox) -> None:
    Pulse.objects.update(at=timezone.now() - timedelta(minutes=5))
    assert failing(client) == {"beat"}


def test_readyz_tells_of_a_mailbox_that_is_not_fetched(client: Client, house: Mailbox) -> None:  # L07
    Mailbox.objects.update(fetched_at=timezone.now() - timedelta(hours=1))
    assert failing(client) == {"mailboxes"}


def test_readyz_forgives_a_mailbox_that_is_switched_off(client: Client, house: Mailbox) -> None:
    Mailbox.objects.update(fetched_at=timezone.now() - timedelta(hours=1), is_active=False)
    assert client.get("/readyz").status_code == 200


def test_readyz_tells_of_mail_that_does_not_leave(client: Client, house: Mailbox) -> None:
    outgoing(next_attempt_at=timezone.now() - timedelta(hours=1))
    assert failing(client) == {"outbox"}


def test_readyz_names_a_broker_that_does_not_answer(
    client: Client, house: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from helpdesk.celery import app

    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")  # nobody listens at port 1
    assert failing(client) == {"broker"}


def test_metrics_count_what_moves(client: Client, house: Mailbox) -> None:
    InboundEmail.objects.create(mailbox=house, outcome=Outcome.TICKET)
    outgoing(next_attempt_at=timezone.now() - timedelta(seconds=90))
    text = client.get("/metrics").content.decode()
    assert 'helpdesk_mails_received_day{outcome="ticket"} 1.0' in text
    assert 'helpdesk_outbox_day{state="waiting"} 1.0' in text
    assert "helpdesk_outbox_due 1.0" in text
    assert "helpdesk_mailbox_fetched_seconds{" in text
    assert "django_http_requests_before_middlewares_total" in text


def test_metrics_are_for_this_computer_alone(client: Client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403


def test_metrics_are_for_whoever_has_the_token(client: Client, settings: LazySettings) -> None:
    settings.METRICS_TOKEN = "a long random token"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    response = client.get("/metrics", headers={"Authorization": "Bearer a long random token"}, REMOTE_ADDR="192.0.2.7")
    assert response.status_code == 200
