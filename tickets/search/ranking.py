"""How well a ticket matches what was searched: its number first, then its subject and names, then its texts.

Asked for the newest ones that were found, in Python: the same order on every database, and no index of weights that
mail would have to keep true. Among equals the newest is first.
"""

import re
from collections.abc import Callable, Sequence

from django.db.models import QuerySet

from helpdesk.text.accents import without_accents
from tickets.models import Ticket
from tickets.models.work.visibility import TicketQuerySet
from tickets.search.words import Sought, spellings, words_of

#: The newest tickets found that are ordered; behind them come the others, the newest first.
MOST_RANKED = 1000
NEWEST_FIRST = ("-updated_at", "-pk")
_COLUMNS = ("pk", "subject", "requester_name", "requester__name", "customer__name")

Score = tuple[bool, bool, int, int]


def best_first(
    found: TicketQuerySet, words: Sequence[Sought], most: int, number: int | None = None
) -> Callable[[int, int], list[int]]:
    """The keys of `found` from one place to another, the best first; `number` is the one that is asked for.

    One query for the newest `most`, when the first keys are asked for; one more for those behind them.
    """
    score, tickets = scorer(words), found.model._default_manager.all()
    head: list[int] = []

    def keys(start: int, end: int) -> list[int]:
        if not head:
            newest = tickets.filter(pk__in=found.order_by(*NEWEST_FIRST).values("pk")[:most])
            rows = list(newest.order_by(*NEWEST_FIRST).values_list(*_COLUMNS))
            rows.sort(key=lambda row: score(row[0], row[1], " ".join(filter(None, row[2:]))), reverse=True)
            head.extend(row[0] for row in rows)
            if number is not None and number not in head and len(head) == most:
                head[:0] = found.filter(pk=number).values_list("pk", flat=True)
        page = head[start:end]
        if len(head) < most or len(page) == end - start:
            return page
        tail, before = found.order_by(*NEWEST_FIRST), len(head) - most  # the one asked for was put before the newest
        if before:
            tail = tail.exclude(pk=head[0])
        behind: QuerySet[Ticket, int] = tail.values_list("pk", flat=True)
        return [*page, *behind[max(start, len(head)) - before : end - before]]

    return keys


def scorer(words: Sequence[Sought]) -> Callable[[int, str, str], Score]:
    """How well number, subject and names of a ticket match `words`; the greater the better.

    >>> score = scorer([Sought(("red",)), Sought(("invoice",), prefix=True)])
    >>> score(1, "Red invoices", "") > score(2, "Invoice", "Rita Red") > score(3, "Invoice", "") > score(4, "", "")
    True
    """
    patterns = [_pattern(word) for word in words]
    plain = [each for word in words for each in word.words]
    number = plain[0] if len(plain) == 1 else ""

    def score(key: int, subject: str, names: str) -> Score:
        called, named = folded(subject), folded(names)
        in_subject = [bool(pattern.search(called)) for pattern in patterns]
        beside = sum(has or bool(pattern.search(named)) for has, pattern in zip(in_subject, patterns, strict=True))
        return str(key) == number, all(in_subject) and words_of(subject) == plain, sum(in_subject), beside

    return score


def folded(text: str) -> str:
    """In lower case and without accents.

    >>> folded("Zürich")
    'zurich'
    """
    return without_accents(text.lower())


def _pattern(word: Sought) -> re.Pattern[str]:
    """The word in any of its spellings where a word begins, or what stands as it is typed anywhere."""
    if word.exact:
        return re.compile(r"\s+".join(map(re.escape, folded(word.exact).split())))
    end = "" if word.prefix else r"(?![^\W_])"
    either = ("|".join(re.escape(folded(each)) for each in spellings(one)) for one in word.words)
    return re.compile("|".join(rf"(?<![^\W_])(?:{each}){end}" for each in either))
