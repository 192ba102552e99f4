"""Comparing a text with what somebody looks for in it, for deny rules and for rules of requests."""

import re
import unicodedata
from functools import lru_cache

from recipients.addressing import expressions
from recipients.addressing.expressions import Clock

#: What draws nothing (Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)


def compares(how: str, wanted: str, text: str, clock: Clock | None = None) -> bool:
    """Whether `wanted` stands in `text`: `how` is "exact", "contains", "starts", "ends" or "regex".

    Case and runs of white space make no difference, except to an expression. Nor does what nobody sees (soft hyphens,
    characters without width), or how wide letters are. Nothing is found by an empty text.
    """
    if how == "regex":
        return any(expressions.matches(wanted, form, clock) for form in dict.fromkeys((text, _seen(text))))
    wanted, text = folded(wanted), folded(text)
    if not wanted:
        return False
    match how:
        case "exact":
            return text == wanted
        case "contains":
            return wanted in text
        case "starts":
            return text.startswith(wanted)
        case _:
            return text.endswith(wanted)


@lru_cache(maxsize=8)  # one text is compared with every rule
def folded(text: str) -> str:
    """The text without what makes no difference."""
    return " ".join(_seen(text).casefold().split())


def _seen(text: str) -> str:
    """The text as a reader sees it: compatible characters as one, and none that draws nothing (Unicode, TR 44)."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
