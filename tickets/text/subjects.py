"""Do two subjects say the same, whatever mail programs and gateways have made of one of them on its way?

Prefixes and labels that are known by their words are gone before (`mailboxes.parsing.header.subjects`). Here anything
counts as one that has their form, so that no language has to be known: it is asked of a mail alone that answers another
one by its id.
"""

import re
import unicodedata
from collections.abc import Iterator

#: Characters after which programs cut subjects off, at the least: Outlook has 255, others fewer.
SHORTEST_CUT = 100
SHORTEST_WORD = 4

_LETTERS = re.compile(r"[^\W_]+")
_WORD = r"[^\W\d_]{1,12}\.?"
_HEAD = re.compile(
    rf"\s*+(?:{_WORD}(?:[ .-]{_WORD})?\s?(?:[\[(^]?\d{{1,3}}[\])]?)?\s?[:：]"  # Re[2]:
    r"|\[[^\[\]]{1,60}\]|\([^()]{1,60}\)|\{[^{}]{1,60}\}|<{1,3}[^<>]{1,60}>{1,3}|【[^【】]{1,60}】|（[^（）]{1,60}）"
    r"|(?P<mark>[*~#_=+!|-]{2,12})[^*~#_=+!|]{1,60}(?P=mark))[\s:：-]*+"
)
_TAIL = re.compile(r"(?:\[[^\[\]]{1,60}\]|\([^()]{1,60}\)|\{[^{}]{1,60}\})\s*\Z")
_NO_SUBJECT = re.compile(r"[(<（][^()<>（）]{2,40}[)>）]")
_DOTS = " .…"


def is_same(subject: str, other: str) -> bool:
    """Whether one of them is the other with prefixes and labels, cut off, or without its marks; or `subject` is empty.

    Not if both have a head and the heads differ: "Order: printer" and "Complaint: printer" are two subjects.

    >>> is_same("Хариу: [fremd] printer", "printer"), is_same("", "printer"), is_same("printers", "printer")
    (True, True, False)
    """
    left = list(_shorter(subject))
    if _says_nothing(_plain(left[-1])):
        return True
    return any(_equal(each, other) for each in left) or any(_equal(each, subject) for each in _shorter(other))


def have_words_in_common(subject: str, other: str) -> bool:
    """Whether a word of some length, or a number, stands in both."""
    one, two = (_LETTERS.findall(_plain(each)) for each in (subject, other))
    return any(len(word) >= SHORTEST_WORD or word.isdigit() for word in {*one} & {*two})


def _shorter(subject: str) -> Iterator[str]:
    """The subject, and what is left of it when heads and labels are taken off, one after the other."""
    while True:
        yield subject
        found = _HEAD.match(subject)
        if found is None or not subject[found.end() :].strip():
            break
        subject = subject[found.end() :]
    while (found := _TAIL.search(subject)) and subject[: found.start()].strip():
        subject = subject[: found.start()]
        yield subject


def _equal(one: str, other: str) -> bool:
    one, other = _plain(one), _plain(other)
    if one == other:
        return True
    shorter, longer = sorted((one.rstrip(_DOTS), other.rstrip(_DOTS)), key=len)
    if len(shorter) >= SHORTEST_CUT and longer.startswith(shorter):
        return True
    letters = _LETTERS.findall(one)
    return bool(letters) and "".join(letters) == "".join(_LETTERS.findall(other))


def _plain(subject: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", subject).casefold().split())


def _says_nothing(subject: str) -> bool:
    """Whether it is empty, or what programs write where there is none: "(no subject)"."""
    return not subject or _NO_SUBJECT.fullmatch(subject) is not None
