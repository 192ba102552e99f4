"""Is it due when so much has been worked, whatever stood in between?"""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.clock.due_times import Pause, bounded, due_at, worked
from tickets.clock.working_hours import WorkingHours, always_open, week_of
from tickets.tests.clock.test_working_hours import HOUR, OFFICE, at

LUNCH = week_of([[(8 * 60, 12 * 60), (13 * 60, 17 * 60)]] * 5 + [[], []])
HOURS = [WorkingHours(OFFICE, "Europe/Rome"), WorkingHours(LUNCH, "America/New_York"), always_open("Europe/Rome")]
#: About both changes of the clock of 2026, which are on different days in Rome and in New York.
moments = st.sampled_from(["2026-03-05 00:00", "2026-10-20 00:00"]).flatmap(
    lambda start: st.integers(0, 21 * 24 * 12).map(lambda steps: at(start) + steps * dt.timedelta(minutes=5))
)
amounts = st.integers(1, 60 * 30).map(lambda minutes: dt.timedelta(minutes=minutes))
pauses = st.lists(st.tuples(moments, amounts).map(lambda pause: (pause[0], pause[0] + pause[1])), max_size=3)
hours = st.sampled_from(HOURS)


def test_reaction_in_two_hours_on_friday_afternoon_is_due_on_monday_morning() -> None:  # T04, SC42
    assert due_at(at("2026-11-27 15:30"), 2 * HOUR, HOURS[0]) == at("2026-11-30 09:30")


def test_over_both_changes_of_the_clock_it_is_local_working_time_that_counts() -> None:
    assert due_at(at("2026-03-27 15:30"), 2 * HOUR, HOURS[0]) == at("2026-03-30 09:30")
    assert due_at(at("2026-10-23 15:30"), 2 * HOUR, HOURS[0]) == at("2026-10-26 09:30")
    assert due_at(at("2026-10-24 23:00"), 5 * HOUR, always_open("Europe/Rome")) == at("2026-10-25 03:00")


def test_a_lunch_break_does_not_count() -> None:
    lunch = WorkingHours(LUNCH, "Europe/Rome")
    assert due_at(at("2026-11-27 11:30"), HOUR, lunch) == at("2026-11-27 13:30")


def test_while_the_clock_stands_nothing_is_due_but_what_was_overdue_before() -> None:
    start, office = at("2026-11-27 08:00"), HOURS[0]
    assert due_at(start, 2 * HOUR, office, [(at("2026-11-27 09:00"), None)]) is None
    assert due_at(start, 2 * HOUR, office, [(at("2026-11-27 11:00"), None)]) == at("2026-11-27 10:00")


@settings(max_examples=50, deadline=None)
@given(moments, amounts, hours, pauses)
def test_when_it_is_due_exactly_so_much_has_been_worked(
    start: dt.datetime, allowed: dt.timedelta, open_hours: WorkingHours, stood: list[Pause]
) -> None:
    due = due_at(start, allowed, open_hours, stood)
    assert due is not None
    assert worked(start, due, open_hours, stood) == allowed


@settings(max_examples=50, deadline=None)
@given(moments, amounts, hours, pauses, st.tuples(moments, amounts))
def test_a_pause_moves_it_by_exactly_the_working_time_that_it_takes_away(
    start: dt.datetime,
    allowed: dt.timedelta,
    open_hours: WorkingHours,
    stood: list[Pause],
    new: tuple[dt.datetime, dt.timedelta],
) -> None:
    before = due_at(start, allowed, open_hours, stood)
    pause = (new[0], new[0] + new[1])
    after = due_at(start, allowed, open_hours, [*stood, pause])
    assert before is not None
    assert after is not None
    assert after >= before
    lost = worked(start, after, open_hours, stood) - worked(start, after, open_hours, [*stood, pause])
    assert worked(before, after, open_hours, stood) == lost


@settings(max_examples=50, deadline=None)
@given(moments, amounts, hours, pauses.filter(bool))
def test_a_pause_that_is_told_twice_counts_once(
    start: dt.datetime, allowed: dt.timedelta, open_hours: WorkingHours, stood: list[Pause]
) -> None:
    assert due_at(start, allowed, open_hours, stood + stood[::-1]) == due_at(start, allowed, open_hours, stood)


def test_pauses_that_are_bounded_keep_every_moment_for_which_the_clock_stood() -> None:
    marks = [at("2026-11-26 08:00") + hour * HOUR for hour in (0, 1, 2, 3, 9, 10, 11.5, 12)]
    stood = list(zip(marks[::2], marks[1::2], strict=True))
    assert bounded([*stood, stood[0]], 4) == stood
    assert bounded(stood, 3) == [(marks[0], marks[3]), *stood[2:]]
    assert bounded(stood, 2) == [(marks[0], marks[3]), (marks[4], marks[7])]
    assert bounded([(marks[0], marks[2]), (marks[1], marks[3])], 4) == [(marks[0], marks[3])]
