"""What may have been meant by words that are found nowhere: words that the searcher's own tickets are called by.

Asked only when nothing was found. It looks through a bounded number of subjects and names in Python, the same on every
database: an index of letters would have to be kept true with every mail, for a question that is seldom asked.
"""

import re
import unicodedata
from collections import Counter
from difflib import get_close_matches

from tickets.models.work.visibility import TicketQuerySet

#: The newest tickets whose words are known.
MOST_TICKETS = 2000
#: Letters of a word that is long enough to be mistyped, and by how many it may be longer or shorter.
SHORTEST, LONGEST, LENGTHS = 4, 40, 2
#: How alike two words must be (difflib): one letter of five.
ALIKE = 0.75
#: Words of a query that are looked at.
MOST_WORDS = 4
_WORD = re.compile(rf"(?<![\w:@.-])[^\W\d_]{{{SHORTEST},{LONGEST}}}(?![\w:@])")


def did_you_mean(tickets: TicketQuerySet, text: str) -> str:
    """`text` with known words for those that no subject and no name of `tickets` has; "" if nothing is like them.

    One query; `tickets` are those that the searcher may see, so that no word of others is told.
    """
    if not _WORD.search(text):
        return ""
    known = _known(tickets)
    changes = {word: better for word in _words(text)[:MOST_WORDS] if (better := _closest(word, known))}
    meant = _WORD.sub(lambda word: changes.get(_plain(word[0]), word[0]), text) if changes else ""
    return meant if meant != text else ""


def _known(tickets: TicketQuerySet) -> Counter[str]:
    rows = tickets.order_by("-pk").values_list("subject", "requester__name", "customer__name")[:MOST_TICKETS]
    return Counter(word for row in rows for word in _words(" ".join(filter(None, row))))


def _closest(word: str, known: Counter[str]) -> str:
    """The known word that is most like `word`, among equals the more frequent one; "" if it is known or none is."""
    if word in known:
        return ""
    near = [each for each, _count in known.most_common() if abs(len(each) - len(word)) <= LENGTHS]
    return next(iter(get_close_matches(word, near, n=1, cutoff=ALIKE)), "")


def _words(text: str) -> list[str]:
    return [_plain(word) for word in _WORD.findall(text)]


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word).lower()
