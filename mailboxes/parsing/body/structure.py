"""Which parts does a mail consist of (RFC 2046), however badly it is put together?

The standard library's parser is not used here: it reads line by line (25 MB of short lines take it seven seconds),
recurses into nested parts until Python gives up, and loses whole mails over an unquoted boundary. This one searches for
boundaries in the bytes and never copies a part before it is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailboxes.parsing.body.transfer import decoded
from mailboxes.parsing.header.headers import Headers, read_headers
from mailboxes.parsing.header.parameters import boundaries, parse_parameters
from mailboxes.parsing.values.notes import Notes, gettext_noop

MOST_PARTS = 500
DEEPEST = 200
LARGEST_SEARCH = 300_000_000  # bytes looked at for boundaries: every level of nesting reads its content again
GUESSED_BOUNDARY = re.compile(rb"(?:^|\n|\r)--([^\r\n]{1,200}?)[ \t]*(?:\r\n|\n|\r)(?=Content-[A-Z])", re.IGNORECASE)
DELIMITER_TAIL = re.compile(rb"(?:--)?[ \t]*(?:\r\n|\n|\r|\Z)")
TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")


@dataclass(slots=True)
class Part:
    """A leaf or a multipart. `start` and `end` bound its body in `raw`."""

    raw: bytes
    start: int
    end: int
    headers: Headers
    type: str
    parameters: dict[str, str]
    disposition: str
    disposition_parameters: dict[str, str]
    children: list[Part] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        """Does it consist of parts that were found?"""
        return bool(self.children)

    def body(self) -> bytes:
        """The body as it came, still encoded."""
        return self.raw[self.start : self.end]

    def content(self, notes: Notes) -> bytes:
        """The decoded body."""
        encoding = self.headers.plain("content-transfer-encoding")
        return decoded(self.body(), encoding, self.type.startswith("text/"), notes)

    def walk(self) -> Iterator[Part]:
        """This part and all below it, depth first, without recursion."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


@dataclass(slots=True)
class _Limits:
    parts: int = MOST_PARTS
    search: int = LARGEST_SEARCH


def read_structure(raw: bytes, notes: Notes) -> Part:
    """The tree of parts of a whole mail; at most 500 parts, 200 levels."""
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while raw[start : start + 1] in (b"\r", b"\n"):
        start += 1
    limits = _Limits()
    root = _read_part(raw, start, len(raw), "text/plain", notes)
    waiting = [(root, 0)]
    while waiting:
        part, depth = waiting.pop()
        if not part.type.startswith("multipart/"):
            continue
        if depth >= DEEPEST or limits.search <= 0:
            notes.defect(gettext_noop("The parts are nested too deeply; the innermost are kept as text."))
            part.type = "text/plain"
            continue
        _split(part, limits, notes)
        waiting.extend((child, depth + 1) for child in part.children)
    return root


def _read_part(raw: bytes, start: int, end: int, default_type: str, notes: Notes) -> Part:
    """One part with its headers read and its body not yet looked at."""
    items, body = read_headers(raw, start, end, notes)
    headers = Headers(items, notes)
    stated = headers.plain("content-type")
    kind, parameters = parse_parameters(stated, notes) if stated else (default_type, {})
    disposition, disposition_parameters = parse_parameters(headers.plain("content-disposition"), notes)
    headers.charset = parameters.get("charset", "")
    return Part(raw, body, end, headers, _known_type(kind, notes), parameters, disposition, disposition_parameters)


def _known_type(kind: str, notes: Notes) -> str:
    """A usable media type: what is no type at all is text, as RFC 2045 section 5.2 says."""
    kind = kind.strip(" \t\"'")
    if kind in ("text", "plain", "plain/text", "text/text", "text/ascii"):
        return "text/plain"
    if kind in ("html", "html/text", "text/htm"):
        return "text/html"
    if TYPE.fullmatch(kind):
        return kind
    if kind.startswith("multipart"):
        return "multipart/mixed"
    notes.defect(gettext_noop("A Content-Type header cannot be read; its part is treated as text."))
    return "text/plain"


def _split(part: Part, limits: _Limits, notes: Notes) -> None:
    """Find the children of a multipart; without any it becomes text, so that nothing in it is lost."""
    default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    encoding = part.headers.plain("content-transfer-encoding").lower()
    if encoding.startswith(("base64", "quoted-printable")):
        _decode_in_place(part, notes)
    ranges = _ranges(part, limits, notes)
    if not ranges:
        notes.defect(gettext_noop("A multipart has no parts; it is shown as text."))
        part.type = "text/plain"
    for start, end in ranges:
        limits.parts -= 1
        if limits.parts <= 0:
            notes.defect(
                gettext_noop("The mail has more than %(number)s parts; the rest is kept as one file."),
                number=MOST_PARTS,
            )
            part.children.append(_remainder(part, start, notes))
            break
        part.children.append(_read_part(part.raw, start, end, default, notes))


def _decode_in_place(part: Part, notes: Notes) -> None:
    """RFC 2045 forbids to encode a multipart as a whole; some programs do it (or only say so)."""
    if any(f"--{boundary}".encode() in part.raw for boundary in boundaries("", part.parameters)):
        return
    part.raw = part.content(notes)
    part.start, part.end = 0, len(part.raw)


def _remainder(part: Part, start: int, notes: Notes) -> Part:
    """Everything from `start` on as one attachment."""
    headers = Headers([], notes)
    name = {"filename": "remaining-parts.txt"}
    return Part(part.raw, start, part.end, headers, "application/octet-stream", {}, "attachment", name)


def _ranges(part: Part, limits: _Limits, notes: Notes) -> list[tuple[int, int]]:
    """(start, end) of every child, by the stated boundary or, if it does not occur, by one that does."""
    stated = part.headers.plain("content-type")
    for boundary in boundaries(stated, part.parameters):
        limits.search -= part.end - part.start
        if ranges := _between(part, boundary.encode("utf-8", "surrogateescape"), limits.parts):
            return ranges
    if guess := GUESSED_BOUNDARY.search(part.raw, part.start, min(part.end, part.start + 100_000)):
        limits.search -= part.end - part.start
        if part.raw.count(b"--" + guess[1], part.start, part.end) > 1:
            notes.defect(gettext_noop("The boundary of a multipart is wrong; it was found in the content."))
            return _between(part, guess[1], limits.parts)
    return []


def _between(part: Part, boundary: bytes, most: int) -> list[tuple[int, int]]:
    """The ranges between the delimiter lines of `boundary`; a missing end delimiter ends the last one."""
    mark = b"--" + boundary
    raw, ranges = part.raw, list[tuple[int, int]]()
    opened, position = -1, part.start
    while len(ranges) <= most:
        at = raw.find(mark, position, part.end)
        if at < 0:
            break
        position = at + len(mark)
        line_end = _delimiter_end(raw, part, at, position)
        if line_end < 0:
            continue
        if opened >= 0:
            ranges.append((opened, _without_line_end(raw, opened, at)))
        closing = raw.startswith(b"--", position)
        opened = -1 if closing else line_end
        position = line_end
    if opened >= 0:
        ranges.append((opened, part.end))
    return ranges


def _delimiter_end(raw: bytes, part: Part, at: int, after: int) -> int:
    """Where the line after a delimiter starts, -1 if the find at `at` is no delimiter line."""
    if at > part.start and raw[at - 1] not in b"\r\n":
        return -1
    found = DELIMITER_TAIL.match(raw, after, min(part.end, after + 200))
    return found.end() if found else -1


def _without_line_end(raw: bytes, start: int, end: int) -> int:
    """The line end before a delimiter belongs to the delimiter."""
    if raw[max(start, end - 2) : end] == b"\r\n":
        return end - 2
    return end - 1 if end > start and raw[end - 1] in b"\r\n" else end
