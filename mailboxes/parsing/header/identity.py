"""By which ids is a mail known, and is it the same mail when it arrives twice?"""

from __future__ import annotations

import hashlib
import re

from mailboxes.parsing.header.headers import Headers

PIECE = 1024 * 1024  # of a body
LONGEST_ID = 250  # characters; it goes into indexes
MOST_REFERENCES = 200
LARGEST_REFERENCES = 262_144  # bytes
ID = re.compile(r"<([^<>\s]+)>")
LOOSE_ID = re.compile(r"[^<>\s\"(),;]+@[^<>\s\"(),;]+")
#: The last two say what the bytes of the body mean.
SAME_IN_EVERY_DELIVERY = ("from", "date", "subject", "message-id", "content-type", "content-transfer-encoding")


def message_id(headers: Headers) -> str:
    """The id without angle brackets, "" if there is none. White space in it comes from folding and is dropped."""
    value = headers.plain("message-id")
    inside = value[value.find("<") + 1 :].partition(">")[0] if "<" in value else value
    return bounded("".join(inside.split())) if value.isprintable() else ""


def referenced_ids(headers: Headers, name: str) -> tuple[str, ...]:
    """Ids in an In-Reply-To or References header, in order, each once; prose around them (RFC 822) is ignored.

    Of a very long list the first and the last ones are kept: the first is the start of the conversation.
    """
    found: list[str] = []
    for value in headers.raws(name):
        text = value[-LARGEST_REFERENCES:].decode("utf-8", "replace")
        ids = ID.findall(text) or (LOOSE_ID.findall(text) if len(text) < 1000 else [])
        found.extend(bounded(item) for item in ids if item.isprintable())
    unique = list(dict.fromkeys(found))
    if len(unique) > MOST_REFERENCES:
        unique = [unique[0], *unique[1 - MOST_REFERENCES :]]
    return tuple(unique)


def bounded(identifier: str) -> str:
    """An id as it is stored: one that is too long is shortened, the same way in every header it appears in."""
    if len(identifier) <= LONGEST_ID:
        return identifier
    digest = hashlib.sha256(identifier.encode("utf-8", "replace")).hexdigest()
    return f"{identifier[: LONGEST_ID - 65]}~{digest}"


def fingerprint(headers: Headers, raw: bytes, start: int) -> str:
    """sha256 over From, Date, Subject, Message-ID, and the body with the headers that say how it is read.

    The body is what `raw` has from `start` on; it is read in pieces, as it may be large.

    Trace headers are left out and line ends made equal, so two deliveries of one mail (to two addresses, by IMAP and
    through a pipe) have one fingerprint, and two mails with one Message-ID have two.
    """
    digest = hashlib.sha256()
    for name in SAME_IN_EVERY_DELIVERY:
        for value in headers.raws(name):
            digest.update(name.encode() + b":" + b" ".join(value.split()) + b"\n")
    digest.update(b"\n")
    end = _end_of_text(raw, start)
    while start < end:
        to = min(start + PIECE, end)
        to += raw[to - 1 : to + 1] == b"\r\n"  # which stays together
        digest.update(raw[start:to].replace(b"\r\n", b"\n"))
        start = to
    return digest.hexdigest()


def _end_of_text(raw: bytes, start: int) -> int:
    """Where the white space at the end of `raw` begins."""
    end = len(raw)
    while end > start:
        piece = raw[max(start, end - PIECE) : end]
        if text := piece.rstrip():
            return end - len(piece) + len(text)
        end -= len(piece)
    return start
