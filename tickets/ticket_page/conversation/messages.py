"""One message as it is read: who wrote it, what of it is shown, its files, and how far its mails came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from helpdesk.text.pictures import content_ids, has_remote_pictures, with_pictures
from recipients.addressing.lookalikes import foreign_address
from recipients.addressing.normalise import display
from recipients.matching.explanation import lookalike
from tickets.models import Attachment, Comment, Outbox
from tickets.sender.badges import Badge, authentication, by_way_of
from tickets.text import mail_html, references, richtext
from tickets.text.heights import expected_height
from tickets.ticket_page.conversation.excerpts import NOTHING, Excerpt

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
    def is_private(self) -> bool:
        return self.comment.is_private and not self.comment.is_held

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


def _people(people: Iterable[Mapping[str, str]]) -> str:
    """Those in To or Cc by name, or by address where they have none. Mail programs make a name of our reply address."""
    keys = settings.REFERENCE_KEYS
    named = (person["name"] or display(person["address"]) for person in people)
    return ", ".join(references.without_token(name, keys) for name in named)
