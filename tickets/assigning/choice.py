"""Who gets which ticket? Arithmetic upon values: no database, and no clock."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Taker:
    """An agent who may be given tickets: how many are open, and when the last one came."""

    agent: int
    open: int = 0
    last_at: datetime | None = None
    given: int = 0  # in this round


def chosen(
    tickets: Sequence[int],
    takers: Sequence[Taker],
    sees: Callable[[int, int], bool],
    *,
    least_open: bool,
    most_open: int | None,
    most_given: int | None,
) -> list[tuple[int, int]]:
    """Pairs of a ticket and the agent who gets it, in the order of `tickets`, which is who waits longest first.

    In turn: whose last ticket is the longest ago; with `least_open`: who has fewest. `sees`(agent, ticket) says who may
    have one. `most_open` and `most_given` are the limits of an agent, for all and for this round; None for no limit.
    A ticket that nobody may have, or has room for, is left out and holds up no other.
    """
    turns = {taker.agent: turn for turn, taker in enumerate(sorted(takers, key=_last))}
    pairs = []
    for ticket in tickets:
        free = [each for each in takers if _has_room(each, most_open, most_given) and sees(each.agent, ticket)]
        if not free:
            continue
        taker = min(free, key=lambda each: (each.open if least_open else 0, turns[each.agent]))
        pairs.append((ticket, taker.agent))
        taker.open, taker.given = taker.open + 1, taker.given + 1
        turns[taker.agent] = max(turns.values()) + 1
    return pairs


def in_place_of(away: Iterable[int], stand_ins: dict[int, int]) -> dict[int, int]:
    """Who takes over for each of those who are `away`: the first of the line who is here. Nobody in a circle."""
    gone, found = set(away), {}
    for agent in gone:
        line, here = {agent}, stand_ins.get(agent)
        while here in gone and here not in line:
            line.add(here)
            here = stand_ins.get(here)
        if here is not None and here not in gone:
            found[agent] = here
    return found


def _has_room(taker: Taker, most_open: int | None, most_given: int | None) -> bool:
    return (most_open is None or taker.open < most_open) and (most_given is None or taker.given < most_given)


def _last(taker: Taker) -> tuple[datetime, int]:
    return taker.last_at or _NEVER, taker.agent
