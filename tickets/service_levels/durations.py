"""Working time as people write it: "2 h", "1 d 4 h", "30 min", in each language of the pages. Pure."""

import re

from django.utils.translation import gettext as _

#: Minutes of a day: of working time, as most people work, and around the clock.
WORKING_DAY, WHOLE_DAY = 8 * 60, 24 * 60

_DAY = r"d|days?|t|tage?n?|g|giorn[oi]|dzie[nń]|dni|д|дн|день|дня|дней"
_HOUR = r"h|hours?|hrs?|std|stunden?|or[ae]|godz|godzin[ay]?|ч|час(?:а|ов)?"
_MINUTE = r"m|min|minutes?|minuten?|minut[oiay]?|мин|минут[аы]?"
_PART = re.compile(
    rf"\s*(\d{{1,5}}(?:[.,]\d{{1,2}})?)\s*(?:(?P<d>{_DAY})|(?P<h>{_HOUR})|(?P<m>{_MINUTE}))\b\.?,?", re.IGNORECASE
)
#: A year: what is longer is a slip.
MOST_MINUTES = 366 * WHOLE_DAY


def minutes_of_a_day(*, round_the_clock: bool) -> int:
    """How long a day is where somebody writes days."""
    return WHOLE_DAY if round_the_clock else WORKING_DAY


def read_duration(text: str, day: int) -> int | None:
    """The minutes of what somebody typed, None for nothing; a day has `day` of them. Raises ValueError.

    >>> read_duration("1 d 4h", WORKING_DAY), read_duration("1:30", WORKING_DAY), read_duration("0,5 h", WORKING_DAY)
    (720, 90, 30)
    """
    text = text.strip()
    if not text:
        return None
    if clock := re.fullmatch(r"(\d{1,4}):([0-5]\d)", text):
        return _within(int(clock[1]) * 60 + int(clock[2]))
    minutes, end = 0.0, 0
    while part := _PART.match(text, end):
        one = day if part["d"] else 60 if part["h"] else 1
        minutes, end = minutes + float(part[1].replace(",", ".")) * one, part.end()
    if end < len(text) or not end:
        raise ValueError(text)
    return _within(round(minutes))


def written_duration(minutes: int, day: int) -> str:
    """The minutes in words of the language that is active.

    >>> written_duration(720, WORKING_DAY)
    '1 d 4 h'
    """
    days, rest = divmod(minutes, day)
    hours, left = divmod(rest, 60)
    parts = ((days, _("%d d")), (hours, _("%d h")), (left, _("%d min")))
    return " ".join(word % amount for amount, word in parts if amount) or _("%d min") % 0


def _within(minutes: int) -> int:
    if not 0 < minutes <= MOST_MINUTES:
        raise ValueError(minutes)
    return minutes
