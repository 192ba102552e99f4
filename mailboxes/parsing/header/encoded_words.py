"""What does a header value say once its encoded words (RFC 2047) are decoded?"""

from __future__ import annotations

import binascii
import re

from mailboxes.parsing.header.charsets import decode
from mailboxes.parsing.values.notes import Notes

HEAD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?")
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")


def decode_words(text: str, notes: Notes) -> str:
    """`text` with every encoded word decoded; what cannot be decoded stays as it is.

    Neighbours in one charset are joined before decoding, because many programs cut a character in two. Words inside
    quotes or glued to other text are decoded too, as every mail program does. Linear in the length of `text`.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    run: list[bytes] = []  # bytes of neighbouring words in one charset
    charset, position = "", 0
    while found := _next_word(text, position):
        start, end, label, data = found
        between = text[position:start]
        if between and not (run and between.isspace()):
            out.append(_flushed(run, charset, notes))
            out.append(between)
        elif run and label != charset:
            out.append(_flushed(run, charset, notes))
        run.append(data)
        charset, position = label, end
    out.append(_flushed(run, charset, notes))
    out.append(text[position:])
    return "".join(out)


def _next_word(text: str, position: int) -> tuple[int, int, str, bytes] | None:
    """(start, end, charset, bytes) of the next encoded word at or after `position`."""
    while head := HEAD.search(text, position):
        end = _end_of_word(text, head)
        if end < 0:
            return None
        payload = text[head.end() : end]
        data = _from_base64(payload) if head[2] in "bB" else _from_q(payload)
        if data is not None:
            return head.start(), end + 2, head[1].partition("*")[0].lower(), data
        position = end + 2
    return None


def _end_of_word(text: str, head: re.Match[str]) -> int:
    """Where the closing `?=` is; a bare question mark before a quoted-printable code ("ok?=20") is none."""
    end = text.find("?=", head.end())
    while end >= 0 and head[2] in "qQ" and HEX_PAIR.match(text, end + 2) and text.find("?=", end + 2) >= 0:
        end = text.find("?=", end + 2)
    return end


def _flushed(run: list[bytes], charset: str, notes: Notes) -> str:
    """The text of the words collected so far, which are then forgotten."""
    if not run:
        return ""
    data = b"".join(run)
    run.clear()
    return decode(data, charset, notes)


def _from_base64(payload: str) -> bytes | None:
    """Bytes of a B word, as much as there is; None if it is no base64 at all."""
    letters = NOT_BASE64.sub("", payload.partition("=")[0])
    if not letters and payload.strip("= "):
        return None
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    try:
        return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    except binascii.Error:
        return None


def _from_q(payload: str) -> bytes:
    """Bytes of a Q word; characters that should have been encoded are taken as UTF-8."""
    return binascii.a2b_qp(payload.encode("utf-8", "replace"), header=True)
