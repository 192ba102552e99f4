"""When something is due: working time from the start on, without the time for which the clock stood. Pure.

A pause is a pair of aware datetimes, its end None while it goes on. Pauses come in any order, may overlap and be there
twice: each moment counts once. Answers are in UTC.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tickets.clock.working_hours import NO_TIME, WorkingHours

Pause = tuple[datetime, datetime | None]


def due_at(start: datetime, allowed: timedelta, hours: WorkingHours, pauses: Iterable[Pause] = ()) -> datetime | None:
    """When `allowed` has been worked since `start`; None if a pause that goes on, or hours without end, are before it.

    What is due before a pause begins stays so: a pause forgives nothing.

    >>> from datetime import UTC
    >>> from tickets.clock.working_hours import WorkingHours, week_of
    >>> office = WorkingHours(week_of([[(8 * 60, 16 * 60)]] * 5 + [[], []]))
    >>> due_at(datetime(2026, 11, 27, 15, 30, tzinfo=UTC), timedelta(hours=2), office)
    datetime.datetime(2026, 11, 30, 9, 30, tzinfo=datetime.timezone.utc)
    """
    for begins, ends in sorted(pauses, key=lambda pause: pause[0]):
        if begins > start:
            passed = hours.between(start, begins)
            if passed >= allowed:
                break
            allowed -= passed
        if ends is None:
            return None
        start = max(start, ends)
    return hours.add(start, allowed)


def bounded(pauses: Iterable[tuple[datetime, datetime]], most: int) -> list[tuple[datetime, datetime]]:
    """At most so many pauses, in order: those that touch are one, and then those with the least time between them.

    The time between two that become one counts as paused.
    """
    found: list[tuple[datetime, datetime]] = []
    for begins, ends in sorted(pauses):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    while len(found) > most:
        at = min(range(1, len(found)), key=lambda place: found[place][0] - found[place - 1][1])
        found[at - 1 : at + 1] = [(found[at - 1][0], found[at][1])]
    return found


def worked(start: datetime, end: datetime, hours: WorkingHours, pauses: Iterable[Pause] = ()) -> timedelta:
    """The working time from `start` to `end` for which the clock did not stand."""
    passed = NO_TIME
    for begins, ends in sorted(pauses, key=lambda pause: pause[0]):
        if begins > start:
            passed += hours.between(start, min(begins, end))
        if ends is None or ends >= end:
            return passed
        start = max(start, ends)
        if begins >= end:
            return passed
    return passed + max(NO_TIME, hours.between(start, end))
