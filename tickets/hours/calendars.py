"""The working hours of a queue, as its row and its calendar of days off give them; no query if both are read."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from django.utils.dates import WEEKDAYS_ABBR

from tickets.hours.arithmetic import MINUTES_OF_A_DAY, ROUND_THE_CLOCK, Span, Week, WorkingHours, week_of
from tickets.models import Queue

Shifts = tuple[tuple[Span, ...], ...]


def hours_of(queue: Queue) -> WorkingHours | None:
    """The hours of `queue`; None if it has none, so that it is always open (T04)."""
    if not queue.opening_hours:
        return None
    days_off = queue.holidays.days_off if queue.holidays_id and queue.holidays else frozenset()
    return _hours(shifts_of(queue.opening_hours), queue.time_zone, days_off)


def counted_hours(queue: Queue) -> WorkingHours:
    """As `hours_of`, but round the clock for a queue that has none: for counting."""
    return hours_of(queue) or _always(queue.time_zone)


def is_open(queue: Queue, at: datetime) -> bool:
    """Whether `at` is within the hours of `queue`, of which one without hours has all."""
    hours = hours_of(queue)
    return hours is None or hours.is_open(at)


def shifts_of(stored: Sequence[Sequence[Sequence[str]]]) -> Shifts:
    """The shifts that begin on Monday, Tuesday, …, as `Queue.opening_hours` has them ("08:00", "16:00"), in minutes."""
    return tuple(tuple((_minutes(begins), _minutes(ends)) for begins, ends in day) for day in stored)


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


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


@lru_cache(maxsize=256)
def _hours(shifts: Shifts, zone: str, days_off: frozenset[date]) -> WorkingHours:
    return WorkingHours(_week(shifts), zone, days_off)


@lru_cache(maxsize=64)
def _always(zone: str) -> WorkingHours:
    return WorkingHours(ROUND_THE_CLOCK, zone)


def _week(shifts: Shifts) -> Week:
    return ROUND_THE_CLOCK if all(day == ((0, MINUTES_OF_A_DAY),) for day in shifts) else week_of(shifts)
