"""What bytes were meant by a Content-Transfer-Encoding (RFC 2045, section 6), intact or not?"""

from __future__ import annotations

import binascii
import re

from mailboxes.parsing.values.notes import Notes, gettext_noop

TOKEN = re.compile(r"[a-z0-9-]+")
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
NO_BASE64 = bytes(set(range(256)) - set(BASE64))
MOST_SEGMENTS = 1_000
MOST_UU_LINES = 500_000
FOREIGN_TO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
AFTER_PADDING = re.compile(rb"=[=\s]*(?=[A-Za-z0-9+/])")
PLAIN = {"", "7bit", "8bit", "binary", "7-bit", "8-bit", "8bits", "7bits", "none"}


def decoded(data: bytes, encoding: str, is_text: bool, notes: Notes) -> bytes:
    """The content of a part. Broken base64 gives what can be saved; an unknown encoding leaves the bytes alone."""
    name = _name(encoding)
    if name in PLAIN:
        return data
    if name == "base64":
        return _from_base64(data, is_text, notes)
    if name in ("quoted-printable", "quotedprintable", "quoted-printible"):
        return binascii.a2b_qp(data)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return from_uuencode(data)
    notes.defect(
        gettext_noop("The transfer encoding “%(name)s” is unknown; the content is kept as it arrived."), name=name[:40]
    )
    return data


def from_uuencode(data: bytes) -> bytes:
    """Content between `begin` and `end`; a broken line is skipped."""
    out = []
    for line in data.splitlines()[:MOST_UU_LINES]:
        if line.startswith(b"begin ") or not line.strip():
            continue
        if line.strip() == b"end":
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:  # a known encoder writes one padding character too many
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                continue
    return b"".join(out)


def _name(encoding: str) -> str:
    """`base64` for `Base64; junk`, `"base64"` or `base64 (comment)`."""
    found = TOKEN.search(encoding.lower())
    return found[0] if found else ""


def _from_base64(data: bytes, is_text: bool, notes: Notes) -> bytes:
    """All base64 there is; text that clearly never was encoded is returned as it came."""
    foreign = len(FOREIGN_TO_BASE64.findall(data[:4000]))
    if foreign and is_text and foreign * 20 > len(data[:4000]):
        notes.defect(gettext_noop("A part claims to be base64 but is not; it is shown as it arrived."))
        return data
    padding = data.find(b"=")
    if 0 <= padding < len(data) - 8 and not foreign and AFTER_PADDING.search(data, padding):
        return b"".join(_lenient(piece) for piece in AFTER_PADDING.split(data, MOST_SEGMENTS))
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        notes.defect(gettext_noop("A part holds broken base64; what could be read is kept."))
        return _lenient(data)


def _lenient(data: bytes) -> bytes:
    """Base64 without its foreign characters, its padding repaired."""
    letters = data.translate(None, NO_BASE64)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
