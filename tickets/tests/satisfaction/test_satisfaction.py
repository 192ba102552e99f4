"""Customers are asked once whether they are satisfied; a click alone changes nothing."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from recipients.matching.validity import Validity
from recipients.models import Customer, Recipient, User
from tickets import tasks
from tickets.conversation.replying import reply
from tickets.models import Event, Outbox, Queue, Rating, Ticket
from tickets.tests.mails import mail, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(ticket: Ticket, anna: User) -> Ticket:
    """Carla's ticket, answered and solved two hours ago, in a queue that asks after one."""
    Queue.objects.update(ask_after_hours=1)
    with time_machine.travel(timezone.now() - dt.timedelta(hours=2)):
        reply(ticket, by=anna, html="<p>It is mended.</p>", status="solved")
    return ticket


def asked() -> list[Outbox]:
    tasks.ask_for_ratings()
    return list(Outbox.objects.filter(kind="satisfaction"))


def link(verdict: str) -> str:
    found = re.search(rf"(/portal/rate/\S+\?rating={verdict})", Outbox.objects.get(kind="satisfaction").text)
    assert found
    return found[1]


def test_a_click_opens_a_page_that_posts_and_the_ticket_shows_it(
    done: Ticket, client: Client, as_anna: Client, ada: User
) -> None:
    (question,) = asked()
    assert (question.recipient, question.is_automatic) == ("carla@acme.example", True)
    visitor = Client()
    page = visitor.get(link("bad"))
    assert page.status_code == 200
    assert re.search(r'value="bad"[^>]*checked', page.content.decode())
    assert Rating.objects.get().verdict == ""  # a scanner of mail has followed the link
    answer = {"verdict": "bad", "comment": "It took <b>long</b>."}
    assert "Thank you." in visitor.post(link("bad"), answer).content.decode()
    visitor.post(link("good"), {"verdict": "good", "comment": "It took <b>long</b>."})  # who changes their mind may
    shown = as_anna.get(f"/tickets/{done.pk}/").content.decode()
    assert "Satisfied" in shown
    assert "It took &lt;b&gt;long&lt;/b&gt;." in shown
    assert Event.objects.filter(kind="rated").count() == 1
    as_ada = Client()
    as_ada.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    report = as_ada.get("/settings/satisfaction/").content.decode()
    assert "100 %" in report
    assert "It took" in report


def test_a_ticket_is_asked_about_once(done: Ticket, anna: User) -> None:
    assert len(asked()) == len(asked()) == 1
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1)):
        done.set_status("open", by=None)
        done.set_status("solved", by=None)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=5)):
        assert len(asked()) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"validity": Validity.TO_VERIFY},
        {"validity": Validity.REJECTED},
        {"status": "open", "solved_at": None},
        {"first_response_at": None},
        {"requester": None},
        {"verdict": {"failed": True}},
        {"solved_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
    ],
    ids=lambda change: str(next(iter(change))),
)
def test_nobody_else_is_asked(done: Ticket, change: dict[str, object]) -> None:
    Ticket.objects.filter(pk=done.pk).update(**change)
    assert asked() == []


@pytest.mark.parametrize("mark", ["shared", "banned", "undeliverable"])
def test_nobody_who_does_not_read_it_is_asked(done: Ticket, mark: str) -> None:
    Recipient.objects.filter(pk=done.requester_id).update(**{mark: True})
    assert asked() == []


def test_a_machine_is_never_asked(queue: Queue, anna: User, carla: Customer) -> None:
    Queue.objects.update(ask_after_hours=0)
    received = take(mail("carla@acme.example", headers={"Auto-Submitted": "auto-generated"}))
    reply(received.ticket, by=anna, html="<p>Noted.</p>", status="solved")
    assert asked() == []


def test_mail_of_the_past_asks_nobody_until_somebody_worked_on_it(done: Ticket) -> None:
    done.events.all().delete()
    Event.objects.create(ticket=done, kind=Event.Kind.OPENED, data={"silent": True})
    assert asked() == []
    done.set_status("open", by=None)
    done.set_status("solved", by=None)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2)):
        assert len(asked()) == 1


def test_a_queue_that_does_not_ask_asks_nobody(done: Ticket) -> None:
    Queue.objects.update(ask_after_hours=None)
    assert asked() == []


def test_a_link_that_is_not_ours_or_too_old_opens_nothing(done: Ticket, client: Client) -> None:
    asked()
    good = link("good")
    assert client.get(good.replace("/rate/", "/rate/x")).status_code == 404
    with time_machine.travel(timezone.now() + dt.timedelta(days=31)):
        assert client.post(good, {"verdict": "good"}).status_code == 404
    assert Rating.objects.get().verdict == ""
    assert client.post(good, {"verdict": "splendid"}).status_code == 422
