"""The pages of service levels, and what tickets, lists and rules show of them, as people open them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from recipients.models import Customer, User
from tickets.conversation.replying import reply
from tickets.models import Category, Queue, Rule, ServiceLevel, ServiceTime, Ticket
from tickets.tasks import follow_rules, tell_what_is_due
from tickets.tests.conftest import MakeTicket
from tickets.tests.service_levels.test_due_times import level, office, on
from tickets.tests.ticket_list.test_ticket_list import numbers
from tickets.ticket_list.tables import due_first

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office")]
__all__ = ["office"]


def form(**fields: Any) -> dict[str, Any]:
    return {"name": "Standard", "is_active": "on", "warn": "25 %", "time_2_response": "2 h"} | fields


def save(client: Client, **fields: Any) -> str:
    return client.post("/settings/service-levels/new/", form(**fields), follow=True).content.decode()


def test_a_service_level_is_written_in_words_and_read_again(as_ada: Client, carla: Customer, queue: Queue) -> None:
    page = save(as_ada, customer="Carla Conti", queue=queue.pk, time_3_resolution="1 d 4 h", time_3_assignment="30 min")
    assert "The service level Standard was saved." in page
    assert "Carla Conti" in page
    made = ServiceLevel.objects.get()
    assert (made.customer, made.queue) == (carla, queue)
    rows = made.times.order_by("priority").values_list("priority", "assignment", "response", "resolution")
    assert list(rows) == [(2, None, 120, None), (3, 30, None, 720)]
    again = as_ada.get(f"/settings/service-levels/{made.pk}/").content.decode()
    assert 'value="1 d 4 h"' in again
    changed = form(customer="Carla Conti", time_2_response="", time_4_response="1 d", round_the_clock="on")
    as_ada.post(f"/settings/service-levels/{made.pk}/", changed)
    assert list(made.times.values_list("priority", "response")) == [(4, 24 * 60)]
    assert "Carla Conti" in as_ada.get("/settings/service-levels/").content.decode()
    as_ada.post(f"/settings/service-levels/{made.pk}/delete/")
    assert not ServiceTime.objects.exists()


def test_the_list_says_the_times_and_when_agents_are_warned(as_ada: Client) -> None:
    save(as_ada, time_4_response="30 min", time_4_resolution="1 d", warn="10 min")
    page = " ".join(strip_tags(as_ada.get("/settings/service-levels/").content.decode()).split())
    assert "Urgent First answer 30 min Solution 1 d" in page
    assert "Normal First answer 2 h" in page
    assert "Warning with 10 min left" in page
    kept = ServiceLevel.objects.get()
    assert 'value="10 min"' in as_ada.get(f"/settings/service-levels/{kept.pk}/").content.decode()
    as_ada.post(f"/settings/service-levels/{kept.pk}/", form(warn=""))
    assert "Warning" not in as_ada.get("/settings/service-levels/").content.decode()


def test_without_a_queue_there_is_nothing_to_try_it_in(as_ada: Client) -> None:
    Queue.objects.all().delete()
    assert "When it would be due" not in as_ada.get("/settings/service-levels/new/").content.decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"time_2_response": ""}, "Enter at least one time."),
        ({"time_2_response": "soon"}, "Write it as in 30 min, 2 h or 1 d 4 h."),
        ({"customer": "Nobody at all"}, "No customer matches"),
        ({"warn": "91 %"}, "as a share of up to 90 %."),
        ({"warn": "soon"}, "as a share of up to 90 %."),
        ({"name": "Another"}, "applies to the same"),
    ],
)
def test_what_would_not_work_is_refused_with_a_reason(as_ada: Client, fields: dict[str, str], said: str) -> None:
    if "name" in fields:
        save(as_ada)
    assert said in save(as_ada, **fields)


def test_the_preview_says_when_a_ticket_would_be_due_before_anything_is_saved(as_ada: Client, queue: Queue) -> None:
    trial = {"trial-arrives": "2026-11-27T15:30", "trial-priority": "2", "trial-queue": queue.pk}
    page = as_ada.get("/settings/service-levels/preview/", form(name="") | trial).content.decode()
    assert "Monday, 30 Nov 2026, 09:30" in page
    page = as_ada.get("/settings/service-levels/preview/", form(time_2_response="soon") | trial).content.decode()
    assert "Write it as in" in page
    for year in ("0001", "9999"):
        page = as_ada.get(
            "/settings/service-levels/preview/", form() | trial | {"trial-arrives": f"{year}-12-31T15:30"}
        )
        assert "Enter a valid date/time." in page.content.decode()
    assert "/settings/service-levels/preview/" in as_ada.get("/settings/service-levels/new/").content.decode()


def test_the_ticket_says_when_it_is_due_by_which_service_level_and_that_it_is_paused(
    as_anna: Client, anna: User, make_ticket: MakeTicket
) -> None:
    level("Gold", resolution=8 * 60)
    with on("2026-11-27 09:00"):
        ticket = make_ticket()
        page = as_anna.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "in 2 hours" in page
    assert "Gold, as the default" in " ".join(page.split())
    with on("2026-11-27 12:00"):
        tell_what_is_due()
        page = as_anna.get(f"/tickets/{ticket.pk}/").content.decode()
        assert "Overdue" in page
        assert "1 hour ago" in page
        assert (
            "noted that it is overdue: First answer" in as_anna.get(f"/tickets/{ticket.pk}/history/").content.decode()
        )
        reply(ticket, by=anna, html="<p>Which one?</p>", status="waiting")
    with on("2026-11-28 12:00"):
        page = " ".join(as_anna.get(f"/tickets/{ticket.pk}/").content.decode().split())
    assert "5 h left" in page
    assert "the clock is stopped while it waits for the customer" in page
    assert "</svg>late" in page


@pytest.mark.parametrize("is_descending", [False, True])
def test_what_is_not_due_follows_on_the_page_where_that_ends(make_ticket: MakeTicket, is_descending: bool) -> None:
    for number in range(3):
        due_at = timezone.now() + timedelta(hours=number % 2)
        Ticket.objects.filter(pk=make_ticket().pk).update(due_at=due_at)
    others = [make_ticket().pk for _each in range(3)]
    whole = due_first(Ticket.objects.all(), is_descending, 0, 10)
    assert whole[3:] == (others[::-1] if is_descending else others)
    for size in (1, 2, 4):
        pages = [due_first(Ticket.objects.all(), is_descending, start, start + size) for start in range(0, 8, size)]
        assert [key for page in pages for key in page] == whole


def test_a_kept_service_level_is_named_as_such(as_anna: Client, make_ticket: MakeTicket) -> None:
    printers = Category.objects.create(name="Printers")
    level("Printers", category=printers)
    ticket = make_ticket(category=printers)
    ticket.set_category(None, by=None)
    assert ticket.service_level_kept
    assert "it keeps the one it had" in as_anna.get(f"/tickets/{ticket.pk}/").content.decode()


def test_the_list_sorts_filters_and_has_a_view_of_what_is_due(as_anna: Client, make_ticket: MakeTicket) -> None:
    assert 'view=due"' not in as_anna.get("/tickets/").content.decode()
    never = make_ticket("Never")
    level(round_the_clock=True)
    with on("2026-11-27 09:00"):
        later = make_ticket("Later")
    with on("2026-11-27 05:00"):
        overdue = make_ticket("Overdue")
    with on("2026-11-26 23:30"):
        make_ticket("Tomorrow morning").set_status("solved", by=None)
    with on("2026-11-27 10:00"):
        assert numbers(as_anna, "?sort=due_at") == [overdue.pk, later.pk, never.pk]
        assert numbers(as_anna, "?sort=-due_at") == [later.pk, overdue.pk, never.pk]
        assert numbers(as_anna, "?view=due") == [overdue.pk, later.pk]
        assert numbers(as_anna, "?due=overdue") == [overdue.pk]
        assert numbers(as_anna, "?due=never") == [never.pk]
        page = as_anna.get("/tickets/?view=due").content.decode()
        assert "Overdue" in page
        assert 'view=due"' in page


@pytest.mark.parametrize(
    ("field", "how", "hours", "found"),
    [
        ("hours_due", "at_most", 1, ["due", "overdue"]),
        ("hours_due", "at_least", 1, ["later"]),
        ("hours_overdue", "at_least", 1, ["overdue"]),
        ("hours_overdue", "at_most", 1, []),
    ],
)
def test_rules_over_time_ask_when_it_is_due(
    make_ticket: MakeTicket, field: str, how: str, hours: int, found: list[str]
) -> None:
    level(round_the_clock=True)
    for name, moment in (("overdue", "08:00"), ("due", "10:30"), ("later", "11:30")):
        with on(f"2026-11-27 {moment}"):
            make_ticket(name)
    Rule.objects.create(
        name="Soon",
        trigger="time",
        conditions=[{"field": field, "how": how, "value": hours}],
        actions=[{"do": "tags", "value": ["soon"]}],
    )
    with on("2026-11-27 12:00"):
        follow_rules()
    assert sorted(Ticket.objects.filter(tags__name="soon").values_list("subject", flat=True)) == found


def test_the_report_counts_what_was_met_in_one_statement(
    as_ada: Client, anna: User, make_ticket: MakeTicket, queue: Queue, django_assert_max_num_queries: Any
) -> None:
    level("Gold", round_the_clock=True)
    made = [make_ticket(str(number)) for number in range(4)]
    for ticket in made[:3]:
        reply(ticket, by=anna, html="<p>Hello.</p>")
    Ticket.objects.filter(pk=made[0].pk).update(response_due_at=timezone.now() - timezone.timedelta(hours=1))
    page = " ".join(as_ada.get("/settings/service-levels/report/").content.decode().split())
    assert "67 %" in page


def test_when_two_priorities_change_places_their_times_do_too(as_ada: Client) -> None:
    save(as_ada, time_2_response="4 h", time_3_response="1 h")
    as_ada.post("/settings/priorities/2/raise/")
    rows = ServiceTime.objects.order_by("priority").values_list("priority", "response")
    assert list(rows) == [(2, 60), (3, 240)]
