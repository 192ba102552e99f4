"""The working hours of a queue, as its row and its calendar of days off give them; no query if both are read."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.dates import WEEKDAYS_ABBR

from tickets.clock.working_hours import WorkingHours, hours_of_week
from tickets.models import Queue


def hours_of(queue: Queue) -> WorkingHours | None:
    """The hours of `queue`; None if it has none, so that it is always open (T04)."""
    if not queue.opening_hours:
        return None
    days_off = queue.holidays.days_off if queue.holidays_id and queue.holidays else frozenset()
    return hours_of_week(queue.opening_hours, queue.time_zone, days_off)


def is_open(queue: Queue, at: datetime) -> bool:
    """Whether `at` is within the hours of `queue`, of which one without hours has all."""
    hours = hours_of(queue)
    return hours is None or hours.is_open(at)


def described(queue: Queue) -> str:
    """The hours in words of the language that is active: “Mon–Fri 08:00–16:00, Sat 09:00–12:00”; "" without hours."""
    groups: list[tuple[int, int, Sequence[Sequence[str]]]] = []
    for weekday, shifts in enumerate(queue.opening_hours):
        if groups and groups[-1][1] == weekday - 1 and groups[-1][2] == shifts:
            groups[-1] = (groups[-1][0], weekday, shifts)
        elif shifts:
            groups.append((weekday, weekday, shifts))
    return ", ".join(
        f"{_weekdays(first, last)} " + " ".join(f"{begins}–{ends}" for begins, ends in shifts)
        for first, last, shifts in groups
        if shifts
    )


def _weekdays(first: int, last: int) -> str:
    return str(WEEKDAYS_ABBR[first]) if first == last else f"{WEEKDAYS_ABBR[first]}–{WEEKDAYS_ABBR[last]}"
