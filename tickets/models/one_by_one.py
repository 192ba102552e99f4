"""Doing one thing to many tickets by beat, each in a transaction of its own."""

from collections.abc import Callable

from django.db import transaction

from tickets.models.work.ticket import Ticket
from tickets.models.work.visibility import TicketQuerySet


def one_by_one(due: Callable[[], TicketQuerySet], do: Callable[[Ticket], None], most: int | None = None) -> int:
    """Do it to the tickets of `due`, at most `most` of them; how many. Several workers may call it.

    Each is asked for again when its turn comes: what somebody else holds, or what is due no more, is left out.
    """
    done = 0
    for number in list(due().order_by("pk").values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            still_due = due().filter(pk=number).select_related("queue__holidays", "requester", "customer")
            if ticket := still_due.claimed().first():
                do(ticket)
                done += 1
    return done
