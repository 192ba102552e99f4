"""How many service levels were met: by queue and service level, of the tickets of the last days. One statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.functional import Promise

from recipients.models import User
from tickets.models import Target, Ticket
from tickets.models.due_times import COLUMNS

DAYS = 30


@dataclass(frozen=True, slots=True)
class Row:
    """How a queue kept a service level; shares are in percent, None where nothing was due."""

    queue: str
    level: str
    tickets: int
    shares: Sequence[tuple[str | Promise, int | None]]


def kept_by_queue(user: User, now: datetime | None = None) -> list[Row]:
    """Of the tickets that `user` may see. What is still open counts once it is overdue."""
    now = now or timezone.now()
    tickets = Ticket.objects.visible_to(user).not_merged()
    recent = tickets.filter(created_at__gte=now - timedelta(days=DAYS), service_level__isnull=False)
    counts = {}
    for target, (due, met) in COLUMNS.items():
        in_time, late = Q(**{f"{met}__lte": F(due)}), Q(**{f"{met}__gt": F(due)})
        overdue = Q(**{f"{met}__isnull": True, f"{due}__lte": now})
        counts[f"{target.value}_good"] = Count("pk", filter=in_time)
        counts[f"{target.value}_bad"] = Count("pk", filter=late | overdue)
    found: Any = recent.order_by("queue__name", "service_level__name").values("queue__name", "service_level__name")
    return [
        Row(
            each["queue__name"],
            each["service_level__name"],
            each["tickets"],
            [(target.label, _share(each[f"{target.value}_good"], each[f"{target.value}_bad"])) for target in Target],
        )
        for each in found.annotate(tickets=Count("pk"), **counts)
    ]


def _share(good: int, bad: int) -> int | None:
    return round(100 * good / (good + bad)) if good + bad else None
