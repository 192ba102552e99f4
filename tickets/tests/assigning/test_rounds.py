"""Tickets are assigned by themselves, and go to stand-in for somebody who is away."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from mailboxes.models import Mailbox, save_with_address
from mailboxes.tests.mails import arrive, mail
from recipients.models import Customer, Partner, User
from tickets import tasks
from tickets.models import Event, Queue, Ticket
from tickets.tests.conftest import MakeTicket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(queue: Queue) -> User:
    user = User.objects.create_user("ben@helpdesk.example", "x", first_name="Ben")
    user.queues.add(queue)
    return user


@pytest.fixture
def in_turn(queue: Queue, anna: User, ben: User) -> Queue:
    queue.assigning = Queue.Assigning.IN_TURN
    queue.save()
    queue.takers.set([anna, ben])
    return queue


def given() -> list[str]:
    """Whose the tickets are, the oldest first."""
    return [
        ticket.assignee.first_name if ticket.assignee else ""
        for ticket in Ticket.objects.order_by("created_at", "pk").select_related("assignee")
    ]


def test_tickets_go_round_the_longest_waiting_first(in_turn: Queue, make_ticket: MakeTicket) -> None:
    now = timezone.now()
    for n in range(3):
        make_ticket(str(n), created_at=now - dt.timedelta(hours=n))
    tasks.assign_tickets()
    assert given() == ["Anna", "Ben", "Anna"]
    make_ticket("late")
    tasks.assign_tickets()
    tasks.assign_tickets()
    assert given() == ["Anna", "Ben", "Anna", "Ben"]
    event = Event.objects.filter(kind="assignee").last()
    assert event
    assert (event.agent, event.data) == (None, {"before": "", "after": "Ben"})


def test_nobody_gets_what_they_may_not_see(  # SC54, R31
    in_turn: Queue, anna: User, ben: User, main_partner: Partner, make_ticket: MakeTicket, carla: Customer
) -> None:
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    for _n in range(2):
        make_ticket("of nobody")
    tasks.assign_tickets()
    assert given() == ["Ben", "Ben"]
    ben.queues.clear()
    make_ticket("Another")
    tasks.assign_tickets()
    assert given()[-1] == ""


def test_only_those_who_are_ticked_and_here_get_any_within_their_limits(
    in_turn: Queue, anna: User, ben: User, ada: User, make_ticket: MakeTicket
) -> None:
    in_turn.most_open, in_turn.most_given, in_turn.assigning = 3, 2, Queue.Assigning.LEAST_OPEN
    in_turn.save()
    User.objects.filter(pk=ben.pk).update(away_until=timezone.localdate())
    for n in range(5):
        make_ticket(str(n))
    make_ticket("solved", status="solved")
    make_ticket("snoozed", wakes_on_answer=True)
    tasks.assign_tickets()
    assert given() == ["Anna", "Anna", "", "", "", "", ""]
    tasks.assign_tickets()
    assert given().count("Anna") == 3
    User.objects.filter(pk=ben.pk).update(away_until=timezone.localdate() - dt.timedelta(days=2))
    tasks.assign_tickets()
    assert given()[:5] == ["Anna", "Anna", "Anna", "Ben", "Ben"]


@pytest.mark.parametrize(("hour", "whose"), [(9, "Anna"), (17, "")])
def test_nothing_is_given_out_while_the_queue_is_closed(
    in_turn: Queue, make_ticket: MakeTicket, hour: int, whose: str
) -> None:
    Queue.objects.update(opening_hours=[[["08:00", "16:00"]]] * 7, time_zone="Europe/Rome")
    make_ticket()
    with time_machine.travel(dt.datetime(2026, 3, 2, hour - 1, 30, tzinfo=dt.UTC)):
        tasks.assign_tickets()
    assert given() == [whose]


def test_a_queue_that_assigns_nothing_stays_as_it_is(queue: Queue, anna: User, make_ticket: MakeTicket) -> None:
    queue.takers.add(anna)
    make_ticket()
    tasks.assign_tickets()
    assert given() == [""]


def test_a_mail_is_assigned_as_soon_as_it_is_there(
    in_turn: Queue, worker: None, django_capture_on_commit_callbacks: object
) -> None:
    box = Mailbox(name="Support", imap_host="127.0.0.1", imap_port=9, imap_username="support", imap_password="x")
    save_with_address(box, "support@helpdesk.example", in_turn)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        arrive(mail())
    assert given() == ["Anna"]


def test_who_takes_over_gets_what_is_to_be_done_and_they_may_see(
    queue: Queue, as_anna: Client, anna: User, ben: User, make_ticket: MakeTicket, main_partner: Partner
) -> None:
    for status in ("new", "open", "waiting", "solved"):
        make_ticket(status, status=status, assignee=anna)
    page = as_anna.get("/profile/").content.decode()
    assert "Stand-in" in page
    form = {"first_name": "Anna", "last_name": "Berg", "time_zone": "UTC", "after_sending": "next"}
    form |= {"away_until": "2999-01-01", "stand_in": str(ben.pk)}
    assert as_anna.post("/profile/", form).status_code == 302
    tasks.assign_tickets()
    assert given() == ["Ben", "Ben", "Anna", "Anna"]
    ticket = Ticket.objects.filter(status="new").get()
    assert "Anna Berg (away)" in as_anna.get(f"/tickets/{ticket.pk}/").content.decode()


def test_what_a_stand_in_may_not_see_keeps_nothing_from_them(
    queue: Queue, anna: User, ben: User, make_ticket: MakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = Queue.objects.create(name="Hidden")
    make_ticket("hidden", queue=hidden, assignee=anna)
    make_ticket("seen", assignee=anna)
    User.objects.filter(pk=anna.pk).update(away_until=timezone.localdate(), stand_in=ben)
    monkeypatch.setattr("tickets.assigning.rounds._AT_ONCE", 1)
    for _n in range(2):
        tasks.assign_tickets()
    assert given() == ["Anna", "Ben"]


def test_a_queue_needs_somebody_who_gets_its_tickets(as_ada: Client, queue: Queue, anna: User) -> None:
    form = {"name": "Support", "make_default": "on", "language": "en", "time_zone": "UTC", "sender": "mailbox"}
    form |= {"unknown_senders": "accept", "bulk_mail": "ticket", "default_priority": "2", "assigning": "in_turn"}
    refused = as_ada.post(f"/settings/queues/{queue.pk}/", form).content.decode()
    assert "Tick the agents who get tickets." in refused
    as_ada.post(f"/settings/queues/{queue.pk}/", form | {"takers": [anna.pk], "most_open": "5"})
    queue.refresh_from_db()
    assert (queue.assigning, queue.most_open, list(queue.takers.all())) == ("in_turn", 5, [anna])
