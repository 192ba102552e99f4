"""When is a ticket due, whatever happens to it? By real mails, agents' clicks and the clock. (T04, W16, SC42)"""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk import limits
from recipients.models import Customer, User
from tickets.conversation.merge_tickets import merge_ticket, undo_merge
from tickets.conversation.replying import reply
from tickets.models import Category, Event, HolidayCalendar, Outbox, Queue, ServiceLevel, ServiceTime, Ticket, Wording
from tickets.service_levels.rechecking import recheck
from tickets.tasks import recheck_due_times, tell_what_is_due
from tickets.tests.conftest import MakeTicket
from tickets.tests.mails import mail, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office")]

ROME = ZoneInfo("Europe/Rome")
OFFICE = [[["08:00", "16:00"]]] * 5 + [[], []]
HOUR = 60


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ROME)


def on(text: str) -> time_machine.travel:
    return time_machine.travel(at(text), tick=False)


def level(name: str = "Standard", response: int = 2 * HOUR, **fields: Any) -> ServiceLevel:
    """A service level with the same times for every priority."""
    others = {"assignment": fields.pop("assignment", None), "resolution": fields.pop("resolution", None)}
    made = ServiceLevel.objects.create(name=name, **fields)
    for priority in (1, 2, 3, 4):
        ServiceTime.objects.create(service_level=made, priority=priority, response=response, **others)
    made.save()  # so that it is read anew with its times
    return made


def the_ticket() -> Ticket:
    return Ticket.objects.select_related("queue").get()


@pytest.fixture
def office(queue: Queue) -> None:
    """Monday to Friday from eight to four, in Rome."""
    queue.opening_hours, queue.time_zone = OFFICE, "Europe/Rome"
    queue.save()


@pytest.mark.parametrize(
    ("came", "due"),
    [
        ("2026-11-27 15:30", "2026-11-30 09:30"),
        ("2026-03-27 15:30", "2026-03-30 09:30"),  # to summer time in between
        ("2026-10-23 15:30", "2026-10-26 09:30"),  # and back
        ("2026-11-28 12:00", "2026-11-30 10:00"),
    ],
)
def test_a_reaction_of_two_hours_is_due_in_the_hours_of_the_queue(came: str, due: str) -> None:  # T04, SC42
    level()
    with on(came):
        take(mail("carla@acme.example"))
    assert the_ticket().response_due_at == the_ticket().due_at == at(due)


def test_a_lunch_break_and_a_day_off_do_not_count(queue: Queue) -> None:
    level()
    holidays = HolidayCalendar.objects.create(name="Rome", own_days="2026-11-30")
    Queue.objects.update(opening_hours=[[["08:00", "12:00"], ["13:00", "16:00"]]] * 5 + [[], []], holidays=holidays)
    with on("2026-11-27 11:00"):
        take(mail("carla@acme.example"))
    with on("2026-11-27 15:00"):
        take(mail("carla@acme.example", "Again"))
    first, second = Ticket.objects.order_by("pk")
    assert (first.due_at, second.due_at) == (at("2026-11-27 14:00"), at("2026-12-01 09:00"))


def test_around_the_clock_the_weekend_counts() -> None:
    level(round_the_clock=True)
    with on("2026-11-27 23:00"):
        take(mail("carla@acme.example"))
    assert the_ticket().due_at == at("2026-11-28 01:00")


def test_what_is_met_stays_and_the_next_one_is_due(anna: User) -> None:
    level(assignment=HOUR, resolution=8 * HOUR)
    with on("2026-11-27 09:00"):
        take(mail("carla@acme.example"))
        assert the_ticket().due_at == at("2026-11-27 10:00")
    with on("2026-11-27 09:30"):
        reply(the_ticket(), by=anna, html="<p>I look at it.</p>")
    ticket = the_ticket()
    assert ticket.first_assigned_at == ticket.first_response_at == at("2026-11-27 09:30")
    assert ticket.response_due_at == at("2026-11-27 11:00")
    assert ticket.due_at == ticket.resolve_due_at == at("2026-11-30 09:00")
    Queue.objects.update(opening_hours=[[["09:00", "10:00"]]] * 5 + [[], []])
    recheck_due_times()
    ticket.refresh_from_db()
    assert ticket.response_due_at == at("2026-11-27 11:00")
    assert ticket.due_at == at("2026-12-08 10:00")


def test_while_it_waits_for_the_customer_the_clock_stands(anna: User) -> None:
    level(resolution=8 * HOUR)
    with on("2026-11-27 09:00"):
        take(mail("carla@acme.example"))
    with on("2026-11-27 10:00"):
        reply(the_ticket(), by=anna, html="<p>Which printer?</p>", status="waiting")
        assert the_ticket().due_at is None
    with on("2026-11-27 15:00"):  # five hours later
        take(mail("carla@acme.example", f"[#{the_ticket().number}] Printer broken"))
    assert the_ticket().due_at == at("2026-11-30 14:00")
    for _again in range(2):  # a hold that is looked at twice counts once
        recheck_due_times()
        assert the_ticket().due_at == at("2026-11-30 14:00")


def test_another_service_level_keeps_what_was_paused(anna: User, as_anna: Client) -> None:
    level("All", resolution=8 * HOUR)
    printers = Category.objects.create(name="Printers")
    level("Printers", resolution=4 * HOUR, category=printers)
    with on("2026-11-26 08:00"):
        take(mail("carla@acme.example"))
        reply(the_ticket(), by=anna, html="<p>Which one?</p>", status="waiting")
    with on("2026-11-26 11:00"):
        the_ticket().set_status("open", by=anna)
        the_ticket().set_category(printers, by=anna)
        assert (the_ticket().service_level_by, the_ticket().due_at) == ("category", at("2026-11-26 15:00"))


def test_reopened_it_goes_on_where_it_was_solved(anna: User) -> None:
    level(resolution=8 * HOUR)
    with on("2026-11-26 08:00"):
        take(mail("carla@acme.example"))
        reply(the_ticket(), by=anna, html="<p>Done.</p>", status="solved")
        assert the_ticket().due_at is None
    with on("2026-11-27 08:00"):
        take(mail("carla@acme.example", f"[#{the_ticket().number}] Printer broken"))
    assert the_ticket().due_at == at("2026-11-27 16:00")


def test_what_is_overdue_before_it_waits_stays_overdue(anna: User) -> None:
    level()
    with on("2026-11-27 08:00"):
        take(mail("carla@acme.example"))
    with on("2026-11-27 11:00"):
        the_ticket().set_status("waiting", by=anna)
    assert the_ticket().due_at == at("2026-11-27 10:00")


def test_the_customers_company_the_queue_and_the_default_decide_in_their_order(  # W16
    make_ticket: MakeTicket, carla: Customer, queue: Queue
) -> None:
    assert carla.company
    found = []
    level("Default")
    for fields in ({}, {"queue": queue}, {"customer": carla.company}, {"customer": carla}):
        if fields:
            level(str(fields), **fields)
        ticket = make_ticket(customer=carla)
        found.append(ticket.service_level_by)
    assert found == ["default", "queue", "company", "customer"]


def test_with_two_of_a_level_the_old_one_stays_and_the_page_says_so(
    as_anna: Client, make_ticket: MakeTicket, carla: Customer
) -> None:
    first = level("First")
    ticket = make_ticket(customer=carla)
    level("Second")
    assert recheck() == 1
    ticket.refresh_from_db()
    assert (ticket.service_level, ticket.service_level_kept) == (first, True)
    assert make_ticket("Another", customer=carla).service_level is None


def test_changing_hours_moves_what_is_open_by_one_statement_for_each_batch(
    make_ticket: MakeTicket, django_assert_max_num_queries: Any
) -> None:
    level()
    with on("2026-11-27 15:30"):
        tickets = [make_ticket(str(number)) for number in range(6)]
    Queue.objects.update(opening_hours=[[["08:00", "20:00"]]] * 5 + [[], []])
    with django_assert_max_num_queries(12):
        assert recheck() == len(tickets)
    assert {each.due_at for each in Ticket.objects.all()} == {at("2026-11-27 17:30")}
    assert recheck() == 0


def test_a_mail_takes_no_statement_more_for_its_service_level(queue: Queue, carla: Customer) -> None:
    queue.holidays = HolidayCalendar.objects.create(name="Rome", own_days="2026-11-30")
    queue.save()
    counts = []
    for number in range(4):
        if number == 2:  # the mail after it is the first one of its minute: it reads them
            level(customer=carla.company)
            level("All")
        with on("2026-11-27 15:30"), CaptureQueriesContext(connection) as asked:
            take(mail("carla@acme.example", f"Mail {number}"))
        counts.append(len(asked))
    assert Ticket.objects.order_by("pk").values_list("service_level_by", flat=True).last() == "company"
    assert counts[3] == counts[1]


def test_a_confirmation_may_say_until_when_an_answer_is_due(queue: Queue) -> None:
    level()
    Wording.write(queue, "request_received", "Thank you", "You hear from us by {{ ticket.due }}.", by=None)
    with on("2026-11-27 15:30"):
        take(mail("carla@acme.example"))
    assert "by 30 Nov 2026, 09:30" in Outbox.objects.get(kind="request_received").text


def test_a_service_level_that_is_deleted_leaves_nothing_due(make_ticket: MakeTicket) -> None:
    ticket, only = None, level()
    ticket = make_ticket()
    only.delete()
    recheck_due_times()
    ticket.refresh_from_db()
    assert (ticket.service_level, ticket.due_at) == (None, None)


def test_agents_are_warned_once_and_told_once_that_it_is_overdue(anna: User) -> None:
    level(warn_percent=25)
    with on("2026-11-27 08:00"):
        take(mail("carla@acme.example"))
        tell_what_is_due()
        assert not Outbox.objects.filter(kind="due").exists()
    for moment in ("2026-11-27 09:30", "2026-11-27 09:45", "2026-11-27 10:00", "2026-11-27 12:00"):
        with on(moment):
            tell_what_is_due()
    told = Event.objects.filter(kind__in=["due_soon", "overdue"]).order_by("pk")
    assert [each.kind for each in told] == ["due_soon", "overdue"]
    assert {each.data["target"] for each in told} == {"response"}
    subjects = Outbox.objects.filter(kind="due", recipient=anna.email).order_by("pk").values_list("subject", flat=True)
    assert [subject.split("] ")[1] for subject in subjects] == ["Due soon: Printer broken", "Overdue: Printer broken"]


@pytest.mark.parametrize(("minutes", "warned"), [(20, "09:40"), (119, "08:01"), (120, ""), (600, "")])
def test_agents_are_warned_so_many_minutes_before_if_the_time_is_longer(minutes: int, warned: str) -> None:
    level(warn_minutes=minutes)
    with on("2026-11-27 08:00"):
        take(mail("carla@acme.example"))
    assert the_ticket().due_tell_at == at(f"2026-11-27 {warned or '10:00'}")


@pytest.mark.parametrize(
    ("status", "due"),
    [("open", "2026-12-01 13:00"), ("waiting", "2026-12-01 15:00"), ("solved", "2026-12-01 15:00")],
)
def test_a_merge_that_is_undone_takes_no_time_from_a_ticket(
    status: str, due: str, anna: User, make_ticket: MakeTicket
) -> None:
    level(resolution=16 * HOUR)
    with on("2026-11-26 08:00"):
        survivor, merged = make_ticket(), make_ticket()
    with on("2026-11-26 09:00"):
        merged.set_status(status, by=anna)
    before = Ticket.objects.get(pk=merged.pk)
    with on("2026-11-26 10:00"):
        merge_ticket(merged, into=survivor, by=anna)
    with on("2026-11-27 15:00"):  # a day of work and five hours later
        undo_merge(merged.merges.get(), by=anna)
        after = Ticket.objects.get(pk=merged.pk)
        assert (after.waiting_since, after.solved_at) == (before.waiting_since, before.solved_at)
    with on("2026-11-30 08:00"):
        after.set_status("open", by=anna)
    assert after.resolve_due_at == at(due)


def test_what_a_ticket_remembers_of_its_pauses_has_a_bound(anna: User, make_ticket: MakeTicket) -> None:
    level(resolution=100 * HOUR)
    with on("2026-11-26 08:00"):
        ticket = make_ticket()
    for minute in range(2 * limits.TICKET_PAUSES.amount):
        with time_machine.travel(at("2026-11-26 08:01") + dt.timedelta(minutes=minute), tick=False):
            ticket.enter("waiting" if minute % 2 else "open", timezone.now())
    ticket.enter("open", at("2026-11-26 16:00"))
    assert len(ticket.pauses or []) == limits.TICKET_PAUSES.amount
    assert ticket.pauses
    assert ticket.pauses[-1][1] == at("2026-11-26 16:00").isoformat()


def test_only_who_has_the_ticket_is_told_and_only_if_they_want_it(anna: User, make_ticket: MakeTicket) -> None:
    level()
    with on("2026-11-27 08:00"):
        make_ticket(assignee=anna)
        User.objects.update(notify_due=False)
    with on("2026-11-27 12:00"):
        tell_what_is_due()
    assert Event.objects.filter(kind="overdue").count() == 1
    assert not Outbox.objects.filter(kind="due").exists()


def test_who_has_the_ticket_and_may_not_see_it_any_more_is_not_told_of_it(
    anna: User, ada: User, make_ticket: MakeTicket
) -> None:
    level()
    with on("2026-11-27 08:00"):
        make_ticket(assignee=anna)
    anna.queues.clear()
    with on("2026-11-27 12:00"):
        tell_what_is_due()
    assert [each.recipient for each in Outbox.objects.filter(kind="due")] == [ada.email]


@pytest.mark.parametrize("tickets", [2, 12])
def test_telling_takes_the_same_statements_for_however_many(
    make_ticket: MakeTicket, tickets: int, anna: User, django_assert_max_num_queries: Any
) -> None:
    level()
    with on("2026-11-27 08:00"):
        for number in range(tickets):
            make_ticket(str(number))
    with on("2026-11-27 12:00"), django_assert_max_num_queries(20):
        tell_what_is_due()
    assert Event.objects.filter(kind="overdue").count() == tickets
