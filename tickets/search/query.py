"""The tickets that speak of some words: one question for SQLite and PostgreSQL; visibility is the caller's business.

`terms` parts what was typed, `words` cuts it into words, `operators` answers `is:open` and its like; `postgresql` and
`sqlite` find the words. `search` gives a queryset in no order of its own: the newest is first where the caller says so.
"""

import re

from django.db import connections

from helpdesk.ui.ids import row_id
from recipients.models import User
from tickets.models.work.visibility import TicketQuerySet
from tickets.search import operators, postgresql, sqlite
from tickets.search.words import MAX_WORDS, sought

#: What is written like an address or a domain: forums hide those, also those that their texts hold.
_OF_ADDRESS = re.compile(r"@|[^\W_]\.[a-z]{2,}\b", re.IGNORECASE)


def search(tickets: TicketQuerySet, text: str, *, user: User | None = None, parts: bool = False) -> TicketQuerySet:
    """Those of `tickets` in which every word of `text` occurs, the last one as the beginning of a word.

    What is written without spaces between words (Chinese, Japanese, Thai) or with particles behind them (Korean) is
    found by any part. With `parts` longer words are also found within the words of subjects and file names, where the
    database can: to be asked when nothing is found without, because it costs half as much again.
    Looked through are number, subject, texts of own fields, comments with their authors and files, requester, customer
    and tags. Case and,
    where the database can, accents do not count, and ä is found as ae, ae as ä. A text without any word finds nothing;
    the empty text finds everything. `"some words"` are found as they stand, `-word` leaves out what has the word; what
    operators there are, `operators` says, and `user` is "me" in them.
    """
    asked = operators.parsed(text)
    for operator, value in asked.asked:
        tickets = operators.narrow(tickets, operator, value, user)
    engine = postgresql if connections[tickets.db].vendor == "postgresql" else sqlite
    left_out = [word for each in asked.without for word in sought("", (each,))][:MAX_WORDS]
    if asked.said:
        words = sought(asked.words, asked.phrases)
        return engine.with_all(tickets, words, left_out, parts=parts) if words else tickets.none()
    return engine.without(tickets, left_out) if left_out else tickets


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
