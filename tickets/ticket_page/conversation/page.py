"""A page of the conversation: messages in the order in which they are read, and what happened in between.

One page holds the newest messages; earlier ones come in further pages, so that a ticket of a thousand messages opens as
fast as one of ten. The number of queries does not depend on the number of messages.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Self

from django.db.models import Prefetch, QuerySet
from django.http import QueryDict

from helpdesk import limits
from helpdesk.ui.ids import row_id
from recipients.models import CustomerAddress, User
from tickets.agents.masking import masked
from tickets.customers.pairing import no_pairing_of_writers
from tickets.models import Comment, Event, Outbox, Ticket
from tickets.models.work.outbox import is_overdue
from tickets.sender.badges import sender_badge
from tickets.ticket_page.conversation.excerpts import beginnings, excerpts, share
from tickets.ticket_page.conversation.history import Happening, told
from tickets.ticket_page.conversation.messages import Message

MESSAGES_A_PAGE = 20
#: The last messages of a conversation that are open in any case.
ALWAYS_OPEN = 2
#: Those that may be open where nobody has answered: the newest is a few screens away at most.
MOST_OPEN = 8
#: Shorter conversations are shown whole.
SHORT = 5
#: Events of one page that are shown between its messages; all of them are in the history.
EVENTS_A_PAGE = 200
#: That a message came is not told beside the message itself.
_SHOWN_AS_MESSAGES = (
    Event.Kind.OPENED,
    Event.Kind.CUSTOMER_MESSAGE,
    Event.Kind.AGENT_MESSAGE,
    Event.Kind.NOTE,
    Event.Kind.AUTOMATIC_REPLY,
    Event.Kind.DELIVERY_FAILURE,
    Event.Kind.HELD,
)


@dataclass(frozen=True)
class Happenings:
    """What happened between two messages."""

    events: list[Happening]


@dataclass(frozen=True)
class Part:
    """Which messages are asked for: those before the comment `before`, those around `message`, `everything`.

    Without any of them the newest ones.
    """

    before: int | None = None
    message: int | None = None
    everything: bool = False

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        """As `?before=`, `?message=` and `?all` of an address say."""
        return cls(row_id(query.get("before", "")), row_id(query.get("message", "")), "all" in query)


NEWEST = Part()


@dataclass(frozen=True)
class Conversation:
    """One page of it. `earlier` is the id before which the next page ends, None if there is none."""

    entries: list[Message | Happenings] = field(default_factory=list)
    earlier: int | None = None
    is_newest: bool = True
    last_comment: int = 0

    @property
    def newest_said(self) -> int | None:
        """The newest message of the customer's or an agent's that is shown; None if none is."""
        said = (Comment.Kind.CUSTOMER, Comment.Kind.AGENT)
        shown = (entry.comment for entry in reversed(self.entries) if isinstance(entry, Message))
        return next((each.pk for each in shown if each.kind in said and not each.is_held), None)


def conversation(ticket: Ticket, part: Part = NEWEST, *, by: User) -> Conversation:
    """That `part` of the messages of `ticket`, as the agent `by` reads them.

    Eight queries at most, and five for held messages; two more for whoever works for one partner, and where one
    message is asked for; one for everything.
    """
    before = part.before if part.message is None else _end_of_page_with(ticket, part.message)
    most = limits.MESSAGES_AT_ONCE.amount if part.everything else MESSAGES_A_PAGE
    length = share(min(most, Comment.objects.filter(ticket=ticket).count()) if part.everything else most)
    comments = list(_comments(ticket, before, length)[: most + 1])
    more = len(comments) > most
    comments = comments[:most][::-1]
    for comment, match in zip(comments, masked([comment.match for comment in comments], by), strict=True):
        comment.match = match
    primary = _primary_addresses(comments)
    held = [comment for comment in comments if comment.is_held]
    unpairable = no_pairing_of_writers(ticket, held, by=by)
    # What one looks for, or prints, is not folded.
    folded = _read_already(comments) - {part.message} if before is None and not part.everything else set()
    shown = excerpts(comments, length)
    messages = [
        Message(
            comment,
            sender_badge(comment, primary),
            excerpt=shown[comment.pk],
            can_pair=comment.is_held and comment.pk not in unpairable,
            is_folded=comment.pk in folded,
        )
        for comment in comments
    ]
    events = _events(ticket, comments, since_ever=not more, until_now=before is None)
    return Conversation(
        entries=_woven(messages, told(events, by), events),
        earlier=comments[0].pk if more else None,
        is_newest=before is None,
        last_comment=comments[-1].pk if comments else 0,
    )


def _end_of_page_with(ticket: Ticket, message: int) -> int | None:
    """The comment before which a page ends that has `message` in its middle; None if the newest ones have it."""
    comments = Comment.objects.filter(ticket=ticket)
    place = comments.filter(pk=message).values_list("created_at", "pk").first()
    if place is None:
        return None
    later = comments.filter(created_at__gte=place[0]).exclude(pk__lte=place[1], created_at=place[0])
    following = list(later.order_by("created_at", "pk").values_list("pk", flat=True)[:MESSAGES_A_PAGE])
    return following[MESSAGES_A_PAGE // 2] if len(following) == MESSAGES_A_PAGE else None


def _read_already(comments: Sequence[Comment]) -> set[int]:
    """Those of the newest `comments` that an agent has answered, or that are long ago, but for the last ones.

    What is held stays open.
    """
    if len(comments) < SHORT:
        return set()
    answers = [place for place, comment in enumerate(comments) if comment.kind == Comment.Kind.AGENT]
    unanswered = max(answers[-1] + 1 if answers else 0, len(comments) - MOST_OPEN)
    first_open = min(unanswered, len(comments) - ALWAYS_OPEN)
    return {comment.pk for comment in comments[:first_open] if not comment.is_held}


def _comments(ticket: Ticket, before: int | None, length: int) -> QuerySet[Comment]:
    comments = beginnings(earlier_than(before, Comment.objects.filter(ticket=ticket)), length)
    mails = Outbox.objects.order_by("pk").annotate(is_overdue=is_overdue())
    mails = mails.only("comment_id", "recipient", "state", "to_staff", "error", "sent_at")
    return (
        comments.select_related("agent", "recipient")
        .prefetch_related("attachments", Prefetch("outbox", queryset=mails))
        .order_by("-created_at", "-pk")
    )


def earlier_than(before: int | None, comments: QuerySet[Comment]) -> QuerySet[Comment]:
    """Those of `comments` that were there before the one called `before`; all of them if it is none of them."""
    edge = comments.filter(pk=before).values_list("created_at", "pk").first() if before is not None else None
    if edge is None:
        return comments
    return comments.filter(created_at__lte=edge[0]).exclude(pk__gte=edge[1], created_at=edge[0])


def _primary_addresses(comments: Sequence[Comment]) -> dict[int, str]:
    customers = {comment.match["customer"] for comment in comments if comment.match.get("customer")}
    rows = CustomerAddress.objects.filter(customer__in=customers, is_primary=True)
    return dict(rows.values_list("customer", "address"))


def _events(ticket: Ticket, comments: Sequence[Comment], *, since_ever: bool, until_now: bool) -> list[Event]:
    """The events in the time of `comments`."""
    events = Event.objects.filter(ticket=ticket).exclude(kind__in=_SHOWN_AS_MESSAGES)
    events = events.select_related("agent", "recipient")
    if comments and not since_ever:
        events = events.filter(at__gte=comments[0].created_at)
    if comments and not until_now:
        events = events.filter(at__lte=comments[-1].created_at)
    return list(events.order_by("-at", "-pk")[:EVENTS_A_PAGE])[::-1]


def _woven(
    messages: Sequence[Message], happenings: Sequence[Happening], events: Sequence[Event]
) -> list[Message | Happenings]:
    """Both in the order of time; what happened in a row stands together.

    What a message caused follows that message: several mails of one fetch are older than what the first one caused.
    """
    times = [message.comment.created_at for message in messages]
    places = {message.comment.pk: place for place, message in enumerate(messages)}
    everything: list[tuple[int, int, Message | Happening]] = [
        *((place, 0, message) for place, message in enumerate(messages)),
        *(
            (places.get(event.comment_id or 0, bisect_right(times, event.at) - 1), 1, happening)
            for event, happening in zip(events, happenings, strict=True)
        ),
    ]
    everything.sort(key=lambda entry: entry[:2])
    entries: list[Message | Happenings] = []
    for is_message, run in groupby((entry[2] for entry in everything), lambda entry: isinstance(entry, Message)):
        if is_message:
            entries += [entry for entry in run if isinstance(entry, Message)]
        else:
            entries.append(Happenings([entry for entry in run if isinstance(entry, Happening)]))
    return entries
