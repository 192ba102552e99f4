"""What does a delivery report in the standard form say (RFC 3464), and about which mail?"""

from __future__ import annotations

import re
from dataclasses import replace

from mailboxes.parsing.body.structure import Part, read_structure
from mailboxes.parsing.header.addresses import usable
from mailboxes.parsing.header.headers import LINE_END, Headers, read_headers
from mailboxes.parsing.header.identity import message_id
from mailboxes.parsing.values.notes import Notes
from mailboxes.parsing.values.types import Bounce, BouncedRecipient, Kind

STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
RETURNED_TYPES = {
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
}
MOST_RECIPIENTS = 100
LONGEST_REASON = 1_000  # characters
LARGEST_REPORT = 200_000  # bytes
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY_CODE = re.compile(r"(?<![\d.])([45])\d\d(?=[\s-])")
BLANK_LINES = re.compile(rb"\n[ \t]*\n")
ACTIONS = {
    "delayed": Kind.DELIVERY_WARNING,
    "delivered": Kind.DELIVERY_SUCCESS,
    "relayed": Kind.DELIVERY_SUCCESS,
    "expanded": Kind.DELIVERY_SUCCESS,
    "deliverable": Kind.DELIVERY_SUCCESS,  # Postfix, asked to probe an address
}


def read_delivery_report(root: Part, notes: Notes) -> tuple[Kind, Bounce] | None:
    """The kind by the worst action reported (failed, delayed, then delivered …), and what it is about."""
    parts = list(root.walk())
    reports = [part.content(notes) for part in parts if part.type in STATUS_TYPES]
    if found := reported_recipients(b"\n\n".join(reports), notes) if reports else None:
        kind, recipients = found
        return kind, replace(about(recipients, returned_headers(parts, notes)), standard=True)
    return None


def reported_recipients(report: bytes, notes: Notes) -> tuple[Kind, list[BouncedRecipient]] | None:
    """The worst kind in the fields of a delivery-status, and the recipients it concerns; None if it names nobody.

    Those that the server still tries are named beside the failed ones, as not final.
    """
    recipients: dict[Kind, list[BouncedRecipient]] = {}
    for fields in _recipient_fields(report, notes):
        recipient = _recipient(fields)
        kind = _kind(fields, recipient)
        if recipient.address and recipient not in recipients.setdefault(kind, []):
            recipients[kind].append(recipient)
    if failed := recipients.get(Kind.BOUNCE):
        failed += [replace(each, permanent=False) for each in recipients.get(Kind.DELIVERY_WARNING, [])]
    for kind in (Kind.BOUNCE, Kind.DELIVERY_WARNING, Kind.DELIVERY_SUCCESS):
        if recipients.get(kind):
            return kind, recipients[kind][:MOST_RECIPIENTS]
    return None


def about(recipients: list[BouncedRecipient], original: Headers | None) -> Bounce:
    """The recipients with what is known of the returned mail."""
    if original is None:
        return Bounce(tuple(recipients))
    return Bounce(tuple(recipients), message_id(original), original.decoded)


def returned_headers(parts: list[Part], notes: Notes) -> Headers | None:
    """The headers of the mail a report returns, whole or in part; None if it returns none."""
    for part in parts:
        if part.type in RETURNED_TYPES:
            headers = read_structure(part.content(notes)[:1_000_000], Notes()).headers
            if headers.items:
                return headers
    return None


def permanence(status: str, text: str) -> bool | None:
    """Is a failure final? By the status code, else by the reply code in `text`; None if neither is there."""
    if status:
        return status.startswith("5")
    found = REPLY_CODE.search(text)
    return found[1] == "5" if found else None


def status_in(text: str, classes: str = "245") -> str:
    """The first enhanced status code (RFC 3463) of one of the classes in a text, "" if there is none."""
    return next((found[0] for found in STATUS.finditer(text) if found[1] in classes), "")


def _recipient_fields(report: bytes, notes: Notes) -> list[Headers]:
    """The fields of every recipient; those before the first blank line are about the whole message."""
    blocks = []
    for block in BLANK_LINES.split(LINE_END.sub(b"\n", report[:LARGEST_REPORT]))[: 3 * MOST_RECIPIENTS]:
        data = block.strip(b"\n")
        items, _ = read_headers(data, 0, len(data), Notes())
        headers = Headers(items, notes)
        if "final-recipient" in headers or "original-recipient" in headers:
            blocks.append(headers)
    return blocks


def _recipient(fields: Headers) -> BouncedRecipient:
    """The address we wrote to if the report knows it (Original-Recipient), else where the mail ended."""
    original, final = (_address(fields.text(name)) for name in ("original-recipient", "final-recipient"))
    diagnostic = fields.text("diagnostic-code")
    status = status_in(fields.text("status")) or status_in(diagnostic)
    reason = re.sub(r"^\s*[\w-]+\s*;\s*", "", diagnostic) or fields.text("x-notes") or fields.text("action")
    permanent = permanence(status, diagnostic)
    failed = fields.text("action").lower().startswith("fail")
    address = original or final or _address(fields.text("x-actual-recipient"))
    return BouncedRecipient(address, failed if permanent is None else permanent, status, reason[:LONGEST_REASON])


def _address(value: str) -> str:
    """`rfc822; <ann@x>` as `ann@x`."""
    text = value.partition(";")[2] if ";" in value else value
    return usable(re.sub(r"\(.*?\)", "", text).strip().strip("<>"))


def _kind(fields: Headers, recipient: BouncedRecipient) -> Kind:
    action = re.split(r"[^a-z]", fields.text("action").lower().strip(), maxsplit=1)[0]
    if not action:
        return Kind.DELIVERY_SUCCESS if recipient.status.startswith("2") else Kind.BOUNCE
    return ACTIONS.get(action, Kind.BOUNCE)
