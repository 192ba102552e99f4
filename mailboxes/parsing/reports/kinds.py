"""What is this mail: a person's message, an automatic reply, a bounce, a report, an answer to an invitation?"""

from __future__ import annotations

import re

from mailboxes.parsing.body.structure import Part
from mailboxes.parsing.reports.automatic import is_automatic_reply
from mailboxes.parsing.reports.delivery_reports import about, read_delivery_report, returned_headers
from mailboxes.parsing.reports.informal_bounces import from_a_daemon, read_informal_bounce
from mailboxes.parsing.values.notes import Notes
from mailboxes.parsing.values.types import Bounce, EmailAddress, Kind

CALENDAR_METHOD = re.compile(rb"^METHOD:[ \t]*([A-Z-]{1,20})", re.IGNORECASE | re.MULTILINE)
ANSWERS = {"reply", "counter", "declinecounter"}


def read_kind(
    root: Part, raw: bytes, author: EmailAddress, subject: str, text: str, notes: Notes
) -> tuple[Kind, Bounce | None]:
    """The kind, and for reports the mail they are about. A standard form is believed before words are."""
    types = {part.type for part in root.walk()}
    report = root.parameters.get("report-type", "").lower() if root.type == "multipart/report" else ""
    if "message/feedback-report" in types and (report in ("feedback-report", "") or root.type != "multipart/report"):
        return Kind.FEEDBACK_REPORT, about([], returned_headers(list(root.walk()), notes))
    if (root.type == "multipart/report" or from_a_daemon(author)) and (found := read_delivery_report(root, notes)):
        return found
    if report == "disposition-notification" or "message/disposition-notification" in types:
        return Kind.AUTO_REPLY, None
    if "text/calendar" in types and _calendar_method(root, notes) in ANSWERS:
        return Kind.CALENDAR_ANSWER, None
    if found := read_informal_bounce(root, raw, author, subject, text, notes):
        return found
    return (Kind.AUTO_REPLY if is_automatic_reply(root.headers, subject) else Kind.MESSAGE), None


def _calendar_method(root: Part, notes: Notes) -> str:
    """What a calendar part asks for (RFC 5546), in lower case: request, reply, counter, cancel …"""
    for part in root.walk():
        if part.type == "text/calendar":
            stated = part.parameters.get("method", "")
            found = None if stated else CALENDAR_METHOD.search(part.content(notes)[:20_000])
            return (stated or (found[1].decode("ascii") if found else "")).lower()
    return ""
