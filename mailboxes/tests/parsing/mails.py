"""Small mails written by hand, byte by byte."""

import struct
import zlib

from mailboxes.parsing import ParsedEmail, parse


def mail(body: bytes | str = b"Hello\n", **headers: bytes | str | None) -> bytes:
    """Carla's mail to support; `None` takes a header away, `Content_Type=` sets Content-Type."""
    stated: dict[str, bytes | str | None] = {
        "From": "Carla Conti <carla@acme.example>",
        "To": "support@desk.example",
        "Subject": "The printer is on fire",
        "Date": "Tue, 03 Mar 2026 10:00:00 +0100",
        "Message-ID": "<1@acme.example>",
    }
    stated.update({name.replace("_", "-"): value for name, value in headers.items()})
    lines = [f"{name}: ".encode() + to_bytes(value) for name, value in stated.items() if value is not None]
    return b"\n".join(lines) + b"\n\n" + to_bytes(body)


def to_bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value


def read(body: bytes | str = b"Hello\n", **headers: bytes | str | None) -> ParsedEmail:
    """`mail` parsed."""
    return parsed(mail(body, **headers))


def parsed(raw: bytes) -> ParsedEmail:
    return parse(raw)


def multipart(*parts: bytes | str, subtype: str = "mixed", extra: str = "", **headers: bytes | str | None) -> bytes:
    """A multipart mail whose parts are written with their headers."""
    body = b"".join(b"--B\n" + to_bytes(part) + b"\n" for part in parts) + b"--B--\n"
    return mail(body, Content_Type=f'multipart/{subtype}; boundary="B"{extra}', **headers)


def png(red: int = 0) -> bytes:
    """A picture of one dot, different for every `red`."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes([0, red, 0, 0]))))
    packed = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed) + b"\0\0\0\0IEND\xaeB`\x82"
