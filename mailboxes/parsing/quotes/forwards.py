"""Whose mail does this one pass on? A suggestion for the agent, made only when it is unambiguous (L32)."""

from __future__ import annotations

import re
from itertools import islice

from mailboxes.parsing.body.bodies import read_content
from mailboxes.parsing.body.structure import Part, read_structure
from mailboxes.parsing.header.addresses import parse_addresses
from mailboxes.parsing.header.dates import parse_date
from mailboxes.parsing.header.subjects import is_forward
from mailboxes.parsing.quotes import quoting_words as words
from mailboxes.parsing.quotes.copied_headers import copied_headers, end_of_copied_headers
from mailboxes.parsing.values.notes import Notes
from mailboxes.parsing.values.types import EmailAddress, ParsedForward

# A forward in Danish and Norwegian, and an answer in Finnish, where no header is called Fra.
VIDERESENDT = re.compile(r"\s*VS\s*:", re.IGNORECASE)
FRA = re.compile(r"[\s*_]*Fra[\s*_]*:", re.IGNORECASE)
MOST_LINES = 5_000
FARTHEST_HEADERS = 4  # lines between the marker and the copied headers


def read_forward(root: Part, subject: str, text: str, notes: Notes) -> ParsedForward | None:
    """The one mail that is attached as message/rfc822, else the one whose headers are copied into the text."""
    attached = [part for part in root.walk() if _is_mail(part) and not part.is_multipart]
    if attached:
        return _attached(attached[0], notes) if len(attached) == 1 else None
    return _inline(text, subject) if text else None


def _is_mail(part: Part) -> bool:
    """Some programs send a mail as a file of no type."""
    name = part.disposition_parameters.get("filename") or part.parameters.get("name") or ""
    return part.type == "message/rfc822" or (part.type.startswith("application/") and name.lower().endswith(".eml"))


def _attached(part: Part, notes: Notes) -> ParsedForward | None:
    inner = read_structure(part.content(notes), Notes())
    senders = parse_addresses(inner.headers.plain("from"), Notes())
    if len(senders) != 1 or not senders[0].address:
        return None
    return ParsedForward(
        author=senders[0],
        subject=inner.headers.text("subject"),
        date=parse_date(inner.headers.plain("date")),
        text=read_content(inner, Notes()).text,
    )


def _inline(text: str, subject: str) -> ParsedForward | None:
    """Exactly one marker with headers after it. "Original message" and bare headers count in a forward only.

    Of several the first counts if the next one is all that its headers are followed by: it passed on a forward.
    """
    lines = text.split("\n")[:MOST_LINES]
    marked = [number for number, line in enumerate(lines) if _marks_forward(line)]
    if not marked and is_forward(subject):
        marked = [
            number for number, line in enumerate(lines) if len(line) < 200 and words.ORIGINAL_LINE.fullmatch(line)
        ]
        marked = marked or [number for number in range(len(lines)) if end_of_copied_headers(lines, number)][:1]
    if not marked and VIDERESENDT.match(subject):
        bare = (number for number, line in enumerate(lines) if FRA.match(line) and end_of_copied_headers(lines, number))
        marked = list(islice(bare, 1))
    if not marked:
        return None
    for start in range(marked[0], min(len(lines), marked[0] + FARTHEST_HEADERS)):
        if end := end_of_copied_headers(lines, start):
            if len(marked) > 1 and any(line.strip(" >") for line in lines[end : marked[1]]):
                return None
            return _from_copied(lines[start:end], lines[end:])
    return None


def _marks_forward(line: str) -> bool:
    stripped = line.strip()
    if len(stripped) > 200 or not (stripped[:1] in "-–—_=*|" or stripped[-1:] in ":："):
        return False
    return bool(stripped) and words.FORWARD_LINE.fullmatch(line) is not None


def _from_copied(block: list[str], rest: list[str]) -> ParsedForward | None:
    headers = copied_headers(block)
    senders = [person for person in parse_addresses(headers.get("from", ""), Notes()) if person.address]
    if len(senders) != 1:
        return None
    quoted = bool(block) and block[0].startswith(">")
    text = "\n".join(line.removeprefix(">").removeprefix(" ") if quoted else line for line in rest).strip("\n")
    author = EmailAddress(senders[0].name, senders[0].address)
    return ParsedForward(author, headers.get("subject", ""), parse_date(headers.get("sent", "")), text)
