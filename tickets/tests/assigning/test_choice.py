"""Who gets which ticket: laws of the arithmetic."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.assigning.choice import Taker, chosen, in_place_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TAKERS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 60)), max_size=5)


def takers(facts: list[tuple[int, int]]) -> list[Taker]:
    return [Taker(n, count, NOON - timedelta(minutes=ago)) for n, (count, ago) in enumerate(facts)]


def everybody(agent: int, ticket: int) -> bool:
    return True


def test_in_turn_begins_with_whose_last_one_is_the_longest_ago() -> None:
    pairs = chosen(
        range(4), takers([(9, 1), (0, 30), (5, 10)]), everybody, least_open=False, most_open=None, most_given=None
    )
    assert pairs == [(0, 1), (1, 2), (2, 0), (3, 1)]


def test_least_open_evens_out() -> None:
    pairs = chosen(
        range(4), takers([(2, 1), (0, 30), (1, 10)]), everybody, least_open=True, most_open=None, most_given=None
    )
    assert [agent for _ticket, agent in pairs] == [1, 2, 1, 0]


def test_a_ticket_that_nobody_may_have_holds_up_no_other() -> None:
    pairs = chosen(
        range(3), takers([(0, 0)]), lambda _a, ticket: ticket != 0, least_open=False, most_open=2, most_given=None
    )
    assert pairs == [(1, 0), (2, 0)]


@settings(max_examples=50)
@given(TAKERS, st.integers(0, 20), st.booleans(), st.integers(1, 8), st.integers(1, 4))
def test_no_limit_is_passed_and_no_ticket_given_twice(
    facts: list[tuple[int, int]], tickets: int, least_open: bool, most_open: int, most_given: int
) -> None:
    before = takers(facts)
    pairs = chosen(
        range(tickets), takers(facts), everybody, least_open=least_open, most_open=most_open, most_given=most_given
    )
    assert [ticket for ticket, _agent in pairs] == list(range(len(pairs)))  # the longest waiting first, none skipped
    for taker in before:
        mine = sum(agent == taker.agent for _ticket, agent in pairs)
        assert mine <= most_given
        assert taker.open + mine <= max(most_open, taker.open)
    room = sum(max(0, min(most_given, most_open - taker.open)) for taker in before)
    assert len(pairs) == min(tickets, room)


def test_whoever_stands_in_for_somebody_away_is_here_and_a_circle_ends() -> None:
    assert in_place_of([1, 2], {1: 2, 2: 3}) == {1: 3, 2: 3}
    assert in_place_of([1, 2], {1: 2, 2: 1}) == {}
    assert in_place_of([1], {}) == {}
