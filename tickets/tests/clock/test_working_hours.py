"""Is working time counted right, in every zone, over every jump of the clock?"""

import datetime as dt
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from workclock import Holidays, Schedule, WorkDay

from tickets.clock.working_hours import NEVER, ROUND_THE_CLOCK, WorkingHours, week_of

ROME = ZoneInfo("Europe/Rome")
OFFICE = week_of([[(8 * 60, 16 * 60)]] * 5 + [[], []])
HOUR = dt.timedelta(hours=1)

#: Those that jump by half an hour, at midnight, by a whole day, and those that have changed their mind.
STRANGE = ["Australia/Lord_Howe", "America/Santiago", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu", "UTC"]
zones = st.sampled_from(STRANGE) | st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
spans = st.tuples(st.integers(0, 1439), st.integers(0, 1440))
weeks = st.lists(st.lists(spans, max_size=3), min_size=7, max_size=7).map(week_of)
moments = st.integers(0, 32 * 366 * 86_400).map(
    lambda seconds: dt.datetime(2005, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
)
days_off = st.frozensets(st.dates(dt.date(2005, 1, 1), dt.date(2037, 1, 1)), max_size=5)
amounts = st.timedeltas(dt.timedelta(), dt.timedelta(hours=200))


@st.composite
def hours(draw: st.DrawFn) -> WorkingHours:
    week = draw(weeks)
    assume(sum(ends - begins for day in week for begins, ends in day) >= 60)
    return WorkingHours(week, draw(zones), draw(days_off))


def at(text: str, zone: dt.tzinfo = ROME) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


def test_two_hours_on_friday_afternoon_end_on_monday_morning() -> None:
    office = WorkingHours(OFFICE, "Europe/Rome")
    assert office.add(at("2026-03-06 15:30"), 2 * HOUR) == at("2026-03-09 09:30")


def test_a_clock_change_in_between_moves_no_opening() -> None:
    office = WorkingHours(OFFICE, "Europe/Rome")
    assert office.add(at("2026-03-27 15:30"), 2 * HOUR) == at("2026-03-30 09:30")  # to summer time
    assert office.add(at("2026-10-23 15:30"), 2 * HOUR) == at("2026-10-26 09:30")  # and back


def test_a_night_over_a_clock_change_is_as_long_as_it_lasts() -> None:
    nights = WorkingHours(week_of([[(22 * 60, 6 * 60)]] * 7), "Europe/Rome")
    assert nights.between(at("2026-03-28 22:00"), at("2026-03-29 06:00")) == 7 * HOUR
    assert nights.between(at("2026-10-24 22:00"), at("2026-10-25 06:00")) == 9 * HOUR
    always = WorkingHours(ROUND_THE_CLOCK, "Europe/Rome")
    assert always.between(at("2026-10-25 01:00"), at("2026-10-25 04:00")) == 4 * HOUR


def test_what_the_clock_leaves_out_is_never_open() -> None:
    early = WorkingHours(week_of([[(2 * 60 + 15, 2 * 60 + 45)]] * 7), "Europe/Rome")
    day = at("2026-03-29 00:00")
    assert early.between(day, day + dt.timedelta(hours=23)) == dt.timedelta()
    until_noon = WorkingHours(week_of([[(2 * 60 + 30, 12 * 60)]] * 7), "Europe/Rome")
    assert until_noon.next_opening(day) == at("2026-03-29 03:00")


def test_a_lunch_break_does_not_count() -> None:
    split = WorkingHours(week_of([[(8 * 60, 12 * 60), (13 * 60, 17 * 60)]] * 5 + [[], []]), "Europe/Rome")
    assert split.add(at("2026-03-02 11:00"), 2 * HOUR) == at("2026-03-02 14:00")
    assert split.between(at("2026-03-02 11:00"), at("2026-03-02 14:00")) == 2 * HOUR
    assert not split.is_open(at("2026-03-02 12:00"))
    assert split.is_open(at("2026-03-02 13:00"))


def test_a_day_off_is_closed_from_midnight_to_midnight() -> None:
    office = WorkingHours(OFFICE, "Europe/Rome", frozenset({dt.date(2026, 1, 6)}))
    assert office.add(at("2026-01-05 15:00"), 2 * HOUR) == at("2026-01-07 09:00")
    assert office.next_opening(at("2026-01-05 16:00")) == at("2026-01-07 08:00")
    nights = WorkingHours(week_of([[(22 * 60, 6 * 60)]] * 7), "Europe/Rome", frozenset({dt.date(2026, 1, 6)}))
    assert not nights.is_open(at("2026-01-06 23:00"))
    assert nights.is_open(at("2026-01-05 23:00"))


def test_what_never_opens_is_said_so() -> None:
    closed = WorkingHours(NEVER, "Europe/Rome")
    assert closed.next_opening(at("2026-01-05 15:00")) is None
    assert closed.add(at("2026-01-05 15:00"), HOUR) is None


def test_round_the_clock_is_the_time_that_passes() -> None:
    always = WorkingHours(ROUND_THE_CLOCK, "Europe/Rome")
    start = at("2026-03-28 15:00")
    assert always.add(start, 48 * HOUR) == (start.astimezone(dt.UTC) + 48 * HOUR)


@settings(max_examples=50)
@given(hours(), moments, amounts, amounts)
def test_adding_is_additive_and_monotonic(hours: WorkingHours, start: dt.datetime, x: dt.timedelta, y: dt.timedelta):
    once = hours.add(start, x)
    assert once >= start
    assert hours.add(once, y) == hours.add(start, x + y)
    assert hours.between(start, once) == x
    assert (hours.add(start, x) <= hours.add(start, y)) == (x <= y) or x == y


days = st.timedeltas(dt.timedelta(), dt.timedelta(days=40))


@settings(max_examples=50)
@given(hours(), moments, days, days)
@example(WorkingHours(ROUND_THE_CLOCK, "Europe/Rome"), at("2026-10-25 00:00").astimezone(dt.UTC), 2 * HOUR, 3 * HOUR)
def test_what_lies_between_adds_up(
    hours: WorkingHours, a: dt.datetime, later: dt.timedelta, later_still: dt.timedelta
) -> None:
    b = a + later
    c = b + later_still
    assert hours.between(a, b) + hours.between(b, c) == hours.between(a, c)
    assert dt.timedelta() <= hours.between(a, b) <= b - a
    assert hours.between(b, a) == -hours.between(a, b)


@settings(max_examples=50)
@given(hours(), moments, amounts)
def test_nothing_is_due_while_it_is_closed(hours: WorkingHours, start: dt.datetime, amount: dt.timedelta) -> None:
    assume(amount)
    due = hours.add(start, amount)
    just_before = due - dt.timedelta(microseconds=1)
    assert hours.is_open(just_before)
    opening = hours.next_opening(start)
    assert hours.is_open(opening)
    assert hours.between(start, opening) == dt.timedelta()
    local = opening.astimezone(ZoneInfo(hours.zone))
    assert local.date() not in hours.days_off


#: Whole hours of the day, at which no clock jumps: what lies in a jump, libraries understand as they like.
of_the_day = st.lists(st.tuples(st.integers(6, 13), st.integers(14, 22)), max_size=2)


@settings(max_examples=50)
@given(
    st.lists(of_the_day, min_size=7, max_size=7).filter(any),
    zones,
    days_off,
    moments.map(lambda moment: moment.replace(year=moment.year + 10, day=min(moment.day, 28))),
    st.timedeltas(dt.timedelta(), dt.timedelta(days=60)),
    amounts.filter(bool),
)
def test_another_library_counts_the_same(
    week: list[list[tuple[int, int]]],
    zone: str,
    days_off: frozenset[dt.date],
    start: dt.datetime,
    later: dt.timedelta,
    amount: dt.timedelta,
) -> None:
    ours = WorkingHours(week_of([[(a * 60, b * 60) for a, b in day] for day in week]), zone, days_off)
    rules = [WorkDay(dt.time(a), dt.time(b), [n]) for n, day in enumerate(week) for a, b in day]
    theirs = Schedule([*rules, Holidays(days_off)], time_zone=zone)
    assert ours.between(start, start + later) == theirs.between(start, start + later)
    assert ours.add(start, amount) == theirs.add(start, amount)
