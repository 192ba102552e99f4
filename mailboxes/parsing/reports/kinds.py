"""What is this mail: a person's message, an automatic reply, a bounce, a report, an answer to an invitation?"""

from __future__ import annotations

import re

from mailboxes.parsing.body.structure import Part
from mailboxes.parsing.reports.automatic import is_automatic_reply, proves_program
from mailboxes.parsing.reports.delivery_reports import RETURNED_TYPES, about, read_delivery_report, returned_headers
from mailboxes.parsing.reports.informal_bounces import from_a_daemon, read_informal_bounce
from mailboxes.parsing.values.notes import Notes
from mailboxes.parsing.values.types import Bounce, EmailAddress, Kind

CALENDAR_METHOD = re.compile(rb"^METHOD:[ \t]*([A-Z-]{1,20})", re.IGNORECASE | re.MULTILINE)
FEEDBACK = re.compile(rb"^Feedback-Type:[ \t]*\w", re.IGNORECASE | re.MULTILINE)
FEEDBACK_FIELD = re.compile(rb"^(?:User-Agent|Version|Original-Mail-From|Source-IP):", re.IGNORECASE | re.MULTILINE)
COMPLAINT = re.compile(r"\s*(?:complaint about message from|abuse report|email feedback report)\b", re.IGNORECASE)
COMPLAINERS = re.compile(r"(?:staff|abuse|feedback\w*|fbl|complaints?)@.+", re.IGNORECASE)
ANSWERS = {"reply", "counter", "declinecounter"}


def read_kind(
    root: Part, raw: bytes, author: EmailAddress, subject: str, text: str, notes: Notes
) -> tuple[Kind, Bounce | None, bool]:
    """The kind, for reports the mail they are about, and whether a form or header of programs tells the kind.

    A standard form is believed before words are.
    """
    types = {part.type for part in root.walk()}
    report = root.parameters.get("report-type", "").lower() if root.type == "multipart/report" else ""
    if "message/feedback-report" in types and (report in ("feedback-report", "") or root.type != "multipart/report"):
        return Kind.FEEDBACK_REPORT, about([], returned_headers(list(root.walk()), notes)), True
    if types & RETURNED_TYPES and ((in_form := _complains(root, notes)) or _says_complaint(author, subject)):
        return Kind.FEEDBACK_REPORT, about([], returned_headers(list(root.walk()), notes)), in_form
    if (root.type == "multipart/report" or from_a_daemon(author)) and (found := read_delivery_report(root, notes)):
        return *found, True
    if report == "disposition-notification" or "message/disposition-notification" in types:
        return Kind.AUTO_REPLY, None, True
    if "text/calendar" in types and _calendar_method(root, notes) in ANSWERS:
        return Kind.CALENDAR_ANSWER, None, True
    if noticed := read_informal_bounce(root, raw, author, subject, text, notes):
        return noticed
    if is_automatic_reply(root.headers, subject, text):
        return Kind.AUTO_REPLY, None, proves_program(root.headers)
    return Kind.MESSAGE, None, True


def _says_complaint(author: EmailAddress, subject: str) -> bool:
    """Microsoft's reports have no fields: who sends them and how they begin must do."""
    return COMPLAINT.match(subject) is not None and COMPLAINERS.fullmatch(author.address) is not None


def _complains(root: Part, notes: Notes) -> bool:
    """Are there fields of RFC 5965 in a part of another type?"""
    fields = (
        part.content(notes)[:2_000]
        for part in root.walk()
        if part.type in ("text/plain", "application/octet-stream", "message/feedback-report")
        and part.end - part.start < 50_000
    )
    return any(FEEDBACK.search(field) and FEEDBACK_FIELD.search(field) for field in fields)


def _calendar_method(root: Part, notes: Notes) -> str:
    """What a calendar part asks for (RFC 5546), in lower case: request, reply, counter, cancel …"""
    for part in root.walk():
        if part.type == "text/calendar":
            stated = part.parameters.get("method", "")
            found = None if stated else CALENDAR_METHOD.search(part.content(notes)[:20_000])
            return (stated or (found[1].decode("ascii") if found else "")).lower()
    return ""
