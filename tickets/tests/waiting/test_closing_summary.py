"""Do customers get a summary when their ticket is done, once each time, and no machine one?"""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.utils import timezone

from helpdesk import limits
from recipients.models import Recipient, User
from tickets import tasks
from tickets.conversation.replying import reply
from tickets.models import Event, Outbox, Queue, Ticket, TicketSettings, Wording
from tickets.tests.mails import mail, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(ticket: Ticket, anna: User) -> Ticket:
    """Carla's ticket, answered and solved ten minutes ago, in a queue that sends summaries."""
    Queue.objects.update(summary_on_closing=True)
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=10)):
        ticket.comments.update(recipient=ticket.requester, created_at=timezone.now() - dt.timedelta(minutes=5))
        reply(ticket, by=anna, html="<p>It is mended.</p>", status="solved")
    return ticket


def sent() -> list[Outbox]:
    tasks.send_summaries()
    return list(Outbox.objects.filter(kind="summary").order_by("pk"))


def test_who_asked_gets_the_conversation_once_each_time_that_it_is_done(done: Ticket) -> None:
    # T14
    (summary,) = sent()
    assert (summary.recipient, summary.is_automatic) == ("carla@acme.example", True)
    assert summary.text.index("Where is my invoice?") < summary.text.index("It is mended.")
    done.refresh_from_db()
    done.set_status("closed", by=None)
    assert len(sent()) == 1
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1)) as clock:
        done.set_status("open", by=None)
        done.set_status("solved", by=None)
        assert len(sent()) == 1  # not as long as it may be taken back
        clock.shift(dt.timedelta(minutes=6))
        assert len(sent()) == 2


def test_a_queue_that_does_not_want_it_sends_none(done: Ticket) -> None:
    # T14
    Queue.objects.update(summary_on_closing=False)
    assert sent() == []


@pytest.mark.parametrize("state", ["banned", "undeliverable", "shared"])
def test_nobody_gets_one_who_cannot_or_must_not_read_it(done: Ticket, state: str) -> None:
    # T14
    Recipient.objects.update(**{state: True})
    assert sent() == []
    assert not Event.objects.filter(kind="summary").exists()


def test_nobody_gets_one_who_is_not_believed(done: Ticket) -> None:
    # T14
    Ticket.objects.update(validity="to_verify")
    assert sent() == []
    Ticket.objects.update(validity="verified")
    assert len(sent()) == 1


def test_no_machine_gets_one(anna: User, queue: Queue) -> None:
    # T14
    Queue.objects.update(summary_on_closing=True)
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=10)):
        of_a_machine = take(mail("robot@shop.example", headers={"Auto-Submitted": "auto-generated"})).ticket
        reply(of_a_machine, by=anna, html="<p>Fine.</p>", status="closed")
    assert sent() == []


def test_nobody_is_told_the_same_twice(done: Ticket, queue: Queue) -> None:
    # T14: the question about satisfaction has the conversation in the words of this queue
    Queue.objects.update(ask_after_hours=1)
    Wording.write(queue, "satisfaction", "Well?", "{{ rate.good }} {{ conversation.text }}", by=None)
    assert sent() == []
    Wording.write(queue, "satisfaction", "Well?", "{{ rate.good }}", by=None)
    assert len(sent()) == 1


def test_what_was_not_answered_has_nothing_to_sum_up(make_ticket: Callable[..., Ticket]) -> None:
    Queue.objects.update(summary_on_closing=True)
    with time_machine.travel(timezone.now() - dt.timedelta(minutes=10)):
        make_ticket().set_status("closed", by=None)
    assert sent() == []


def test_a_conversation_of_megabytes_is_summed_up_by_the_last_of_it_and_keeps_none_from_others(done: Ticket) -> None:
    # T14
    for number in range(12):
        done.comments.create(kind="customer", recipient=done.requester, text=f"<{number}> " + "é&" * 250_000)
    (summary,) = sent()
    assert len(summary.text) < 250_000
    assert summary.text.index("[…]") < summary.text.index("<4>") < summary.text.index("<11>")


def test_nobody_gets_one_while_notifications_are_off(done: Ticket) -> None:
    # T14
    TicketSettings.objects.update_or_create(pk=1, defaults={"notifications": False})
    assert sent() == []
    TicketSettings.objects.update(notifications=True)
    assert len(sent()) == 1


def test_a_machine_that_reopens_it_each_time_gets_no_more_than_a_few_a_day(done: Ticket) -> None:
    # T14, L22
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)) as clock:
        for _time in range(6):
            sent()
            done.set_status("open", by=None)
            done.set_status("solved", by=None)
            clock.shift(dt.timedelta(minutes=10))
        assert len(sent()) == limits.CLOSING_SUMMARIES.amount
