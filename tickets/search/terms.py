"""What was typed into the search: words, phrases, what must not be there, and operators such as `from:` and `is:`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

#: What may stand before a colon; anything else before one is a word like others.
OPERATORS = ("from", "to", "is", "status", "assignee", "queue", "category", "tag", "has", "before", "after")


@dataclass(frozen=True, slots=True)
class Terms:
    """`words` and `phrases` that occur, `without` none of these; `asked`: operators with what stands behind them."""

    words: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> str:
        """All that has to occur in what was written."""
        return " ".join([self.words, *self.phrases]).strip()


def terms(text: str, further: Iterable[str] = ()) -> Terms:
    """The terms of a query; `further`: names of operators besides `OPERATORS`, in lower case.

    >>> terms("printer -toner from:carla@acme.example e-mail")
    Terms(words='printer e-mail', phrases=(), without=('toner',), asked=(('from', 'carla@acme.example'),))
    >>> terms('"on fire" queue:"Second floor"')
    Terms(words='', phrases=('on fire',), without=(), asked=(('queue', 'Second floor'),))
    """
    words: list[str] = []
    phrases: list[str] = []
    without: list[str] = []
    asked: list[tuple[str, str]] = []
    for term in _pattern((*OPERATORS, *further)).finditer(text):
        if term["operator"]:
            asked.append((term["operator"].lower(), (term["quoted"] or term["value"] or "").strip()))
        elif term["minus"]:
            without.append(term["phrase"] or term["word"])
        elif term["phrase"]:
            phrases.append(term["phrase"])
        else:
            words.append(term["word"])
    return Terms(" ".join(words), tuple(phrases), tuple(without), tuple(asked))


@lru_cache(maxsize=8)
def _pattern(operators: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, operators))
    return re.compile(
        rf"""(?:(?<=\s)|^)(?:
        (?P<operator>{names}):\s*(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]\S*))
        | (?P<minus>-(?=[\w"]))?(?:"(?P<phrase>[^"]+)"|(?P<word>\S+))
        )""",
        re.IGNORECASE | re.VERBOSE,
    )
