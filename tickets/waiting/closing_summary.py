"""The summary that customers get of a ticket that is done, where its queue wants it (T14)."""

from datetime import timedelta
from functools import partial

from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from helpdesk import limits
from tickets.models import Event, Queue, Ticket, TicketSettings, Wording
from tickets.models.one_by_one import one_by_one
from tickets.models.work.visibility import TicketQuerySet
from tickets.notifications.dispatch import announce
from tickets.wording.rendering import own_words

#: How long it waits, as what was just done may be taken back; and after how long nobody expects it any more.
_WAITS = timedelta(minutes=5)
_WITHIN = timedelta(days=1)
_AT_ONCE = 200


def send_due() -> int:
    """Send the summaries of tickets that were just done, one for each time that they are; how many."""
    if not TicketSettings.load().notifications:
        return 0
    queues = [each for each in Queue.objects.filter(summary_on_closing=True) if not _asks_with_the_conversation(each)]
    return sum(one_by_one(partial(_due, queue), _send, _AT_ONCE) for queue in queues)


def _send(ticket: Ticket) -> None:
    announce([Event(ticket=ticket, kind=Event.Kind.SUMMARY)])


def _asks_with_the_conversation(queue: Queue) -> bool:
    """Whether the question about satisfaction says the same already."""
    own = own_words(queue, Wording.Kind.SATISFACTION)
    return queue.ask_after_hours is not None and own is not None and "conversation" in own[1]


def _due(queue: Queue) -> TicketQuerySet:
    """Those that were answered and have got none since they are done, of people who are believed and read their mail.

    A summary tells more than the answer that whoever wrote has got: what others said, too.
    """
    now = timezone.now()
    done = Ticket.objects.filter(queue=queue, is_topic=False, first_response_at__isnull=False).finished()
    events = Event.objects.filter(ticket=OuterRef("pk"))
    opened = events.filter(kind=Event.Kind.OPENED)
    of_machines = Exists(opened.filter(data__automatic=True)) | Exists(opened.filter(data__quiet=True))
    of_the_past = Exists(opened.filter(data__silent=True)) & ~Exists(events.filter(kind=Event.Kind.STATUS))
    has_one = Exists(events.filter(kind=Event.Kind.SUMMARY, at__gte=OuterRef("solved_at")))
    of_today = events.filter(kind=Event.Kind.SUMMARY, at__gt=now - limits.CLOSING_SUMMARIES.time)
    counted = of_today.order_by().values("ticket").annotate(count=Count("pk"))
    has_enough = Exists(counted.filter(count__gte=limits.CLOSING_SUMMARIES.amount))
    people = done.of_believed_people().exclude(of_machines).exclude(of_the_past).exclude(has_one).exclude(has_enough)
    return people.filter(solved_at__gte=now - _WITHIN, solved_at__lte=now - _WAITS)
