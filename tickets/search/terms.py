"""What was typed into the search: words, what must not be there, and from whom it came."""

import re
from dataclasses import dataclass

_TERM = re.compile(r"(?:(?<=\s)|^)(?:(?P<minus>-(?=\w))|from:\s*(?=\S))(?P<value>\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Terms:
    """`words` as they were typed; `without`: none of these may occur; `by`: who asked or wrote, by name or address."""

    words: str
    without: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


def terms(text: str) -> Terms:
    """The terms of a query.

    >>> terms("printer -toner from:carla@acme.example e-mail")
    Terms(words='printer   e-mail', without=('toner',), by=('carla@acme.example',))
    """
    without: list[str] = []
    by: list[str] = []
    for term in _TERM.finditer(text):
        (without if term["minus"] else by).append(term["value"])
    return Terms(_TERM.sub("", text).strip(), tuple(without), tuple(by))
