"""When a ticket would be due by a service level that is being written: the arithmetic of real ones, nothing saved."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from tickets.clock.due_times import due_at
from tickets.models import Queue, Target
from tickets.models.due_times import hours_for
from tickets.models.service_level import Policy


@dataclass(frozen=True, slots=True)
class Due:
    """When a target would be due, as the clock of the queue shows it, without a zone; None if it never opens."""

    target: str | Promise
    at: datetime | None


def preview(policy: Policy, queue: Queue, priority: int, arrives: datetime) -> list[Due]:
    """What would be due when, for a ticket that arrives at that time of the queue's clock. Without zone, as typed."""
    zone = ZoneInfo(queue.time_zone)
    start, hours, allowed = arrives.replace(tzinfo=zone), hours_for(policy, queue), policy.allowed(priority)
    found = []
    for target in Target:
        if target in allowed:
            due = due_at(start, allowed[target], hours)
            found.append(Due(target.label, due.astimezone(zone).replace(tzinfo=None) if due else None))
    return found
