"""What does this mail say? `parse` puts the answers of all other modules together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mailboxes.parsing.body.bodies import read_content
from mailboxes.parsing.body.structure import Part, read_structure
from mailboxes.parsing.header.addresses import parse_addresses, usable
from mailboxes.parsing.header.dates import parse_date
from mailboxes.parsing.header.headers import Headers
from mailboxes.parsing.header.identity import fingerprint, message_id, referenced_ids
from mailboxes.parsing.header.subjects import (
    LONGEST,
    bare_subject,
    gateway_labels,
    is_forward,
    is_reply,
)
from mailboxes.parsing.quotes.division import divide
from mailboxes.parsing.quotes.forwards import read_forward
from mailboxes.parsing.reports.automatic import (
    auto_submitted,
    is_bulk,
    is_by_a_list,
    is_by_a_program,
    is_important,
    list_addresses,
    names_absence,
)
from mailboxes.parsing.reports.informal_bounces import from_a_daemon
from mailboxes.parsing.reports.kinds import read_kind
from mailboxes.parsing.values.notes import Notes, gettext_noop
from mailboxes.parsing.values.types import EmailAddress, Kind, ParsedEmail

NOBODY = EmailAddress("", "")
DELIVERED_TO = ("x-original-to", "delivered-to", "x-delivered-to", "envelope-to", "x-envelope-to", "resent-to")
ORIGINAL_AUTHORS = ("x-original-from", "x-original-sender")
MOST_DELIVERIES = 50


def parse(raw: bytes, say: Callable[[str], str] = str) -> ParsedEmail:
    """Read one mail as it came (RFC 5322, MIME).

    At most two seconds and a small multiple of its size in memory for any input up to 25 MB. What is broken is read as
    far as possible and named in `defects`; no input is known on which it raises. Should it raise all the same,
    `mailboxes.inbound.unreadable` passes the mail on.

    `say` translates the few sentences that are put into a text, like "When" of an invitation.
    """
    notes = Notes(say)
    raw = raw.replace(b"\r\r\n", b"\r\n") if b"\r\r\n" in raw else raw
    root = read_structure(raw, notes)
    headers = root.headers
    headers.charset = headers.charset or _charset_of_text(root)
    if not headers.items:
        notes.defect(gettext_noop("The mail has no headers."))
    subject = headers.text("subject")[:LONGEST]
    for label in gateway_labels(subject):
        notes.defect(gettext_noop("The label %(label)s in the subject was ignored."), label=label)
    authors, author = _authors(headers, notes)
    content = read_content(root, notes)
    kind, bounce, kind_is_certain = read_kind(root, raw, author, subject, content.text, notes)
    by_program = kind is not Kind.MESSAGE or is_by_a_program(headers) or from_a_daemon(author)
    by_list = is_by_a_list(headers)
    if not kind_is_certain:
        notes.defect(gettext_noop("The kind of mail was recognised by its wording, not by its form."))
    answered, referenced = referenced_ids(headers, "in-reply-to"), referenced_ids(headers, "references")
    html, reply, quoted = content.html, content.text.strip("\n"), ""
    if kind is Kind.MESSAGE and not is_forward(subject):
        answers = bool(answered or referenced) or is_reply(subject)
        html, reply, quoted = divide(content.text, content.html, answers=answers)
    digest = fingerprint(headers, raw, root.start)
    stated_id = message_id(headers)
    if not stated_id:
        notes.defect(gettext_noop("The mail has no usable Message-ID; one was made from its content."))
    return ParsedEmail(
        message_id=stated_id or f"{digest}@generated",
        made_message_id=not stated_id,
        in_reply_to=answered,
        references=referenced,
        subject=subject,
        bare_subject=bare_subject(subject),
        date=_date(headers, notes),
        author=author,
        authors=authors,
        sender=next(iter(_people(headers, "sender", notes)), None),
        reply_to=_people(headers, "reply-to", notes),
        to=_people(headers, "to", notes),
        cc=_people(headers, "cc", notes),
        delivered_to=_delivered_to(headers, notes),
        kind=kind,
        bounce=bounce,
        text=content.text,
        html=html,
        reply=reply,
        quoted=quoted,
        attachments=content.attachments,
        forwarded=read_forward(root, subject, content.text, notes) if kind is Kind.MESSAGE else None,
        auto_submitted=auto_submitted(headers),
        precedence=headers.text("precedence").lower()[:60],
        list_id=_list_id(headers),
        return_path=_return_path(headers),
        is_automatic=by_program or by_list,
        authentication_results=tuple(headers.written(value) for value in headers.raws("authentication-results")[:20]),
        headers=headers.decoded,
        defects=tuple(notes.defects),
        fingerprint=digest,
        kind_is_certain=kind_is_certain,
        is_bulk=kind is Kind.MESSAGE and is_bulk(headers),
        is_important=is_important(headers),
        list_addresses=list_addresses(headers) if by_list else (),
        is_automatic_by_list=by_list and not by_program,
        says_automatic_reply=names_absence(subject, content.text),
        original_authors=tuple(person for name in ORIGINAL_AUTHORS for person in _people(headers, name, notes)),
    )


def read_authors(header: bytes) -> tuple[EmailAddress, ...]:
    """Who stands in the From fields of a header, as `parse` reads them from a whole mail; never raises."""
    notes = Notes()
    try:
        return _authors(read_structure(header, notes).headers, notes)[0]
    except Exception:
        return ()


def _charset_of_text(root: Part) -> str:
    """The charset of the first text: raw 8-bit headers are mostly in the same one."""
    return next((charset for part in root.walk() if (charset := part.parameters.get("charset", ""))), "")


def _authors(headers: Headers, notes: Notes) -> tuple[tuple[EmailAddress, ...], EmailAddress]:
    """Every address in every From header, and the first one; a name without an address if there is none."""
    found = [person for value in headers.raws("from") for person in parse_addresses(headers.unfolded(value), notes)]
    authors = tuple({person.address: person for person in reversed(found) if person.address}.values())[::-1]
    if len(authors) > 1:
        notes.defect(gettext_noop("The From header names several senders; the first one is shown."))
    if not authors:
        notes.defect(gettext_noop("The mail names no usable sender."))
    return authors, authors[0] if authors else next(iter(found), NOBODY)


def _date(headers: Headers, notes: Notes) -> datetime | None:
    text = headers.text("date")
    date = parse_date(text)
    if text and date is None:
        notes.defect(gettext_noop("The date of the mail cannot be right; it was ignored."))
    return date


def _people(headers: Headers, name: str, notes: Notes) -> tuple[EmailAddress, ...]:
    """Everyone with a usable address in the headers of one name."""
    found = [person for value in headers.raws(name)[:20] for person in parse_addresses(headers.unfolded(value), notes)]
    return tuple(person for person in found if person.address)


def _delivered_to(headers: Headers, notes: Notes) -> tuple[str, ...]:
    """The addresses the mail was delivered to, the header that knows best first, each once."""
    found = [person.address for name in DELIVERED_TO for person in _people(headers, name, notes)]
    return tuple(dict.fromkeys(found))[:MOST_DELIVERIES]


def _list_id(headers: Headers) -> str:
    text = headers.text("list-id")
    return (text.rpartition("<")[2].partition(">")[0] if "<" in text else text).strip()[:250]


def _return_path(headers: Headers) -> str | None:
    """The envelope sender: "" is the null sender, None means that nobody wrote it down."""
    if "return-path" not in headers:
        return None
    text = headers.plain("return-path")
    return usable(text.strip("<> ")) or ("" if not text.strip("<> ") else text[:254])
