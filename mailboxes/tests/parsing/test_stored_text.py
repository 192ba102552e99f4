"""Can every text that leaves the parser be stored? PostgreSQL takes no NUL, and no program a lone surrogate."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from mailboxes.parsing import parse

ODD = b"x\x00y"
PARTS = (
    b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\n%b\r\n"
    b"--B\r\nContent-Type: image/png; name=%b.png\r\nContent-ID: <%b@x>\r\n"
    b"Content-Disposition: inline\r\n\r\n%b\r\n--B--"
)
HEADERS = (
    *("From", "To", "Cc", "Reply-To", "Sender", "Subject", "Message-ID", "In-Reply-To", "References", "List-Id"),
    *("Return-Path", "Delivered-To", "Auto-Submitted", "Precedence", "Authentication-Results", "X-Other", "Date"),
)


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in `value`, with the way to it."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from texts(each, where)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from texts(getattr(value, each.name), f"{where}.{each.name}")


@pytest.mark.parametrize("odd", [ODD, b"=?utf-8?b?AA==?=", b"\xed\xa0\x80", b"=?utf-16?b?2AA=?=", b"\x00"])
def test_every_text_that_leaves_the_parser_can_be_stored(odd: bytes) -> None:
    head = b"".join(name.encode() + b": <" + odd + b"@x.example> " + odd + b"\r\n" for name in HEADERS)
    mail = parse(head + PARTS % ((odd,) * 4))
    found = dict(texts(mail))
    assert len(found) > 15
    assert {where for where, text in texts(mail) if not _can_be_stored(text)} == set()
    assert mail.attachments


def _can_be_stored(text: str) -> bool:
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text
