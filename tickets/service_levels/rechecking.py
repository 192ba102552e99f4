"""Due times after something changed that is no ticket's own: hours, days off, service levels, companies. By beat.

Every unsolved ticket is looked at, and what is not as it should be is written: nobody has to say what changed.
"""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from helpdesk.database.together import update_each
from tickets.models import Queue, Ticket
from tickets.models.due_times import FOLLOWING, UNSET
from tickets.models.service_level import KEPT, Policy

_AT_ONCE = 500


def recheck() -> int:
    """Bring the due times of every unsolved ticket up to date; of how many they were not. Several workers may call it.

    A statement for some hundred tickets, and three more where something is to be written.
    """
    known = KEPT.renew()
    unsolved = Ticket.objects.unsolved()
    has_none = ~Q(service_level__in=[each.pk for each in known]) | Q(service_level__isnull=True)
    unsolved.filter(has_none, ~Q(service_level_by="")).update(service_level=None, **UNSET)
    if not known:
        return 0
    queues = Queue.objects.select_related("holidays").in_bulk()
    last = changed = 0
    rows = unsolved.select_related("customer") if any(each.customer for each in known) else unsolved
    while tickets := list(rows.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        last = tickets[-1].pk
        if wrong := [ticket.pk for ticket in _in(queues, tickets) if ticket.follow_due()]:
            changed += _write(wrong, queues, known)
    return changed


def _write(numbers: Sequence[int], queues: dict[int, Queue], known: Sequence[Policy]) -> int:
    """Follow anew, under a lock, what was found wrong. What somebody else holds is written by them, or next time."""
    with transaction.atomic():
        rows = Ticket.objects.filter(pk__in=numbers).select_related("customer").order_by("pk")
        tickets = list(rows.claimed())
        changed = [ticket for ticket in _in(queues, tickets) if ticket.follow_due()]
        update_each(changed, FOLLOWING)
    return len(changed)


def _in(queues: dict[int, Queue], tickets: list[Ticket]) -> list[Ticket]:
    """The tickets with the rows of their queues; not those of one that came a moment ago."""
    found = [ticket for ticket in tickets if ticket.queue_id in queues]
    for ticket in found:
        ticket.queue = queues[ticket.queue_id]
    return found
