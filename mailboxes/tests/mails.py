"""Mails as the tests write them."""

from itertools import count
from typing import Any

from mailboxes.inbound import pipeline
from mailboxes.inbound.take_in import take_in
from mailboxes.models import InboundEmail

_numbers = count(1)
SUPPORT = "support@helpdesk.example"


def mail(text: str = "The printer is on fire.", **headers: str) -> bytes:
    """A plain mail by Carla to support; `headers` change or add some, "" leaves one out."""
    number = next(_numbers)
    written = {
        "From": "Carla Conti <carla@acme.example>",
        "To": SUPPORT,
        "Subject": f"Printer {number}",
        "Date": "Fri, 20 Nov 2026 12:00:00 +0000",
        "Message-ID": f"<mail-{number}@acme.example>",
        "Content-Type": "text/plain; charset=utf-8",
    }
    written |= {name.replace("_", "-").title().replace("-Id", "-ID"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in written.items() if value)
    return f"{head}\r\n{text}\r\n".encode()


def arrive(raw: bytes, **how: Any) -> InboundEmail:
    """What became of a mail that a mail server handed over."""
    return pipeline.deliver(take_in(raw, **how), raw)


def bounce(recipient: str, original_message_id: str = "", *, status: str = "5.1.1") -> bytes:
    """A delivery report (RFC 3464) about a mail to `recipient`."""
    original = f"Message-ID: <{original_message_id}>\r\n" if original_message_id else ""
    return (
        "Return-Path: <>\r\n"
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\n"
        f"To: {SUPPORT}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <bounce-{next(_numbers)}@mx.example>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: text/plain\r\n\r\nThe mail could not be delivered.\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} User unknown\r\n\r\n"
        f"--B\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: {SUPPORT}\r\nTo: {recipient}\r\n"
        f"Subject: Your request\r\n{original}\r\n--B--\r\n"
    ).encode()
