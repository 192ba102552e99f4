"""The hash of a mail's body as a DKIM signature means it (RFC 6376, 3.4). Read in pieces, however long it is."""

import hashlib

PIECE = 1024 * 1024
CRLF = b"\r\n"


def body_hash(raw: bytes, start: int, *, relaxed: bool) -> tuple[bytes, int]:
    """(SHA-256 of the canonical body that begins at `start`, its length in bytes)."""
    body, rest = _Body(), b""
    for position in range(start, len(raw), PIECE):
        text, rest = _cut(rest + raw[position : position + PIECE], relaxed=relaxed)
        body.add(_canonical(text, relaxed=relaxed))
    body.add(_canonical(rest + CRLF, relaxed=relaxed))
    if body.length or not relaxed:  # an empty body is one line end in "simple", and nothing in "relaxed"
        body.feed(CRLF)
    return body.digest.digest(), body.length


class _Body:
    """Hashes what it is given, but line ends only when something follows them: those at the end do not count."""

    def __init__(self) -> None:
        self.digest, self.length, self._line_ends = hashlib.sha256(), 0, 0

    def add(self, text: bytes) -> None:
        shorter = _without_empty_lines(text)
        if shorter:
            while self._line_ends:
                some = min(self._line_ends, PIECE)
                self.feed(CRLF * some)
                self._line_ends -= some
            self.feed(shorter)
        self._line_ends += (len(text) - len(shorter)) // 2

    def feed(self, text: bytes) -> None:
        self.digest.update(text)
        self.length += len(text)


def _cut(piece: bytes, *, relaxed: bool) -> tuple[bytes, bytes]:
    """`piece` in two: what can be told by itself, and the two bytes at most that depend on what follows."""
    rest = b"\r" if piece.endswith(b"\r") else b""
    text = piece[: len(piece) - len(rest)]
    shorter = text.rstrip(b" \t") if relaxed else text
    return shorter, (b" " if len(shorter) < len(text) else b"") + rest


def _canonical(text: bytes, *, relaxed: bool) -> bytes:
    """Line ends as they were sent; with `relaxed`, one space for any run of them and none before a line end."""
    if text.count(b"\n") != text.count(CRLF):
        text = text.replace(CRLF, b"\n").replace(b"\n", CRLF)
    if relaxed:
        text = text.replace(b"\t", b" ")
        while b"  " in text:
            text = text.replace(b"  ", b" ")
        text = text.replace(b" \r\n", CRLF)
    return text


def _without_empty_lines(text: bytes) -> bytes:
    """`text` without the line ends at its end. A lone CR is no line end."""
    if not text.endswith(CRLF):
        return text
    shorter = text.rstrip(CRLF)
    odd = text.rfind(b"\r\r", len(shorter))
    return text[: odd + 1] if odd >= 0 else shorter
