"""What may have been meant by words that are found nowhere: words of the searcher's own tickets and their messages.

Asked only when nothing was found. It looks through a bounded number of subjects, names and messages in Python, the same
on every database: an index of letters would have to be kept true with every mail, for a question that is seldom asked.
"""

import re
import unicodedata
from collections import Counter
from difflib import get_close_matches

from django.db.models.functions import Substr

from tickets.models import Comment
from tickets.models.work.visibility import TicketQuerySet

#: The newest tickets whose subjects and names are known.
MOST_TICKETS = 2000
#: Those of them whose messages are known, how many messages at most, and how many of their characters.
READ_TICKETS, MOST_MESSAGES, MOST_CHARACTERS = 500, 1000, 1500
#: How often a word of messages must stand there to be offered: what stands once may be mistyped itself.
OFTEN = 2
#: Letters of a word that is long enough to be mistyped, and by how many it may be longer or shorter.
SHORTEST, LONGEST, LENGTHS = 4, 40, 2
#: How alike two words must be (difflib): one letter of five.
ALIKE = 0.75
#: Words of a query that are looked at.
MOST_WORDS = 4
_WORD = re.compile(rf"(?<![\w:@.-])[^\W\d_]{{{SHORTEST},{LONGEST}}}(?![\w:@])")


def did_you_mean(tickets: TicketQuerySet, text: str) -> str:
    """`text` with known words for those that no subject, name or message has; "" if nothing is like them.

    Two queries; `tickets` are those that the searcher may see, so that no word of others is told.
    """
    if not _WORD.search(text):
        return ""
    keys, called = _called(tickets)
    said = _said(keys[:READ_TICKETS])
    offered = called + Counter({word: count for word, count in said.items() if count >= OFTEN})
    unknown = [word for word in _words(text)[:MOST_WORDS] if word not in called and word not in said]
    changes = {word: better for word in unknown if (better := _closest(word, offered))}
    meant = _WORD.sub(lambda word: changes.get(_plain(word[0]), word[0]), text) if changes else ""
    return meant if meant != text else ""


def _called(tickets: TicketQuerySet) -> tuple[list[int], Counter[str]]:
    """The newest of `tickets`, and the words that they and their people are called by."""
    rows = list(
        tickets.order_by("-pk").values_list("pk", "subject", "requester__name", "customer__name")[:MOST_TICKETS]
    )
    return [row[0] for row in rows], Counter(_words(" ".join(name for row in rows for name in row[1:] if name)))


def _said(tickets: list[int]) -> Counter[str]:
    """The words of their messages and notes."""
    texts = Comment.objects.filter(ticket__in=tickets).order_by("-pk").annotate(said=Substr("text", 1, MOST_CHARACTERS))
    return Counter(_words(" ".join(texts.values_list("said", flat=True)[:MOST_MESSAGES])))


def _closest(word: str, offered: Counter[str]) -> str:
    """The word that is most like `word`, among equals the more frequent one; "" if none is."""
    near = [each for each, _count in offered.most_common() if abs(len(each) - len(word)) <= LENGTHS]
    return next(iter(get_close_matches(word, near, n=1, cutoff=ALIKE)), "")


def _words(text: str) -> list[str]:
    return [_plain(word) for word in _WORD.findall(text)]


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word).lower()
