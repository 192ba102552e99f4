"""Asking customers whether they are satisfied, once for a ticket, and taking their answer."""

from datetime import timedelta
from functools import partial

from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from tickets.models import Event, Queue, Rating, Ticket
from tickets.models.one_by_one import one_by_one
from tickets.models.work.visibility import TicketQuerySet
from tickets.notifications.dispatch import about_opening, announce
from tickets.notifications.rating_link import SALT

#: How long an answer is taken, and after how long nobody is asked any more: the queue may begin to ask today.
ANSWERED_WITHIN = timedelta(days=30)
_ASKED_WITHIN = timedelta(days=7)
_AT_ONCE = 200


def ask_due() -> int:
    """Ask about the tickets that are done for as long as their queue wants; how many."""
    queues = Queue.objects.filter(ask_after_hours__isnull=False)
    return sum(one_by_one(partial(_due, queue), _ask, _AT_ONCE) for queue in queues)


def find(token: str) -> Rating | None:
    """What the link in a mail is about; None if it is not ours, or too old."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=ANSWERED_WITHIN)
    except signing.BadSignature:
        return None
    return Rating.objects.select_related("ticket__queue", "ticket__requester").filter(pk=pk).first()


def answer(rating: Rating, verdict: str, comment: str) -> None:
    """Keep what the customer says; until then they may change their mind. An event tells of the first answer."""
    with transaction.atomic():
        locked = Rating.objects.select_for_update(no_key=True).get(pk=rating.pk)
        is_first = locked.answered_at is None
        locked.verdict, locked.comment = verdict, comment.strip()
        locked.answered_at = timezone.now()
        locked.save()
        if is_first:
            rating.ticket.record(Event.Kind.RATED, None, {"verdict": verdict}, recipient=rating.ticket.requester)


def _due(queue: Queue) -> TicketQuerySet:
    """Those whose sender is believed and reads their own mail, whom somebody answered and nobody asked before.

    What was taken in as mail of the past is none of them unless somebody has worked on it since.
    """
    now = timezone.now()
    done = Ticket.objects.filter(queue=queue, rating__isnull=True, first_response_at__isnull=False).finished()
    events = Event.objects.filter(ticket=OuterRef("pk"))
    of_the_past = Exists(events.filter(kind=Event.Kind.OPENED, data__silent=True))
    people = done.of_believed_people().exclude(of_the_past & ~Exists(events.filter(kind=Event.Kind.STATUS)))
    since, until = now - _ASKED_WITHIN, now - timedelta(hours=queue.ask_after_hours or 0)
    return people.filter(solved_at__gte=since, solved_at__lte=until)


def _ask(ticket: Ticket) -> None:
    rating = Rating.objects.create(ticket=ticket)
    data = {"rating": rating.pk} | about_opening(ticket)
    announce([Event(ticket=ticket, kind=Event.Kind.RATING_ASKED, data=data)])
