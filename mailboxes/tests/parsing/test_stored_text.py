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


NESTED = (
    b"""From: a@b.example
Subject: =?utf-8?q?x=00y?= =?utf-16-be?b?2AA=?=
Reply-To: "x\x00y" <q@b.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: multipart/related; boundary=C

--C
Content-Type: text/html; charset=utf-8

<p title="&#0;&#xD800;x">a&#0;b&#xd800;c \x00 <img src="cid:x\x00y@z"></p>
--C
Content-Type: image/png
Content-ID: <x\x00y@z>
Content-Disposition: inline; filename*=utf-8''a%00b%ED%A0%80.png

\x89PNG
--C--
--B
Content-Type: text/plain; charset=utf-16le; name*0*=utf-16le''%00%d8; name*1=x
Content-Transfer-Encoding: base64

YQAAAADYYgA=
--B
Content-Type: text/calendar

BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:a\x00b
DTSTART:20260101T000000Z
END:VEVENT
END:VCALENDAR
--B
Content-Type: message/rfc822

From: x\x00@y.example
Subject: i\x00n

body\x00
--B--
""",
    b"""From: MAILER-DAEMON@b.example
Subject: failed
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B

x\x00
--B
Content-Type: message/delivery-status

Reporting-MTA: dns;x\x00

Final-Recipient: rfc822;x\x00y@z.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 \x00 \xed\xa0\x80
--B--
""",
)


@pytest.mark.parametrize("raw", NESTED)
def test_what_parts_files_and_reports_say_can_be_stored(raw: bytes) -> None:
    mail = parse(raw)
    assert mail.attachments
    assert {where for where, text in texts(mail) if not _can_be_stored(text)} == set()


def _can_be_stored(text: str) -> bool:
    return "\0" not in text and text.encode("utf-8", "replace").decode() == text
