"""What does a mail say that its writer signed in one opaque piece (S/MIME, RFC 8551 section 3.5.2)?

The signature is not checked here; only the wrapping is taken off, so that the words can be read.
"""

from __future__ import annotations

from collections.abc import Iterator

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
ENVELOPED_DATA = bytes.fromhex("2a864886f70d010703")  # 1.2.840.113549.1.7.3
DATA = bytes.fromhex("2a864886f70d010701")  # 1.2.840.113549.1.7.1
SEQUENCE, OCTETS, CONSTRUCTED_OCTETS, OBJECT, CONTEXT_0 = 0x30, 0x04, 0x24, 0x06, 0xA0
DEEPEST = 12

TYPES = {"application/pkcs7-mime", "application/x-pkcs7-mime"}


def signed_content(data: bytes) -> bytes | None:
    """The MIME entity inside a CMS SignedData structure (RFC 5652, DER or BER), None if there is none."""
    if SIGNED_DATA not in data[:200]:
        return None
    try:
        return _content(data, 0, len(data), 0) or None
    except (IndexError, ValueError):
        return None


def _content(data: bytes, start: int, end: int, depth: int) -> bytes:
    """The octets that follow the object identifier "data", wherever they are nested."""
    expecting = False
    for tag, inside, stop in _elements(data, start, end):
        if tag == OBJECT:
            expecting = data[inside:stop] == DATA
        elif expecting and tag == CONTEXT_0:
            return _octets(data, inside, stop, 0)
        elif tag in (SEQUENCE, CONTEXT_0) and depth < DEEPEST and (found := _content(data, inside, stop, depth + 1)):
            return found
    return b""


def _octets(data: bytes, start: int, end: int, depth: int) -> bytes:
    """An octet string that may be cut into pieces."""
    pieces = []
    for tag, inside, stop in _elements(data, start, end):
        if tag == OCTETS:
            pieces.append(data[inside:stop])
        elif tag == CONSTRUCTED_OCTETS and depth < DEEPEST:
            pieces.append(_octets(data, inside, stop, depth + 1))
    return b"".join(pieces)


def _elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(tag, start and end of the content) of every ASN.1 element in a range."""
    while start < end:
        tag, length = data[start], data[start + 1]
        inside = start + 2
        if length == 0x80:  # indefinite: closed by two zero bytes
            stop = _end_of_indefinite(data, inside, end, 0)
            yield tag, inside, stop
            start = stop + 2
            continue
        if length & 0x80:
            octets = length & 0x7F
            length = int.from_bytes(data[inside : inside + octets], "big")
            inside += octets
        if tag == 0 and length == 0:
            return
        stop = min(inside + length, end)
        yield tag, inside, stop
        start = stop


def _end_of_indefinite(data: bytes, start: int, end: int, depth: int) -> int:
    """Where the content of an element of indefinite length ends."""
    if depth > DEEPEST:
        raise ValueError("ASN.1 is nested too deeply")
    while start < end:
        tag, length = data[start], data[start + 1]
        inside = start + 2
        if tag == 0 and length == 0:
            return start
        if length == 0x80:
            start = _end_of_indefinite(data, inside, end, depth + 1) + 2
        elif length & 0x80:
            octets = length & 0x7F
            start = inside + octets + int.from_bytes(data[inside : inside + octets], "big")
        else:
            start = inside + length
    return end
