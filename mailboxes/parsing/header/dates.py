"""When was the mail written, as far as its Date header can be believed?"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

EARLIEST, LATEST = 1980, 2099  # outside, a clock was wrong or someone wants to be first in a list
LONGEST = 128  # characters
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?$")


def parse_date(value: str) -> datetime | None:
    """The moment in UTC (RFC 5322 3.3, or ISO 8601), None if it is missing, impossible or out of 1980–2099.

    `-0000` and a missing zone mean UTC; a zone of a day or more is ignored.
    """
    text = value[:LONGEST].strip()
    if not text:
        return None
    try:
        return _iso(text) or _rfc5322(text)
    except Exception:  # the standard library raises five different errors here (MT13, MT14)
        return None


def _iso(text: str) -> datetime | None:
    if not (found := ISO.match(text)):
        return None
    zone = found[7] or "Z"
    text = f"{found[1]}-{found[2]}-{found[3]}T{found[4]}:{found[5]}:{found[6] or '00'}"
    return _sane(datetime.fromisoformat(text + ("+00:00" if zone == "Z" else zone)))


def _rfc5322(text: str) -> datetime | None:
    parts = parsedate_tz(text)
    if parts is None:
        return None
    offset = parts[9] or 0
    zone = timezone(timedelta(seconds=offset)) if abs(offset) < 86_400 else UTC
    second = min(parts[5], 59)  # a leap second, which datetime does not know
    return _sane(datetime(*parts[:5], second, tzinfo=zone))


def _sane(moment: datetime) -> datetime | None:
    return moment.astimezone(UTC) if EARLIEST <= moment.year <= LATEST else None
