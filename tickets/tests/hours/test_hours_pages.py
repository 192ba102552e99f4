"""Can administrators set the hours of a queue and its days off, so that it reads as they meant it?"""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from tickets.hours import national
from tickets.hours.calendars import described, hours_of
from tickets.hours.forms import read_shifts
from tickets.models import HolidayCalendar, Queue
from tickets.tests.settings.test_settings_pages import typed

pytestmark = pytest.mark.django_db


def week(*days: str) -> dict[str, Any]:
    return {f"opening_hours_{n}": day for n, day in enumerate([*days, *[""] * (7 - len(days))])}


def test_hours_are_saved_as_they_were_meant(as_ada: Client, queue: Queue) -> None:
    as_ada.post(reverse("settings:queue_add"), typed() | week("8-12, 13:00 – 17:00", "8.30-16", "", "", "22-6"))
    sales = Queue.objects.get(name="Sales")
    assert sales.opening_hours[0] == [["08:00", "12:00"], ["13:00", "17:00"]]
    assert described(sales) == "Mon 08:00–12:00 13:00–17:00, Tue 08:30–16:00, Fri 22:00–06:00"
    page = as_ada.get(reverse("settings:queue", args=[sales.pk])).content.decode()
    assert 'value="08:00–12:00, 13:00–17:00"' in page


def test_what_is_no_time_is_named_and_kept(as_ada: Client, queue: Queue) -> None:
    # T23
    page = as_ada.post(reverse("settings:queue_add"), typed() | week("8-16", "when we like")).content.decode()
    assert "Tuesday: “when we like” is not a time; write it as in 08:00–16:00." in page
    assert 'value="when we like"' in page
    assert 'value="8-16"' in page
    assert not Queue.objects.filter(name="Sales").exists()


def test_a_queue_without_hours_is_always_open(queue: Queue) -> None:
    assert hours_of(queue) is None


@pytest.mark.parametrize("text", ["8", "25-26", "8-8", "8:61-9", "8-16 and so on", "24-6"])
def test_no_time_is_guessed(text: str) -> None:
    with pytest.raises(ValueError):
        read_shifts(text)


def test_a_calendar_has_the_days_of_its_region_and_its_own(as_ada: Client, queue: Queue) -> None:
    new = reverse("settings:holiday_calendar_add")
    as_ada.post(new, {"name": "Bavaria", "country": "DE", "own_days": "12-24 Christmas Eve\n2027-02-09  Carnival"})
    calendar = HolidayCalendar.objects.get()
    page = reverse("settings:holiday_calendar", args=[calendar.pk])
    as_ada.post(page, {"name": "Bavaria", "country": "DE", "region": "BY", "own_days": calendar.own_days})
    calendar.refresh_from_db()
    year = timezone.localdate().year
    assert {dt.date(year, 1, 6), dt.date(year, 12, 24), dt.date(2027, 2, 9)} <= calendar.days_off
    taken = [day["date"] for day in calendar.days if day["date"] != f"{year}-01-06"]
    form = {"name": "Bavaria", "country": "DE", "region": "BY", "own_days": calendar.own_days, "taken": taken}
    as_ada.post(page, form)
    as_ada.post(reverse("settings:holiday_calendar_renew", args=[calendar.pk]))
    calendar.refresh_from_db()
    assert dt.date(year, 1, 6) not in calendar.days_off
    queue.holidays, queue.opening_hours = calendar, [[["08:00", "16:00"]]] * 7
    assert not hours_of(queue).is_open(dt.datetime(year, 12, 24, 12, tzinfo=dt.UTC))


def test_holidays_have_their_names_in_the_language_of_the_page(as_ada: Client, queue: Queue) -> None:
    calendar = HolidayCalendar(name="Germany", country="DE")
    national.renew(calendar)
    calendar.save()
    page = reverse("settings:holiday_calendar", args=[calendar.pk])
    assert "Christmas Day" in as_ada.get(page).content.decode()
    assert "Erster Weihnachtstag" in as_ada.get(page, headers={"Accept-Language": "de"}).content.decode()
    with translation.override("de"):
        queue.opening_hours = [[["08:00", "16:00"]]] * 5 + [[], []]
        assert described(queue) == "Mo–Fr 08:00–16:00"


def test_a_line_without_a_date_is_named(as_ada: Client) -> None:
    # T23
    page = as_ada.post(reverse("settings:holiday_calendar_add"), {"name": "Ours", "own_days": "2027-02-30 Never"})
    assert "These lines do not start with a date: 2027-02-30 Never." in page.content.decode()


def test_a_calendar_that_is_deleted_leaves_its_queues(as_ada: Client, queue: Queue) -> None:
    queue.holidays = HolidayCalendar.objects.create(name="Ours")
    queue.save()
    as_ada.post(reverse("settings:holiday_calendar_delete", args=[queue.holidays_id]))
    queue.refresh_from_db()
    assert queue.holidays is None


def test_days_are_read_as_they_are_written_with_points(as_ada: Client) -> None:
    as_ada.post(reverse("settings:holiday_calendar_add"), {"name": "Ours", "own_days": "6.1. Epiphany\n24.12.2026 Eve"})
    assert HolidayCalendar.objects.get().own_days == "01-06 Epiphany\n2026-12-24 Eve"
    page = as_ada.post(reverse("settings:holiday_calendar_add"), {"name": "Never", "own_days": "31.2.2026 Never"})
    assert "These lines do not start with a date" in page.content.decode()
