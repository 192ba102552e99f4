"""Where do the headers of a mail or part end, and what do they say?"""

from __future__ import annotations

import re
from functools import cached_property

from mailboxes.parsing.header.charsets import decode_header
from mailboxes.parsing.header.encoded_words import decode_words
from mailboxes.parsing.values.notes import Notes, gettext_noop

LARGEST_BLOCK = 524_288  # bytes of headers
LARGEST_HEADER = 65_536  # bytes of one header
MOST_HEADERS = 1_000

MBOX = re.compile(rb">?From ")
FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
BLANK = (b"\n\n", b"\n\r\n", b"\r\r")
LINE_END = re.compile(rb"\r\n|\n|\r")
FOLD = re.compile(r"(?:[\r\n]+[ \t]*)+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# A line that is no header is skipped when one of these follows; otherwise the body begins there.
KNOWN = re.compile(
    rb"(from|to|cc|bcc|subject|date|message-id|mime-version|content-[a-z-]+|received|return-path|reply-to|sender"
    rb"|references|in-reply-to|x-[!-9;-~]+|delivered-to|dkim-signature|list-[a-z-]+|auto-submitted|precedence)[ \t]*:",
    re.IGNORECASE,
)


class Headers:
    """The headers of one mail or part, in order. `charset` is the hint for raw 8-bit bytes."""

    def __init__(self, items: list[tuple[str, bytes]], notes: Notes, charset: str = "") -> None:
        self.items = items
        self.notes = notes
        self.charset = charset
        self._first: dict[str, bytes] = {}
        for name, value in items:
            self._first.setdefault(name.lower(), value)

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def raw(self, name: str) -> bytes:
        """The bytes of the first header called `name` (in lower case), b"" if there is none."""
        return self._first.get(name, b"")

    def raws(self, name: str) -> list[bytes]:
        """The bytes of every header called `name` (in lower case), in order."""
        return [value for key, value in self.items if key.lower() == name] if name in self._first else []

    def unfolded(self, value: bytes) -> str:
        """One header value as characters; encoded words still encoded, because they may hide a comma or a bracket."""
        text = decode_header(value[:LARGEST_HEADER], self.charset, self.notes)
        return FOLD.sub(" ", text) if "\n" in text or "\r" in text else text

    def plain(self, name: str) -> str:
        """The first header called `name`, unfolded and trimmed, encoded words still encoded."""
        value = self._first.get(name)
        return self.unfolded(value).strip() if value else ""

    def text(self, name: str) -> str:
        """The first header called `name`, decoded, on one line, trimmed."""
        value = self._first.get(name)
        return self.readable(value) if value else ""

    def readable(self, value: bytes) -> str:
        """One header value decoded, on one line, without control characters."""
        return one_line(decode_words(self.unfolded(value), self.notes))

    def written(self, value: bytes) -> str:
        """As `readable`, with encoded words as they are: what machines write for machines has none of its own (RFC
        2047, 5), and what a sender hides in one is not to be taken for theirs.
        """
        return one_line(self.unfolded(value))

    @cached_property
    def decoded(self) -> tuple[tuple[str, str], ...]:
        """All headers as (name, readable value), in order, 256 KB in all."""
        left, found = 262_144, []
        for name, value in self.items:
            left -= len(value)
            if left < 0:
                break
            found.append((name, self.readable(value)))
        return tuple(found)


def one_line(text: str) -> str:
    """`text` trimmed, NUL dropped, other control characters (a smuggled line break too) turned into a space."""
    if text.isprintable():
        return text.strip()
    return CONTROL.sub(" ", text.replace("\0", "")).strip()


def read_headers(raw: bytes, start: int, end: int, notes: Notes) -> tuple[list[tuple[str, bytes]], int]:
    """(headers as (name, raw value), where the body starts) of the mail or part in `raw[start:end]`.

    Tolerates white space before the colon, single lines that are no header, a missing blank line, and line ends of
    any kind. A block without any header is all body.
    """
    block_end, body_start = _end_of_block(raw, start, end)
    if block_end - start > LARGEST_BLOCK:
        notes.defect(gettext_noop("The headers are too long; everything after the first 512 KB is treated as text."))
        block_end = body_start = start + LARGEST_BLOCK
    lines = LINE_END.split(raw[start:block_end])
    fields: list[tuple[str, list[bytes]]] = []
    position = start
    for number, line in enumerate(lines):
        if line[:1] in (b" ", b"\t"):
            if fields:
                fields[-1][1].append(line)
        elif field := FIELD.match(line):
            fields.append((field[1].decode("ascii"), [line[field.end() :].lstrip()]))
        elif line and not (number == 0 and MBOX.match(line)):
            if not (fields and _is_stray(lines, number)):
                notes.defect(gettext_noop("The blank line between headers and body is missing."))
                body_start = position
                break
            notes.defect(gettext_noop("A line among the headers is not a header; it is left out."))
        position = _after_line(raw, position, len(line))
    return [(name, b"\n".join(values)) for name, values in fields[:MOST_HEADERS]], body_start


def _end_of_block(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """(end of the headers, start of the body), at the first blank line; both are `end` if there is none."""
    first = raw[start : start + 2]
    if first[:1] == b"\n" or first == b"\r\n":
        return start, start + (1 if first[:1] == b"\n" else 2)
    for window in (4_096, LARGEST_BLOCK + 1, end - start):  # mostly the first, and a big attachment is not searched
        within = min(end, start + window)
        found = [(at, at + len(mark)) for mark in BLANK if (at := raw.find(mark, start, within)) >= 0]
        if found or within == end:
            break
    return min(found, default=(end, end))


def _is_stray(lines: list[bytes], number: int) -> bool:
    """Is this a single bad line among headers, not the start of the text?"""
    return number + 1 < len(lines) and KNOWN.match(lines[number + 1]) is not None


def _after_line(raw: bytes, position: int, length: int) -> int:
    position += length
    return position + (2 if raw[position : position + 2] == b"\r\n" else 1)
