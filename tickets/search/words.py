"""The words of a query, as the indexes cut them."""

import re
import unicodedata
from dataclasses import dataclass

from tickets.search.index import UNSPACED

#: Words of a query that are looked at.
MAX_WORDS = 8
#: Letters from which on the last word is taken as a beginning: half of all words begin with one of three letters.
PREFIX_LENGTH = 2
#: Letters from which on a word may be looked for as a part of other words: "maschine" in "Kaffeemaschine".
PART_LENGTH = 5

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORD = re.compile(rf"[{UNSPACED}]+|(?:(?![{UNSPACED}])[^\W_])+")
_UNSPACED = re.compile(rf"[{UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Sought:
    """One thing that has to be found: a word, or several in a row.

    `words` are what the index knows of it; `exact` is how it must stand in a text, "" if the index says enough; with
    `prefix` the word is a beginning.
    """

    words: tuple[str, ...]
    exact: str = ""
    prefix: bool = False

    @property
    def is_unspaced(self) -> bool:
        """Whether it is of a script that has no spaces between words: the index knows its letters."""
        return len(self.words) == 1 and bool(_UNSPACED.fullmatch(self.words[0]))

    @property
    def letters(self) -> tuple[str, ...]:
        """Its letters, each once; signs that are no letters are in no index.

        >>> Sought(("น้ำ",)).letters
        ('น', 'ำ')
        """
        return tuple(dict.fromkeys(letter for word in self.words for letter in word if letter.isalpha()))

    @property
    def part(self) -> str:
        """It as a part of longer words, "" if it is too short for that."""
        long = len(self.words) == 1 and len(self.words[0]) >= PART_LENGTH and not self.exact
        return self.words[0] if long else ""


def sought(text: str, phrases: tuple[str, ...] = (), *, beginnings: bool = True) -> list[Sought]:
    """What has to be found, at most `MAX_WORDS`; with `beginnings` the last word may go on.

    >>> sought("red invoice")
    [Sought(words=('red',), exact='', prefix=False), Sought(words=('invoice',), exact='', prefix=True)]
    """
    words = words_of(text)
    found = [Sought((word,), word if _UNSPACED.fullmatch(word) else "") for word in words]
    if beginnings and words and len(words[-1]) >= PREFIX_LENGTH and not found[-1].exact:
        found[-1] = Sought((words[-1],), prefix=True)
    in_a_row = [_in_a_row(phrase) for phrase in phrases if words_of(phrase)]
    return [*found, *in_a_row][:MAX_WORDS]


def _in_a_row(phrase: str) -> Sought:
    """A phrase; one that is a whole word and nothing else is known to the index as it stands."""
    words, stands = words_of(phrase), " ".join(unicodedata.normalize("NFC", phrase).lower().split())
    is_a_word = words == [stands] and not _UNSPACED.fullmatch(stands)
    return Sought(tuple(words), "" if is_a_word else stands)


def words_of(text: str) -> list[str]:
    """The words of a query, at most `MAX_WORDS`.

    >>> words_of("Re: invoice_2024-118, Müller")
    ['re', 'invoice', '2024', '118', 'müller']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())[:MAX_WORDS]


def has_parts(text: str) -> bool:
    """Whether a word of `text` is long enough to be looked for within others.

    >>> has_parts("maschine"), has_parts("foo bar")
    (True, False)
    """
    return any(len(word) >= PART_LENGTH for word in words_of(text))


def spellings(word: str) -> list[str]:
    """`word`, and how others write it who have no umlauts on their keyboard, or have them.

    >>> spellings("kuendigen"), spellings("straße"), spellings("desk")
    (['kuendigen', 'kündigen'], ['straße', 'strasse'], ['desk'])
    """
    with_umlauts = word
    for umlaut in "äöü":
        with_umlauts = with_umlauts.replace(umlaut.translate(_UMLAUTS), umlaut)
    others = [word.translate(_UMLAUTS), with_umlauts, word.replace("ss", "ß"), with_umlauts.replace("ss", "ß")]
    return list(dict.fromkeys([word, *others]))
