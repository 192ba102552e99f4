"""What intake needs to know of a mail, said as protocols so that it imports nothing of mailboxes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from recipients.matching.verdict import UNKNOWN, Verdict
from recipients.models import Recipient
from tickets.conversation.participants import Named
from tickets.conversation.work import Work
from tickets.models import File, Queue, TicketSettings
from tickets.rules.ruling import Ruling


class TopicKind(StrEnum):
    """Whether a new request in a forum is for its audience."""

    NONE = ""
    PUBLIC = "public"
    UNPROVED = "unproved"  # private: nobody vouches for its sender


class IncomingAttachment(File, Protocol):
    @property
    def inline(self) -> bool: ...
    @property
    def cid(self) -> str: ...


class IncomingForward(Protocol):
    """Who wrote the mail that this one passes on, as far as its text can tell."""

    @property
    def author(self) -> Named: ...
    @property
    def subject(self) -> str: ...


class IncomingMail(Protocol):
    """A parsed mail; `mailboxes.parsing.ParsedEmail` is one."""

    @property
    def message_id(self) -> str: ...
    @property
    def in_reply_to(self) -> Sequence[str]: ...
    @property
    def references(self) -> Sequence[str]: ...
    @property
    def subject(self) -> str: ...
    @property
    def bare_subject(self) -> str: ...
    @property
    def date(self) -> datetime | None: ...
    @property
    def author(self) -> Named: ...
    @property
    def authors(self) -> Sequence[Named]: ...
    @property
    def reply_to(self) -> Sequence[Named]: ...
    @property
    def to(self) -> Sequence[Named]: ...
    @property
    def cc(self) -> Sequence[Named]: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def reply(self) -> str: ...
    @property
    def quoted(self) -> str: ...
    @property
    def attachments(self) -> Sequence[IncomingAttachment]: ...
    @property
    def forwarded(self) -> IncomingForward | None: ...
    @property
    def is_automatic(self) -> bool: ...
    @property
    def is_bulk(self) -> bool: ...
    @property
    def is_important(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a mail came in: facts of the delivery that are not in the mail itself.

    `address` is the registered address it was sent to, normalised ("" if none is known); `queue` the one that handles
    it (None: the default one); `settings` those that hold for a batch of mails (None: they are read when they are
    needed); `sent_to` every address of the envelope and of To and Cc, normalised, where a signed reply address may
    be found. `in_portal`: its writer had signed in to the portal, which proves that they control the address. `late`:
    it was processed before, or has lain in the mailbox for long, so that it is not confirmed to its sender any more.
    `writer`: the row of the author's address, locked before any ticket; without a key if the address is new.
    `work`: what is read for it and what becomes of it; whoever takes it in finishes that (`Work.finish`).
    `silent`: it is of the past, taken in so that it is there: its ticket is closed, and nobody hears of it.
    `topic`: what becomes of a new request in a forum: a topic, or a ticket that an agent may make one.
    `ruling`: what rules decided about the new ticket that it opens; `queue` is theirs then.
    """

    received_at: datetime
    address: str = ""
    queue: Queue | None = None
    settings: TicketSettings | None = None
    sent_to: tuple[str, ...] = ()
    verdict: Verdict = UNKNOWN
    enforce: bool = False
    in_portal: bool = False
    late: bool = False
    silent: bool = False
    writer: Recipient | None = None
    work: Work = field(default_factory=Work, compare=False, repr=False)
    ruling: Ruling | None = None
    topic: TopicKind = TopicKind.NONE
