"""Regular expressions that somebody wrote, bounded in time: one may take for ever."""

import time

import regex
from django.utils.translation import gettext as _

#: Seconds that one text may take; what takes longer counts as no match.
SECONDS = 0.1
#: Characters of a text that are looked at.
CHARACTERS = 100_000


class Clock:
    """The time that many texts may take together, in seconds of the processor: a busy machine leaves no rule out."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.thread_time() + seconds
        self.too_slow = 0

    @property
    def left(self) -> float:
        return self.ends - time.thread_time()

    @property
    def has_run_out(self) -> bool:
        return self.left <= 0


def matches(expression: str, text: str, clock: Clock | None = None) -> bool:
    """Whether `expression` is found in `text`, without regard to case.

    An expression that is wrong, or takes longer than `SECONDS` or than the `clock` allows, matches nothing; the clock
    counts the texts that took too long.
    """
    seconds = SECONDS if clock is None else min(SECONDS, clock.left)
    if seconds <= 0:
        return False
    try:
        found = regex.search(expression, text[:CHARACTERS], regex.IGNORECASE, timeout=seconds)
    except TimeoutError:
        if clock:
            clock.too_slow += 1
        return False
    except regex.error:
        return False
    return found is not None


def mistake(expression: str) -> str:
    """What is wrong with `expression`, as a sentence; "" if nothing is."""
    try:
        regex.compile(expression)
    except (regex.error, OverflowError, RecursionError) as error:
        return _("This is not a regular expression: %(error)s.") % {"error": error}
    if regex.search(expression, "", regex.IGNORECASE):
        return _("This expression also matches the empty text, so it would match everything.")
    return ""
