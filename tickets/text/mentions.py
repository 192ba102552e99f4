"""Who is mentioned in a text: @ and a name."""

import re
from collections.abc import Iterable, Mapping


def mentioned(text: str, people: Mapping[int, Iterable[str]]) -> list[int]:
    """The keys of those of `people`, key → names, whom `text` mentions, each once.

    A name that several have is nobody's.

    >>> mentioned("@ben see @Anna Berg's mail, a@ben.example", {1: ["Anna Berg", "Anna"], 2: ["Ben Ito", "Ben"]})
    [2, 1]
    """
    named: dict[str, set[int]] = {}
    for key, names in people.items():
        for name in filter(None, names):
            named.setdefault(name.casefold(), set()).add(key)
    if "@" not in text or not named:
        return []
    longest_first = "|".join(re.escape(name) for name in sorted(named, key=len, reverse=True))
    found = re.finditer(rf"(?<![\w.])@({longest_first})(?!\w)", text.casefold())
    keys = (named[match[1]] for match in found)
    return list(dict.fromkeys(next(iter(each)) for each in keys if len(each) == 1))
