"""When snoozed tickets come back."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models import Event, Ticket

#: In the morning, by the clock of who snoozes.
MORNING = time(8)
ON_ANSWER = "answer"
#: Days that are offered, by the clicks that they take.
OFFERED = (("1", _("Tomorrow")), ("3", _("In three days")), ("7", _("In a week")), ("30", _("In a month")))
_AT_ONCE = 200


def in_days(days: int) -> datetime:
    """The morning of the day after so many days."""
    day = timezone.localdate() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, MORNING))


def wake_due() -> int:
    """Wake the tickets whose time has come; how many. Four statements for each few hundred."""
    woken = 0
    while count := _wake_some():
        woken += count
    return woken


def _wake_some() -> int:
    with transaction.atomic():
        now = timezone.now()
        due = Ticket.objects.filter(wakes_at__lte=now).order_by("pk")
        tickets = list(due.claimed()[:_AT_ONCE])
        Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).update(
            wakes_at=None, wakes_on_answer=None, updated_at=now
        )
        Event.objects.bulk_create(
            Event(ticket=ticket, kind=Event.Kind.SNOOZED, data={"awake": True}) for ticket in tickets
        )
    return len(tickets)
