"""The tickets that speak of some words: one question for SQLite and PostgreSQL; visibility is the caller's business.

`terms` parts what was typed, `words` cuts it into words, `operators` answers `is:open` and its like; `postgresql` and
`sqlite` find the words. `search` gives a queryset in no order of its own: the newest is first where the caller says so.
"""

import re
from dataclasses import dataclass

from django.db import connections

from helpdesk.ui.ids import row_id
from recipients.models import User
from tickets.models.work.visibility import TicketQuerySet
from tickets.search import operators, postgresql, sqlite
from tickets.search.words import MAX_WORDS, Sought, sought

#: The newest tickets that are looked through where looking through all of them takes too long.
LOOKED_THROUGH = 2000

#: What is written like an address or a domain: forums hide those, also those that their texts hold.
_OF_ADDRESS = re.compile(r"@|[^\W_]\.[a-z]{2,}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """`tickets` in no order of their own; the newest `ranked` of them may be ordered by how well `words` match."""

    tickets: TicketQuerySet
    words: tuple[Sought, ...] = ()
    ranked: int = 0


def search(tickets: TicketQuerySet, text: str, *, user: User | None = None, parts: bool = False) -> TicketQuerySet:
    """The tickets that `find` finds."""
    return find(tickets, text, user=user, parts=parts).tickets


def find(
    tickets: TicketQuerySet, text: str, *, user: User | None = None, parts: bool = False, newest: bool = False
) -> Found:
    """Those of `tickets` in which every word of `text` occurs, the last one as the beginning of a word.

    What is written without spaces between words (Chinese, Japanese, Thai) or with particles behind them (Korean) is
    found by any part. With `parts` longer words are also found within the words of subjects and file names, where the
    database can: to be asked when nothing is found without, because it costs half as much again.
    Looked through are number, subject, texts of own fields, comments with their authors and files, requester, customer
    and tags. Case and, where the database can, accents do not count, and ä is found as ae, ae as ä. A text without any
    word finds nothing; the empty text finds everything. `"some words"` are found as they stand, `-word` leaves out what
    has the word; what operators there are, `operators` says, and `user` is "me" in them.
    With `newest` words are looked for in the newest `LOOKED_THROUGH` alone: where all of them take too long.
    """
    asked = operators.parsed(text)
    for operator, value in asked.asked:
        tickets = operators.narrow(tickets, operator, value, user)
    if newest:
        by = "created_at" if "before" in dict(asked.asked) else "updated_at"  # as an index has it
        keys = tickets.order_by(f"-{by}", "-pk").values_list("pk", flat=True)[:LOOKED_THROUGH]
        tickets = tickets.filter(pk__in=list(keys))
    engine = postgresql if connections[tickets.db].vendor == "postgresql" else sqlite
    left_out = [word for each in asked.without for word in sought("", (each,))][:MAX_WORDS]
    if asked.said:
        words = sought(asked.words, asked.phrases)
        if not words:
            return Found(tickets.none())
        found, ranked = engine.with_all(tickets, words, left_out, parts=parts)
        return Found(found, tuple(words), ranked)
    return Found(engine.without(tickets, left_out) if left_out else tickets)


def search_for_visitor(tickets: TicketQuerySet, text: str) -> TicketQuerySet:
    """`search` for the portal: in number, subject, requester and what customers may read of the conversation alone.

    No word of a note or of a held message leads to a ticket, nor does a tag or an agent's address. No operators.
    """
    if not text.strip():
        return tickets
    engine = postgresql if connections[tickets.db].vendor == "postgresql" else sqlite
    words = sought(text)
    return engine.with_all_for_visitor(tickets, words) if words else tickets.none()


def search_topics(tickets: TicketQuerySet, text: str) -> TicketQuerySet:
    """`search` for the readers of a forum: in number, subject and what was said; no address or domain leads there."""
    if not text.strip():
        return tickets
    engine = postgresql if connections[tickets.db].vendor == "postgresql" else sqlite
    words = [] if _OF_ADDRESS.search(text) else sought(text)
    return engine.with_all_in_topics(tickets, words) if words else tickets.none()


def number_in(text: str) -> int | None:
    """The number of a ticket, if `text` is nothing else: "17" or "#17".

    >>> number_in(" #17 "), number_in("17 mugs")
    (17, None)
    """
    return row_id(text.strip().removeprefix("#"))
