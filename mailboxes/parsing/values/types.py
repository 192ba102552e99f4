"""What a mail says, in values that everybody else can rely on: decoded, bounded, free of NUL and lone surrogates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a mail is, before anything is asked about its sender."""

    MESSAGE = "message"
    AUTO_REPLY = "auto_reply"  # RFC 3834: out of office, confirmation, read receipt (RFC 8098)
    BOUNCE = "bounce"  # RFC 3464, action failed, or a notice in another form that says so
    DELIVERY_WARNING = "delivery_warning"  # RFC 3464, action delayed: the server goes on trying
    DELIVERY_SUCCESS = "delivery_report_success"  # RFC 3464, action delivered, relayed or expanded
    FEEDBACK_REPORT = "feedback_report"  # RFC 5965: a reader pressed "this is spam"
    CALENDAR_ANSWER = "calendar_answer"  # RFC 5546, METHOD:REPLY or COUNTER


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """A person or program as a header names it.

    `address` is as written, trimmed, and "" if it cannot be used (no local part, no domain, white space, control
    characters). Compare through `recipients.addressing.normalise.normalise`.
    """

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the mail; `content` is decoded.

    `name` is safe to show and to store: never empty, no path, no control character, at most 150 characters.
    Two attachments may have the same name. `cid` is the Content-ID without angle brackets, "" if there is none.
    `inline` says that an image of the HTML refers to it, or that it is an image whose sender meant that.
    """

    name: str
    type: str
    content: bytes
    inline: bool = False
    cid: str = ""

    @property
    def size(self) -> int:
        """Length of the decoded content in bytes."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """Hexadecimal digest of the decoded content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class BouncedRecipient:
    """One address a delivery report speaks of.

    `status` is the enhanced status code of RFC 3463 ("5.1.1"), "" if the report states none. `reason` is what
    the server said, at most 1,000 characters.
    """

    address: str
    permanent: bool
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says about the mail it returns.

    `original_message_id` is without angle brackets, "" if the report does not carry it; `original_headers` are
    the decoded headers of the returned mail in order, as far as the report holds them. `standard` says that it has
    the form of RFC 3464: fields, not words that somebody had to interpret.
    """

    recipients: tuple[BouncedRecipient, ...]
    original_message_id: str = ""
    original_headers: tuple[tuple[str, str], ...] = ()
    standard: bool = False


@dataclass(frozen=True, slots=True)
class ParsedForward:
    """Who wrote the mail that this one passes on: a suggestion for an agent, never a fact."""

    author: EmailAddress
    subject: str
    date: datetime | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEmail:
    """One mail, read. Every string is free of NUL and of lone surrogates; every list is bounded."""

    message_id: str  # without <>; "<sha256>@generated" if the mail has none
    made_message_id: bool = False
    in_reply_to: tuple[str, ...] = ()  # ids without <>
    references: tuple[str, ...] = ()  # ids without <>, oldest first
    subject: str  # decoded, one line
    bare_subject: str  # see subjects.bare_subject
    date: datetime | None = None  # aware, UTC, between 1990 and a year from now
    author: EmailAddress
    authors: tuple[EmailAddress, ...] = ()  # every address in From: more than one is a flag
    sender: EmailAddress | None = None
    reply_to: tuple[EmailAddress, ...] = ()
    to: tuple[EmailAddress, ...] = ()
    cc: tuple[EmailAddress, ...] = ()
    delivered_to: tuple[str, ...] = ()  # X-Original-To, Delivered-To, Envelope-To, Resent-To, in that order
    kind: Kind
    bounce: Bounce | None = None
    text: str  # plain text; made from the HTML if the mail has no text part
    html: str = ""  # sanitised, remote images held back, "" if there is none; inline images stay "cid:…"
    reply: str  # what the writer added …
    quoted: str = ""  # … and what they quoted; together they hold all of `text`
    attachments: tuple[Attachment, ...] = ()
    forwarded: ParsedForward | None = None
    auto_submitted: str = ""
    precedence: str = ""
    list_id: str = ""
    return_path: str | None = None  # "" is the null sender of a bounce, None: the header is missing
    is_automatic: bool  # never answer it automatically
    authentication_results: tuple[str, ...] = ()  # topmost first
    headers: tuple[tuple[str, str], ...] = ()  # all of them decoded, in order, bounded
    defects: tuple[str, ...] = ()  # sentences
    fingerprint: str  # sha256 over what stays the same when one mail is delivered twice
    kind_is_certain: bool = True  # told by a form or header of programs; else by words, with weaker signs
    list_addresses: tuple[str, ...] = ()  # of the list it came by, as its headers name them
    is_automatic_by_list: bool = False  # nothing but what lists add makes it automatic
    says_automatic_reply: bool = False  # in words, which alone prove nothing
    original_authors: tuple[EmailAddress, ...] = ()  # whom a group or relay took out of From, as it says
    is_bulk: bool = False  # a newsletter or a monitor
    is_important: bool = False  # its writer says so

    def header(self, name: str) -> str:
        """The first header of that name, "" if there is none."""
        wanted = name.casefold()
        return next((value for key, value in self.headers if key.casefold() == wanted), "")
