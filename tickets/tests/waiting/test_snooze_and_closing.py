"""Tickets are put off and come back, and what nobody answers is closed, told before, as their queue says."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from recipients.models import Customer, Recipient, User
from tickets import tasks
from tickets.conversation.merge_tickets import merge_ticket
from tickets.conversation.replying import reply
from tickets.models import CannedReply, Event, Outbox, Queue, Ticket, TicketSettings
from tickets.tests.conftest import MakeComment, MakeTicket
from tickets.tests.mails import mail, take
from tickets.tests.ticket_list.test_ticket_list import numbers
from tickets.tests.ticket_page.conftest import said

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
Days = Callable[[float], object]


def after(days: float) -> time_machine.travel:
    return time_machine.travel(MONDAY + dt.timedelta(days=days), tick=False)


def snooze(client: Client, ticket: Ticket, **form: object) -> str:
    return client.post(f"/tickets/{ticket.pk}/snooze/", {"until": "1"} | form, follow=True).content.decode()


def test_a_snoozed_ticket_leaves_the_work_and_comes_back_in_the_morning(
    as_anna: Client, anna: User, make_ticket: MakeTicket
) -> None:
    with after(0):
        ticket = make_ticket(assignee=anna)
        assert "It comes back automatically." in snooze(as_anna, ticket)
        assert numbers(as_anna) == numbers(as_anna, "?view=mine") == []
        assert numbers(as_anna, "?view=snoozed") == numbers(as_anna, "?view=all") == [ticket.pk]
        views = {each.view.slug: each.count for each in as_anna.get("/tickets/").context["views"]}
        assert (views["mine"], views["unsolved"], views["snoozed"]) == (0, 0, 1)
        tasks.wake_tickets()
        assert numbers(as_anna) == []
    with after(0.95):  # 8:48 on the next day
        tasks.wake_tickets()
        tasks.wake_tickets()
        assert numbers(as_anna) == [ticket.pk]
        history = as_anna.get(f"/tickets/{ticket.pk}/history/").content.decode()
        assert "brought the ticket back" in history
        assert "snoozed the ticket until" in history
    assert Event.objects.filter(kind="snoozed").count() == 2


@pytest.mark.parametrize(
    ("form", "sleeps_on"),
    [({"until": "answer"}, False), ({"until": "7", "on_answer": "on"}, False), ({"until": "7"}, True)],
)
def test_the_customers_answer_wakes_it_if_that_was_wanted(
    as_anna: Client, ticket: Ticket, anna: User, form: dict[str, str], sleeps_on: bool
) -> None:
    reply(ticket, by=anna, html="<p>Which one?</p>", status="waiting")
    snooze(as_anna, ticket, **form)
    take(mail("carla@acme.example", f"[#{ticket.number}] {ticket.subject}"))
    ticket.refresh_from_db()
    assert ticket.status == "open"
    assert ticket.is_snoozed == sleeps_on


def test_a_snooze_is_undone_and_ends_with_a_click_or_with_the_work(as_anna: Client, ticket: Ticket) -> None:
    undo = re.search(r'action="(/tickets/undo/[^"]+)"', snooze(as_anna, ticket))
    assert undo
    as_anna.post(undo[1])
    ticket.refresh_from_db()
    assert not ticket.is_snoozed
    snooze(as_anna, ticket)
    as_anna.post(f"/tickets/{ticket.pk}/snooze/wake/")
    ticket.refresh_from_db()
    assert not ticket.is_snoozed
    snooze(as_anna, ticket)
    ticket.set_status("solved", by=None)
    assert (ticket.wakes_at, ticket.wakes_on_answer) == (None, None)
    assert "It is already solved or closed" in snooze(as_anna, ticket)


@pytest.mark.parametrize("at", ["", "2020-01-01T08:00"])
def test_a_time_that_is_over_is_refused(as_anna: Client, ticket: Ticket, at: str) -> None:
    assert "Choose a time in the future." in snooze(as_anna, ticket, until="at", at=at)


@pytest.mark.parametrize("until", ["1", "at", "answer"])
def test_a_time_that_was_typed_is_never_passed_over(as_anna: Client, ticket: Ticket, until: str) -> None:
    """The dialog puts the cursor there, while "tomorrow" is chosen."""
    snooze(as_anna, ticket, until=until, at="2099-01-01T08:00")
    ticket.refresh_from_db()
    assert ticket.wakes_at is not None
    assert ticket.wakes_at.year == 2099


def test_many_are_snoozed_at_once_and_by_a_macro(as_anna: Client, make_ticket: MakeTicket, carla: Customer) -> None:
    tickets = [make_ticket(str(n), customer=carla) for n in range(3)]
    as_anna.post("/tickets/bulk/", {"selected": [ticket.pk for ticket in tickets[:2]], "snooze": "3"})
    macro = CannedReply.objects.create(name="Later", snooze_days=2)
    as_anna.post(f"/tickets/{tickets[2].pk}/macros/{macro.pk}/")
    assert Ticket.objects.filter(wakes_on_answer=True, wakes_at__isnull=False).count() == 3


@pytest.fixture
def waiting(queue: Queue, make_ticket: MakeTicket, make_comment: MakeComment, carla: Customer) -> Ticket:
    """A ticket that waits for Carla since Monday, in a queue that closes after ten days and warns three before."""
    Queue.objects.update(close_after_days=10, warn_days_before=3)
    with after(0):
        ticket = make_ticket(customer=carla)
        make_comment(ticket)
        ticket.set_status("waiting", by=None)
    return ticket


def status(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return ticket.status


def test_who_does_not_answer_is_told_and_then_the_ticket_is_closed(waiting: Ticket) -> None:
    with after(6.9):
        tasks.close_waiting()
        assert not Outbox.objects.exists()
    with after(7):
        tasks.close_waiting()
        tasks.close_waiting()
        told = Outbox.objects.get()
        assert (told.kind, told.recipient, told.is_automatic) == ("close_warning", "carla@acme.example", True)
        assert "12 Mar 2026" in told.text
    with after(9.9):
        tasks.close_waiting()
        assert status(waiting) == "waiting"
    with after(10):
        tasks.close_waiting()
    assert status(waiting) == "closed"


def test_the_day_of_closing_is_that_of_the_queues_clock(waiting: Ticket) -> None:
    Queue.objects.update(time_zone="Pacific/Kiritimati")  # where it is 14 hours later
    with after(7):
        tasks.close_waiting()
    assert "13 Mar 2026" in Outbox.objects.get().text


def test_an_answer_begins_it_all_again(waiting: Ticket) -> None:
    with after(8):
        tasks.close_waiting()
        take(mail("carla@acme.example", f"[#{waiting.number}] {waiting.subject}"))
    with after(30):
        tasks.close_waiting()
        assert status(waiting) == "open"
        waiting.set_status("waiting", by=None)
        tasks.close_waiting()
        assert status(waiting) == "waiting"
        assert waiting.close_warned_at is None


def test_nothing_is_closed_without_the_warning_that_was_due(waiting: Ticket) -> None:
    with after(50):  # nobody was at work for long
        tasks.close_waiting()
        assert status(waiting) == "waiting"
        assert Outbox.objects.filter(kind="close_warning").count() == 1
    with after(53.1):
        tasks.close_waiting()
        assert status(waiting) == "closed"


@pytest.mark.parametrize("why", ["banned", "automatic", "notifications"])
def test_nobody_is_warned_who_gets_nothing_automatic(waiting: Ticket, why: str) -> None:
    Recipient.objects.update(banned=why == "banned")
    TicketSettings.objects.update_or_create(pk=1, defaults={"notifications": why != "notifications"})
    Event.objects.create(ticket=waiting, kind=Event.Kind.OPENED, data={"automatic": why == "automatic"})
    with after(8):
        tasks.close_waiting()
    assert not Outbox.objects.exists()
    with after(15):
        tasks.close_waiting()
    assert status(waiting) == "closed"


def test_of_a_shared_address_the_customers_own_one_is_warned(waiting: Ticket, carla: Customer) -> None:
    Recipient.objects.update(shared=True)
    carla.addresses.update(is_primary=False)
    carla.addresses.create(address="own@acme.example", is_primary=True)
    with after(8):
        tasks.close_waiting()
    assert Outbox.objects.get().recipient == "own@acme.example"


def test_what_is_snoozed_or_of_another_queue_is_left_alone(waiting: Ticket, make_ticket: MakeTicket) -> None:
    with after(0):
        other = make_ticket("Other", queue=Queue.objects.create(name="Sales"))
        other.set_status("waiting", by=None)
        waiting.snooze(None, on_answer=True, by=None)
    with after(40):
        tasks.close_waiting()
    assert status(waiting) == status(other) == "waiting"


def test_who_was_not_asked_is_not_told_to_answer(waiting: Ticket, make_comment: MakeComment) -> None:
    with after(0):
        make_comment(waiting, "When does it come?", "agent", is_public=False)  # forwarded
    with after(8):
        tasks.close_waiting()
        assert not Outbox.objects.exists()
    with after(40):
        tasks.close_waiting()
        assert status(waiting) == "waiting"
        make_comment(waiting, "Does it work again?", "agent")
        tasks.close_waiting()
        assert Outbox.objects.get().kind == "close_warning"


def test_the_days_are_working_days(waiting: Ticket) -> None:
    shifts = [["08:00", "16:00"]]
    Queue.objects.update(opening_hours=[shifts, shifts, shifts, shifts, shifts, [], []])
    with after(9):  # Wednesday of the next week: seven working days
        tasks.close_waiting()
        assert "16 Mar 2026" in Outbox.objects.get().text  # Thursday, Friday, Monday
    with after(13.9):
        tasks.close_waiting()
        assert status(waiting) == "waiting"
    with after(14):
        tasks.close_waiting()
        assert status(waiting) == "closed"


def test_a_queue_that_would_warn_before_it_waits_is_refused(as_ada: Client, queue: Queue) -> None:
    form = {"name": "Support", "close_after_days": "3", "warn_days_before": "3"}
    shown = as_ada.post(f"/settings/queues/{queue.pk}/", form).content.decode()
    assert "The warning must come fewer days before than it takes to close." in shown


def test_waking_many_asks_the_same_number_of_questions(
    make_ticket: MakeTicket, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for n in range(12):
        make_ticket(str(n), wakes_at=timezone.now(), wakes_on_answer=False)
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        tasks.wake_tickets()
    assert not Ticket.objects.filter(wakes_on_answer__isnull=False).exists()


def test_a_ticket_that_was_merged_meanwhile_is_not_said_to_be_back(
    as_anna: Client, anna: User, make_ticket: MakeTicket
) -> None:
    ticket, survivor = make_ticket(), make_ticket()
    snooze(as_anna, ticket)
    merge_ticket(ticket, into=survivor, by=anna)
    told = said(as_anna, f"/tickets/{ticket.pk}/snooze/wake/", {})
    assert told == f"This ticket was merged into #{survivor.pk}; continue there."
