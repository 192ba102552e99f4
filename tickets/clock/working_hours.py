"""Arithmetic of working hours: when it is open, and how much working time lies between two moments.

Pure: it knows no database, and time is an argument. Hours are those that a clock on the wall of `zone` shows. Where
that clock jumps, what it leaves out does not exist, and what it shows twice is open from the first time that a span
begins until the first time that it ends; so working time is always time that has passed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTES_OF_A_DAY = 24 * 60
NO_TIME = timedelta()
#: A clock that goes back over midnight shows a day again that has ended: the day after has begun then already.
ONE_DAY = timedelta(days=1)
#: How far ahead an opening is looked for: a queue may be closed for a season, but not for ever.
FARTHEST_DAYS = 4 * 366

#: From, to: minutes after midnight, 0 ≤ from < to ≤ 1440.
Span = tuple[int, int]
#: Spans of Monday to Sunday, each day's in order and apart from each other.
Week = tuple[tuple[Span, ...], ...]


@dataclass(frozen=True)
class WorkingHours:
    """The hours of a week in a time zone; `days_off` are closed from midnight to midnight.

    Moments are aware datetimes, answers are in UTC.
    """

    week: Week
    zone: str = "UTC"
    days_off: frozenset[date] = frozenset()
    _days: dict[date, list[tuple[datetime, datetime]]] = field(default_factory=dict, compare=False, repr=False)

    def is_open(self, at: datetime) -> bool:
        """Whether `at` is within the hours. The moment of opening is, that of closing is not."""
        day = self._local_day(at)
        return any(begins <= at < ends for each in (day, day + ONE_DAY) for begins, ends in self._open_on(each))

    def next_opening(self, at: datetime) -> datetime | None:
        """`at` itself if it is open then, else when it opens; None if it does not for years."""
        at = at.astimezone(UTC)
        return next((max(at, begins) for begins, _ends in self._from(at)), None)

    def add(self, start: datetime, working: timedelta) -> datetime | None:
        """The first moment, from `start` on, before which `working` has passed within the hours; None as above.

        That is never a moment when it is closed, but that of closing.
        """
        start = start.astimezone(UTC)
        if working <= NO_TIME:
            return start
        for begins, ends in self._from(start):
            begins = max(begins, start)
            if ends - begins >= working:
                return begins + working
            working -= ends - begins
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; less than none if `end` is earlier."""
        start, end = (
            start.astimezone(UTC),
            end.astimezone(UTC),
        )  # within one zone Python counts by the clock on the wall
        if end < start:
            return -self.between(end, start)
        passed = NO_TIME
        day, last = self._local_day(start), self._local_day(end) + ONE_DAY
        while day <= last:
            for begins, ends in self._open_on(day):
                passed += max(NO_TIME, min(ends, end) - max(begins, start))
            day += ONE_DAY
        return passed

    def _from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans that end after `at`, in order."""
        day = self._local_day(at)
        for ahead in range(FARTHEST_DAYS):
            for begins, ends in self._open_on(day + ahead * ONE_DAY):
                if ends > at:
                    yield begins, ends

    def _open_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """The open spans of a local day as moments in UTC, in order; those that the clock leaves out are not there."""
        if (known := self._days.get(day)) is None:
            zone, spans = ZoneInfo(self.zone), () if day in self.days_off else self.week[day.weekday()]
            moments = [(_moment(day, begins, zone), _moment(day, ends, zone)) for begins, ends in spans]
            known = self._days[day] = [(begins, ends) for begins, ends in moments if begins < ends]
        return known

    def _local_day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()


ROUND_THE_CLOCK: Week = (((0, MINUTES_OF_A_DAY),),) * 7
NEVER: Week = ((),) * 7
#: Shifts that begin on Monday, Tuesday, …; one that ends no later than it begins goes on over midnight.
Shifts = tuple[tuple[Span, ...], ...]


def hours_of_week(stored: Sequence[Sequence[Sequence[str]]], zone: str, days_off: frozenset[date]) -> WorkingHours:
    """The hours of shifts as `Queue.opening_hours` has them ("08:00", "16:00"). The same arguments give the same."""
    return _hours(shifts_of(stored), zone, days_off)


def shifts_of(stored: Sequence[Sequence[Sequence[str]]]) -> Shifts:
    """The shifts that begin on Monday, Tuesday, …, as `Queue.opening_hours` has them, in minutes."""
    return tuple(tuple((_minutes(begins), _minutes(ends)) for begins, ends in day) for day in stored)


@lru_cache(maxsize=256)
def _hours(shifts: Shifts, zone: str, days_off: frozenset[date]) -> WorkingHours:
    always = all(day == ((0, MINUTES_OF_A_DAY),) for day in shifts)
    return WorkingHours(ROUND_THE_CLOCK if always else week_of(shifts), zone, days_off)


@lru_cache(maxsize=64)
def always_open(zone: str) -> WorkingHours:
    """The hours of what never closes."""
    return WorkingHours(ROUND_THE_CLOCK, zone)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def week_of(shifts: Iterable[Iterable[Span]]) -> Week:
    """The week of the shifts that begin on Monday, Tuesday, … Sunday.

    A shift that ends no later than it begins goes on over midnight, into the next day. What overlaps becomes one span.

    >>> week_of([[(22 * 60, 6 * 60)], [], [], [], [], [], []])[:2]
    (((1320, 1440),), ((0, 360),))
    """
    days: list[list[Span]] = [[] for _ in range(7)]
    for weekday, of_the_day in enumerate(shifts):
        for begins, ends in of_the_day:
            if begins < ends:
                days[weekday].append((begins, ends))
            else:
                days[weekday].append((begins, MINUTES_OF_A_DAY))
                days[(weekday + 1) % 7].append((0, ends))
    return tuple(tuple(_merged(day)) for day in days)


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for begins, ends in sorted(span for span in spans if span[0] < span[1]):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        else:
            merged.append((begins, ends))
    return merged


def _moment(day: date, minutes: int, zone: tzinfo) -> datetime:
    """When the clock of `zone` first shows so many minutes after the midnight that begins `day`, in UTC.

    A time that the clock leaves out is the moment at which it jumps.
    """
    ahead, minutes = divmod(minutes, MINUTES_OF_A_DAY)
    wall = datetime.combine(day + ahead * ONE_DAY, time(minutes // 60, minutes % 60))
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    return _jump(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment, zone)


@lru_cache(maxsize=512)
def _jump(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The second between two moments at which the clock of `zone` jumps ahead."""
    old = before.astimezone(zone).utcoffset()
    seconds = range(int((after - before).total_seconds()) + 1)
    changed = bisect_right(
        seconds, 0, key=lambda each: (before + timedelta(seconds=each)).astimezone(zone).utcoffset() != old
    )
    return before + timedelta(seconds=changed)
