"""What has been said on a ticket, in the order in which it is read, and what happened in between.

One page holds the newest messages; earlier ones come in further pages, so that a ticket of a thousand messages opens as
fast as one of ten. The number of queries does not depend on the number of messages.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import ClassVar, Self

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from helpdesk import limits
from helpdesk.text.pictures import content_ids, has_remote_pictures, with_pictures
from helpdesk.ui.ids import row_id
from recipients.addressing.lookalikes import foreign_address
from recipients.addressing.normalise import display
from recipients.matching.explanation import lookalike
from recipients.models import CustomerAddress, User
from tickets.agents.masking import masked
from tickets.customers.pairing import no_pairing_of_writers
from tickets.models import Attachment, Comment, Event, Outbox, Ticket
from tickets.models.work.outbox import is_overdue
from tickets.sender.badges import Badge, authentication, by_way_of, sender_badge
from tickets.text import mail_html, references, richtext
from tickets.text.heights import expected_height
from tickets.ticket_page.conversation.excerpts import NOTHING, Excerpt, beginnings, excerpts, share
from tickets.ticket_page.conversation.history import Happening, told

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


#: Bytes of a picture up to which it is its own thumbnail.
LARGEST_THUMBNAIL = 4 * 1024 * 1024


#: Files that are opened as what they are: mails, and invitations.
_CALENDARS = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
_OPENED = frozenset({"message/rfc822", *_CALENDARS})


@dataclass(frozen=True)
class File:
    """An attachment in the list below a message."""

    attachment: Attachment
    can_be_previewed: bool

    @property
    def has_thumbnail(self) -> bool:
        """Whether the picture itself is shown small; a huge one is not fetched for that."""
        is_picture = self.can_be_previewed and self.attachment.type.startswith("image/")
        return is_picture and self.attachment.size <= LARGEST_THUMBNAIL

    @property
    def has_page(self) -> bool:
        """Whether it is a mail or an invitation, which are shown on a page of their own."""
        return self.attachment.type in _OPENED or self.attachment.name.lower().endswith((".eml", ".ics"))

    @property
    def is_invitation(self) -> bool:
        """Whether what it invites to is said above it, as soon as it is seen."""
        return self.attachment.type in _CALENDARS or self.attachment.name.lower().endswith(".ics")

    @property
    def player(self) -> str:
        """The element that plays it: "audio" or "video", else ""."""
        return self.attachment.type.partition("/")[0] if self.attachment.type in mail_html.PLAYED else ""


@dataclass(frozen=True)
class Message:
    """A comment as it is read, as far as `excerpt` shows it.

    `can_pair`: it is held, and its writer may be paired to the ticket's customer.

    `is_folded`: it is read already, so that one line stands for it until somebody opens it.
    """

    comment: Comment
    badge: Badge | None
    can_pair: bool = field(default=False, kw_only=True)
    is_folded: bool = field(default=False, kw_only=True)
    excerpt: Excerpt = field(default=NOTHING, kw_only=True)

    @property
    def who(self) -> str:
        """The name of the writer as their mail gives it, unless an agent corrected that of the address (R14)."""
        comment = self.comment
        if comment.agent:
            return str(comment.agent)
        if comment.recipient and comment.recipient.name_by_hand:
            return comment.recipient.name
        return (
            comment.author_name or self.address or (gettext("Nobody") if self.is_nobodys else gettext("A mail server"))
        )

    @property
    def is_nobodys(self) -> bool:
        """Whether it is a message that names no sender."""
        return self.comment.kind == Comment.Kind.CUSTOMER and not self.comment.author_address

    @property
    def address(self) -> str:
        return display(self.comment.author_address)

    @property
    def reply_to(self) -> str:
        """Where answers would go, if that is another address than the writer's (L27)."""
        wanted = self.comment.reply_to_address
        return display(wanted) if wanted and wanted != self.comment.author_address else ""

    @property
    def original_sender(self) -> str:
        """Who wrote the mail that an agent passed in, as its text says; "" if it is no such mail."""
        named = self.comment.original_sender
        return f"{named['name']} <{display(named['address'])}>".strip() if named else ""

    @property
    def by_way_of(self) -> str:
        """Which group, form or mailbox the mail came by, in a sentence; "" if it came from its author."""
        return by_way_of(self.comment.verdict)

    @property
    def other_authors(self) -> str:
        """Whom From names besides the writer, "" if nobody."""
        return ", ".join(display(address) for address in self.comment.other_authors)

    @property
    def claimed(self) -> str:
        """An address of another domain that stands in the writer's name, as if it were theirs; "" if none does."""
        return foreign_address(self.who, self.comment.author_address) if self.came_by_mail else ""

    @property
    def lookalike(self) -> str:
        """Whose domain the writer's looks like, in a sentence; "" if nobody's, or if the address is paired by now."""
        recipient = self.comment.recipient
        return "" if recipient and recipient.customer_id else lookalike(self.comment.match)

    @property
    def css(self) -> str:
        comment = self.comment
        classes = {
            Comment.Kind.AGENT: "from-agent",
            Comment.Kind.NOTE: "is-note",
            Comment.Kind.AUTOMATIC: "is-automatic",
            Comment.Kind.BOUNCE: "is-bounce",
        }
        state = "is-held" if comment.is_held else "is-rejected" if comment.is_rejected else ""
        return f"{classes.get(Comment.Kind(comment.kind), '')} {state}".strip()

    @property
    def is_rejected(self) -> bool:
        return self.comment.is_rejected

    @property
    def may_be_hidden(self) -> bool:
        """Whether the readers of a forum see it, if its ticket is a topic."""
        said = self.comment.kind in (Comment.Kind.CUSTOMER, Comment.Kind.AGENT)
        return said and self.comment.is_public and not self.comment.is_held

    @property
    def to(self) -> str:
        return _people(self.comment.to)

    @property
    def cc(self) -> str:
        return _people(self.comment.cc)

    @property
    def is_mail(self) -> bool:
        """Whether its HTML came by mail and is shown in a frame; what agents write is shown in the page itself."""
        return bool(self.excerpt.html) and self.comment.kind in (Comment.Kind.CUSTOMER, Comment.Kind.AUTOMATIC)

    @property
    def expected_height(self) -> int:
        """CSS pixels that its frame will about need: what stands below moves the less."""
        return expected_height(self.excerpt.html)

    @property
    def has_remote_images(self) -> bool:
        return self.is_mail and has_remote_pictures(self.excerpt.html)

    @property
    def is_rich(self) -> bool:
        """Whether an agent wrote it with formatting, and it is shown so."""
        return self.excerpt.is_rich

    @property
    def body(self) -> SafeString:
        """What is shown in the page itself: an agent's rich text, or the new part of a plain text."""
        if self.is_rich:
            return mark_safe(with_pictures(richtext.sanitise(self.excerpt.html), self._pictures))  # noqa: S308
        return mail_html.linked(self.excerpt.body)

    @property
    def first_line(self) -> str:
        """The beginning of what is new in it, for the line that stands for it while it is folded."""
        return " ".join(self.excerpt.first.split())[:160]

    @property
    def quoted(self) -> SafeString | str:
        return mail_html.linked(self.excerpt.quoted) if self.excerpt.quoted else ""

    @property
    def is_cut(self) -> bool:
        """Whether the page shows only the beginning of it; HTML that came by mail is whole in its frame."""
        return self.excerpt.is_cut and not self.is_mail

    @property
    def authentication(self) -> Badge | None:
        if self.comment.in_portal:
            return Badge(
                gettext("The author had signed in to the portal: the address is theirs."), "shield-check", "ok"
            )
        return authentication(self.comment.verdict) if self.comment.match else None

    @property
    def came_by_mail(self) -> bool:
        """Whether there is an original to be shown."""
        return bool(self.comment.message_id) and not self.comment.in_portal

    @cached_property
    def files(self) -> list[File]:
        """The attachments, without those that are pictures in the text."""
        in_text = self._in_text
        listed = (file for file in self.comment.attachments.all() if not (file.inline and file.cid in in_text))
        return [File(file, file.type in mail_html.PREVIEWED) for file in listed]

    @property
    def _in_text(self) -> frozenset[str]:
        """The Content-IDs of the pictures that are shown in the text."""
        return content_ids(self.excerpt.html) if self.is_mail or self.is_rich else frozenset()

    #: Where a file of a message is shown, by the numbers of the ticket and the file.
    file_page: ClassVar[str] = "tickets:attachment"

    @property
    def _pictures(self) -> dict[str, str]:
        """The pictures in the text: Content-ID → address."""
        if "cid:" not in self.excerpt.html:
            return {}
        shown = (file for file in self.comment.attachments.all() if file.inline and file.type in mail_html.PREVIEWED)
        ticket = self.comment.ticket_id
        return {file.cid: f"{reverse(self.file_page, args=[ticket, file.pk])}?show=1" for file in shown if file.cid}

    @property
    def deliveries(self) -> list[Outbox]:
        """The mails to customers that carry it."""
        return [mail for mail in self.comment.outbox.all() if not mail.to_staff]

    @property
    def delivery(self) -> str:
        """The state of an agent's message in one word: the worst of its mails, "" if it goes to nobody.

        What answers a customer's message by itself is the confirmation: that message was not sent by us.
        """
        if self.comment.kind != Comment.Kind.AGENT:
            return ""
        states = {mail.state for mail in self.deliveries}
        worst = (
            Outbox.State.BOUNCED,
            Outbox.State.FAILED,
            Outbox.State.WAITING,
            Outbox.State.SENT,
            Outbox.State.CANCELLED,
        )
        return next((state.value for state in worst if state in states), "")

    @property
    def is_overdue(self) -> bool:
        """Whether one of its mails should have left by now."""
        return any(mail.is_overdue for mail in self.deliveries)  # type: ignore[attr-defined]  # `_comments` asks it


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


def _people(people: Iterable[Mapping[str, str]]) -> str:
    """Those in To or Cc by name, or by address where they have none. Mail programs make a name of our reply address."""
    keys = settings.REFERENCE_KEYS
    named = (person["name"] or display(person["address"]) for person in people)
    return ", ".join(references.without_token(name, keys) for name in named)


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
