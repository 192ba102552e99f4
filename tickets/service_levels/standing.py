"""How a ticket stands against its service level: what is due when, what was met, what is paused. No query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils import timezone
from django.utils.functional import Promise

from tickets.models import Ticket
from tickets.models.due_times import COLUMNS, WARNED
from tickets.models.service_level import policies
from tickets.service_levels.durations import minutes_of_a_day, written_duration

State = Literal["met", "late", "overdue", "soon", "due", "paused"]


@dataclass(frozen=True, slots=True)
class Line:
    """One target. `at`: when it is or was due; `met_at`: when it was met; `left`: of a paused one, in words."""

    target: str | Promise
    state: State
    at: datetime | None
    met_at: datetime | None = None
    left: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """`by`: which level gave the service level, in words; `kept`: nothing gives exactly one now."""

    name: str
    by: str
    kept: bool
    lines: Sequence[Line]
    paused_since: datetime | None


def standing(ticket: Ticket) -> Standing | None:
    """None without a service level."""
    policy = next((each for each in policies() if each.pk == ticket.service_level_id), None)
    if policy is None:
        return None
    now, lines = timezone.now(), []
    day = minutes_of_a_day(round_the_clock=policy.round_the_clock)
    left = ticket.time_left(policy) if ticket.waiting_since else {}
    for target, (due_by, met_by) in COLUMNS.items():
        at, met_at = getattr(ticket, due_by), getattr(ticket, met_by)
        if at and met_at:
            lines.append(Line(target.label, "met" if met_at <= at else "late", at, met_at))
        elif at and not ticket.is_finished:
            soon = bool(ticket.due_told & WARNED[target])
            lines.append(Line(target.label, "overdue" if at <= now else "soon" if soon else "due", at))
        elif target in left and not met_at:
            minutes = max(0, round(left[target].total_seconds() / 60))
            lines.append(Line(target.label, "paused", None, left=written_duration(minutes, day)))
    return Standing(
        policy.name, ticket.get_service_level_by_display(), ticket.service_level_kept, lines, ticket.waiting_since
    )
