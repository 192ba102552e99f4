"""Does any mail up to 25 MB end within two seconds? Each is built to hit one part of the parser (MT10, MT11, MT30)."""

import time
from collections.abc import Callable

import pytest

from mailboxes.tests.parsing.mails import parsed

SIZE = 25_000_000
SECONDS = 2.0
HEAD = b"From: a@b.example\nSubject: s\nMessage-ID: <x@y>\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="B"\n\n'
HTML = HEAD + b"Content-Type: text/html\n\n"
DAEMON = b"Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: Undelivered\n\n"


def filled(unit: bytes, size: int = SIZE) -> bytes:
    return unit * (size // len(unit))


def nested() -> bytes:
    part = b'--B%d\nContent-Type: multipart/mixed; boundary="B%d"\n\n'
    return MIXED.replace(b'"B"', b'"B0"') + b"".join(part % (i, i + 1) for i in range(2000)) + filled(b"--B a\n")


MAILS: dict[str, Callable[[], bytes]] = {
    "short lines": lambda: HEAD + b"\n" + filled(b"a\n"),
    "blank lines": lambda: HEAD + b"\n" + filled(b"\n"),
    "a single line": lambda: HEAD + b"\n" + filled(b"a"),
    "quoted lines": lambda: HEAD + b"\n" + filled(b"> a\n"),
    "attributions": lambda: HEAD + b"\n" + filled(b"On 1.2.2020 10:00 x wrote:\n"),
    "colons": lambda: HEAD + b"\n" + filled(b"ab:\n"),
    "copied headers": lambda: HEAD + b"\n" + filled(b"From: a@b\nTo: c\n"),
    "ruled lines": lambda: HEAD + b"\n" + filled(b"---- - - - ----\n"),
    "headers only": lambda: filled(b"X-A: b\n"),
    "encoded words": lambda: b"Subject: " + filled(b"=?utf-8?Q?abc?= ") + b"\n\n",
    "many addresses": lambda: b"To: " + filled(b"a@b, ") + b"\n\n",
    "parentheses": lambda: b"To: " + filled(b"(") + b"\n\n",
    "quotes": lambda: b"From: " + filled(b'"\\') + b"\n\n",
    "many From headers": lambda: filled(b'From: "a" <b@c.example>, (x) d@e.example\n') + b"\n\n",
    "40,000 parameters": lambda: b"Content-Type: text/plain" + filled(b"; a*1*=b", 320_000) + b"\n\nx",
    "parts": lambda: MIXED + filled(b"--B\n\nx\n"),
    "nested parts": nested,
    "nested messages": lambda: HEAD + filled(b"Content-Type: message/rfc822\n\n"),
    "nested <div>": lambda: HTML + filled(b"<div>"),
    "entities": lambda: HTML + filled(b"&amp;"),
    "angle brackets": lambda: HTML + filled(b">"),
    "long HTML": lambda: HTML + filled(b"<p style='color:red'>Hello <b>you</b></p>\n"),
    "unclosed <font>": lambda: HTML + b"".join(b"<p><font color=%d>" % number for number in range(100_000)),
    "embedded images": lambda: HTML + filled(b"<img src='data:image/png;base64," + b"A" * 400 + b"'>"),
    "broken base64": lambda: HEAD + b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + filled(b"Y=!"),
    "padded base64": lambda: (
        HEAD + b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + filled(b"YQ==\n")
    ),
    "uuencode": lambda: HEAD + b"Content-Transfer-Encoding: uuencode\n\nbegin 644 x\n" + filled(b"#0V%T\n"),
    "Latin-1 without a label": lambda: HEAD + b"\n" + filled(b"\xe9t\xe9 "),
    "wrong ISO-2022-JP": lambda: (
        HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + filled(b"\x1b$B\x2d\x21\x1b(B")
    ),
    "a daemon": lambda: DAEMON + filled(b"a@b.example "),
    "a daemon's many": lambda: DAEMON + b"".join(b"<u%d@b.example>: no\n" % number for number in range(1_000_000)),
    "a daemon's fields": lambda: DAEMON + filled(b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n"),
    "winmail.dat": lambda: (
        HEAD
        + b"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: binary\n\n\x78\x9f\x3e\x22\x01\x00"
        + filled(b"\x01\x00" + bytes(9))
    ),
    "nested ASN.1": lambda: (
        HEAD
        + b"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: binary\n\n\x30\x80\x06\x09"
        + bytes.fromhex("2a864886f70d010702")
        + filled(b"\x30\x80")
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MAILS)
def test_a_hostile_mail_is_read_within_two_seconds(name: str) -> None:
    raw = MAILS[name]()
    started = time.process_time()
    email = parsed(raw)
    assert time.process_time() - started < SECONDS
    assert len(email.text) <= 1_000_000
    assert len(email.html) <= 20_000_000
