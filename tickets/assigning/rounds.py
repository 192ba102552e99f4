"""Giving out tickets: a round for each queue that assigns by itself, and what stand-ins take over. By beat."""

from collections.abc import Iterable
from datetime import datetime

from celery import signature
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from recipients.models import User
from tickets.assigning.choice import Taker, chosen, in_place_of
from tickets.hours.calendars import is_open
from tickets.models import NotAllowed, Queue, Ticket
from tickets.models.work.visibility import would_see

TASK = "tickets.tasks.assign_tickets"
#: Tickets that one round of a queue looks at.
_AT_ONCE = 200


def assign_soon() -> None:
    """Let the next round come as soon as this transaction is committed. No statement.

    If that cannot be asked for, the round comes all the same, at its time.
    """
    transaction.on_commit(lambda: signature(TASK).delay(), robust=True)


def assign_due() -> int:
    """Give out what is nobody's in every queue that wants it; how many tickets were given."""
    now = timezone.now()
    queues = Queue.objects.exclude(assigning=Queue.Assigning.NONE).values_list("pk", flat=True)
    return sum(_round(pk, now) for pk in list(queues))


def hand_over() -> int:
    """Give the new and open tickets of agents who are away to who takes over for them; how many were given."""
    people = {user.pk: user for user in User.objects.filter(is_active=True).prefetch_related("queues")}
    away = [user.pk for user in people.values() if user.is_away]
    stand_ins = {pk: user.stand_in_id for pk, user in people.items() if user.stand_in_id in people}
    given = 0
    for agent, stand_in in in_place_of(away, stand_ins).items():
        theirs = Ticket.objects.filter(assignee=agent).to_be_done().awake().visible_to(people[stand_in])
        with transaction.atomic():
            given += _give([(ticket, people[stand_in]) for ticket in theirs.claimed()[:_AT_ONCE]])
    return given


def _round(pk: int, now: datetime) -> int:
    """One queue's round. Its row is locked, so that of two rounds at once the second one sees what the first did."""
    with transaction.atomic():
        queue = Queue.objects.select_for_update(no_key=True).get(pk=pk)
        if not is_open(queue, now):
            return 0
        agents = {user.pk: user for user in queue.takers.filter(is_active=True).prefetch_related("queues")}
        here = {key: user for key, user in agents.items() if not user.is_away}
        free = Ticket.objects.filter(queue=queue, assignee=None).to_be_done().awake().select_related("customer")
        ordered = free.order_by("created_at", "pk")
        tickets = list(ordered.claimed()[:_AT_ONCE]) if here else []
        if not tickets:
            return 0
        by_key = {ticket.pk: ticket for ticket in tickets}
        pairs = chosen(
            list(by_key),
            _takers(here.values()),
            lambda agent, ticket: would_see(here[agent], by_key[ticket], by_key[ticket].customer),
            least_open=queue.assigning == Queue.Assigning.LEAST_OPEN,
            most_open=queue.most_open,
            most_given=queue.most_given,
        )
        return _give([(by_key[ticket], here[agent]) for ticket, agent in pairs])


def _takers(users: Iterable[User]) -> list[Taker]:
    users = list(users)
    busy = Ticket.objects.filter(assignee__in=users).to_be_done().awake().order_by()
    open_now = dict(busy.values_list("assignee").annotate(Count("pk")))
    return [Taker(user.pk, open_now.get(user.pk, 0), user.last_assigned_at) for user in users]


def _give(pairs: Iterable[tuple[Ticket, User]]) -> int:
    """Assign each ticket, with an event, and remember who got one last.

    The agents' rows come last and by number: rounds of several queues may give to the same agents at once.
    """
    given, last = 0, dict[int, datetime]()
    for ticket, user in pairs:
        try:
            ticket.assign(user, by=None)
        except NotAllowed:  # merged, or out of sight, this very moment
            continue
        last[user.pk] = timezone.now()
        given += 1
    for pk, at in sorted(last.items()):
        User.objects.filter(pk=pk).update(last_assigned_at=at)
    return given
