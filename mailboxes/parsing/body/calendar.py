"""Invitations (RFC 5545, RFC 5546) as people read them: what, when, where, who asks.

Only the properties shown here are handed to the library. Definitions of time zones are not: a hostile one keeps it busy
for hours, and the name of the zone beside the time it speaks of says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING

from helpdesk.text.html_to_text import MAIL_STYLE, html_to_text
from helpdesk.text.sanitise import MAIL, sanitise
from mailboxes.parsing.header.charsets import decode
from mailboxes.parsing.values.notes import Notes, gettext_noop

if TYPE_CHECKING:
    from icalendar import Component

TYPES = {"text/calendar", "application/ics", "text/x-vcalendar"}
LARGEST = 500_000  # bytes looked at
LONGEST_LINE = 20_000
MOST_EVENTS = 5
FOLD = re.compile(r"\r?\n[ \t]")
METHOD = re.compile(r"^METHOD[^:\n]{0,80}:[ \t]*([A-Za-z-]{1,20})", re.IGNORECASE | re.MULTILINE)
NAME = re.compile(r"[A-Za-z-]{1,40}")
SHOWN = {
    *("SUMMARY", "DTSTART", "DTEND", "DUE", "DURATION", "LOCATION", "ORGANIZER", "DESCRIPTION", "RRULE", "STATUS"),
    *("ATTENDEE", "UID"),
}
TAG = re.compile(r"</?(?:a|b|br|div|html-blob|i|li|p|span|ul)\b[^<>]{0,500}>", re.IGNORECASE)
WHAT = {
    "request": gettext_noop("Invitation: %s"),
    "cancel": gettext_noop("Cancelled: %s"),
    "counter": gettext_noop("Another time is proposed: %s"),
    "accepted": gettext_noop("Accepted: %s"),
    "declined": gettext_noop("Declined: %s"),
    "tentative": gettext_noop("Tentatively accepted: %s"),
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event: `lines` say what, when, where and who asks, `description` the rest.

    `begin` and `end` are its times as far as their zone is known, else None: then a line says what is written.
    """

    lines: tuple[str, ...]
    description: str
    begin: datetime | None = None
    end: datetime | None = None
    is_cancelled: bool = False

    def text(self, seen: str = "") -> str:
        """As plain text, without a description that stands in the text `seen` already."""
        return "\n".join(self.lines) + ("" if self._is_in(seen) else f"\n\n{self.description}") + "\n"

    def html(self, seen: str = "") -> str:
        """The same as HTML."""
        first, *more = map(escape, self.lines)
        described = "" if self._is_in(seen) else f"<p>{'<br>'.join(escape(self.description).splitlines())}</p>"
        return f"<p>{'<br>'.join([f'<b>{first}</b>', *more])}</p>{described}"

    def _is_in(self, seen: str) -> bool:
        return " ".join(self.description.split()) in seen


def read_invitations(data: bytes, charset: str, method: str, notes: Notes) -> list[Invitation]:
    """The events of one calendar file, at most five, each once; none if it cannot be read."""
    text = FOLD.sub("", decode(data[:LARGEST], charset or "utf-8", notes))
    found = METHOD.search(text)
    method = (method or (found[1] if found else "")).lower()
    invitations: dict[Invitation, None] = {}
    for event in _events(text, notes):
        invitations[_invitation(event, method, notes)] = None
    return [invitation for invitation in invitations if invitation.lines]


def _events(text: str, notes: Notes) -> Iterator[Component]:
    """The events with their shown properties only."""
    from icalendar import Calendar  # slow to import, and seldom needed

    for lines in _blocks(text):
        try:
            yield from Calendar.from_ical("\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""])).walk("VEVENT")
        except Exception:  # the library raises whatever strange values make it stumble over
            notes.defect(gettext_noop("An invitation cannot be read; it is kept as a file."))


def _blocks(text: str) -> Iterator[list[str]]:
    """The lines of each event, or task, without what is nested in it (alarms)."""
    block: list[str] | None = None
    nested = count = 0
    for line in text.splitlines():
        upper = line[:40].strip().upper()
        if block is None:
            if upper in ("BEGIN:VEVENT", "BEGIN:VTODO"):
                block = ["BEGIN:VEVENT"]
        elif upper.startswith("BEGIN:"):
            nested += 1
        elif upper in ("END:VEVENT", "END:VTODO") and not nested:
            yield [*block, "END:VEVENT"]
            block, count = None, count + 1
            if count >= MOST_EVENTS:
                return
        elif upper.startswith("END:"):
            nested = max(0, nested - 1)
        elif not nested and (name := NAME.match(line)) and name[0].upper() in SHOWN and len(block) < 200:
            block.append(line[:LONGEST_LINE])


def _invitation(event: Component, method: str, notes: Notes) -> Invitation:
    title = _text(event, "SUMMARY")
    what = _what(event, method)
    lines = [notes.say(WHAT[what]) % title if what else title]
    for label, value in (
        (gettext_noop("When"), _when(event)),
        (gettext_noop("Where"), _text(event, "LOCATION")),
        (gettext_noop("Organiser"), _person(event.get("ORGANIZER"))),
        (gettext_noop("Repeats"), _rule(event)),
    ):
        if value:
            lines.append(f"{notes.say(label)}: {value}")
    description = _text(event, "DESCRIPTION", lines=True)
    if TAG.search(description):
        description = html_to_text(sanitise(description.replace("\n", "<br>"), MAIL).html, MAIL_STYLE).text
    begin, end = _known(_moment(event, "DTSTART")[0]), _known(_moment(event, "DTEND")[0])
    said = tuple(line for line in lines if line.strip())
    return Invitation(said, description.strip(), begin, end, is_cancelled=what == "cancel")


def _what(event: Component, method: str) -> str:
    """Which sentence the title stands in, "" for the bare title."""
    if method == "reply":
        attendee = event.get("ATTENDEE")
        answer = str(getattr(attendee, "params", {}).get("PARTSTAT", "")).lower()
        return answer if answer in WHAT else ""
    if method == "cancel" or _text(event, "STATUS").upper() == "CANCELLED":
        return "cancel"
    return method if method in WHAT else ""


def _text(event: Component, name: str, *, lines: bool = False) -> str:
    value = event.get(name)
    value = value[0] if isinstance(value, list) and value else value
    text = str(value) if value is not None else ""
    return text.replace("\r\n", "\n").strip() if lines else " ".join(text.split())[:1000]


def _person(value: object) -> str:
    """`Maya Olsen <maya@x>`."""
    value = value[0] if isinstance(value, list) and value else value
    if value is None:
        return ""
    address = re.sub(r"^mailto:", "", str(value).strip(), flags=re.IGNORECASE)
    name = " ".join(str(getattr(value, "params", {}).get("CN", "")).split())
    return f"{name} <{address}>"[:400] if name and name != address else address[:400]


def _rule(event: Component) -> str:
    rule = event.get("RRULE")
    rule = rule[0] if isinstance(rule, list) and rule else rule
    written = rule.to_ical() if hasattr(rule, "to_ical") else b""
    return str(written.decode("utf-8", "replace"))[:200]


def _when(event: Component) -> str:
    """Begin and end with their zone; an end is left out if it is the begin, and its day if it is the same."""
    begin, zone = _moment(event, "DTSTART")
    end, end_zone = _moment(event, "DTEND")
    if end is None:
        end, end_zone = _moment(event, "DUE")
    duration = _value(event.get("DURATION"))
    if end is None and begin is not None and isinstance(duration, timedelta):
        try:
            end, end_zone = begin + duration, zone
        except OverflowError:
            end = None
    if begin is None:
        return f"– {_written(end)} {end_zone}".strip() if end else ""
    if not isinstance(begin, datetime):
        last = end - timedelta(days=1) if end and not isinstance(end, datetime) and end > begin else begin
        return str(begin) if last == begin else f"{begin} – {last}"
    if not isinstance(end, datetime) or (end.replace(tzinfo=None) == begin.replace(tzinfo=None) and zone == end_zone):
        return f"{_written(begin)} {zone}".strip()
    shown = f"{end:%H:%M}" if zone == end_zone and begin.date() == end.date() else _written(end)
    if zone != end_zone:
        return f"{_written(begin)} {zone} – {shown} {end_zone}".replace("  ", " ").strip()
    return f"{_written(begin)} – {shown} {zone}".strip()


def _moment(event: Component, name: str) -> tuple[date | None, str]:
    """(date or wall-clock time, name of the zone)."""
    value = event.get(name)
    value = value[0] if isinstance(value, list) and value else value
    moment = _value(value)
    if not isinstance(moment, datetime):
        return (moment if isinstance(moment, date) else None), ""
    stated = str(getattr(value, "params", {}).get("TZID", ""))[:80]
    if moment.tzinfo is None:
        return moment, stated
    offset = moment.utcoffset() or timedelta()
    zone = str(getattr(moment.tzinfo, "key", "") or stated or "UTC")
    minutes = int(offset.total_seconds()) // 60
    sign, minutes = ("+", minutes) if minutes >= 0 else ("-", -minutes)
    return moment, "UTC" if zone == "UTC" else f"{zone} (UTC{sign}{minutes // 60:02}:{minutes % 60:02})"


def _known(moment: date | None) -> datetime | None:
    """The moment on every clock; None at the ends of the calendar, where some have no such day."""
    if isinstance(moment, datetime) and moment.tzinfo and date.min.year < moment.year < date.max.year:
        return moment
    return None


def _value(value: object) -> object:
    """A date, time or duration; None if there is none that can be read."""
    try:
        return getattr(value, "dt", None)
    except ValueError:
        return None


def _written(moment: date) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else str(moment)
