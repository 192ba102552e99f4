"""The tickets that speak of some words: one question for SQLite and PostgreSQL; visibility is the caller's business."""

import re
import unicodedata
from functools import lru_cache

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Q
from django.db.models.expressions import RawSQL

from helpdesk.ui.ids import row_id
from recipients.models import Recipient
from recipients.search.query import find_recipients
from tickets.models import Comment
from tickets.models.work.visibility import TicketQuerySet
from tickets.search import index
from tickets.search.index import Source
from tickets.search.terms import terms

#: Words of a query that are looked at. Each is one look into the indexes.
MAX_WORDS = 8
#: Letters from which on the last word is taken as a beginning: half of all words begin with one of three letters.
PREFIX_LENGTH = 2
#: Letters from which on a word may be looked for as a part of other words: "maschine" in "Kaffeemaschine".
PART_LENGTH = 5

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORD = re.compile(rf"[{index.UNSPACED}]+|(?:(?![{index.UNSPACED}])[^\W_])+")
_UNSPACED = re.compile(rf"[{index.UNSPACED}]+")

Paths = tuple[tuple[Source, str], ...]

#: How a row with a word leads to tickets. `{found}` holds for the rows of the source's own table that have the word.
_OF_TICKET = (index.TICKETS, "SELECT id FROM tickets_ticket WHERE {found}")
_OF_REQUESTER = (
    index.RECIPIENTS,
    "SELECT id FROM tickets_ticket WHERE requester_id IN (SELECT id FROM recipients_recipient WHERE {found})",
)
_PATHS: Paths = (
    _OF_TICKET,
    (index.COMMENTS, "SELECT ticket_id FROM tickets_comment WHERE {found}"),
    (
        index.ATTACHMENTS,
        "SELECT ticket_id FROM tickets_comment WHERE id IN"
        " (SELECT comment_id FROM tickets_attachment WHERE {found} AND comment_id IS NOT NULL)",
    ),
    (
        index.TAGS,
        "SELECT ticket_id FROM tickets_ticket_tags WHERE tag_id IN (SELECT id FROM tickets_tag WHERE {found})",
    ),
    _OF_REQUESTER,
    (
        index.CUSTOMERS,
        "SELECT id FROM tickets_ticket WHERE customer_id IN (SELECT id FROM recipients_customer WHERE {found})",
    ),
)

#: The paths of the portal. An agent's message is indexed with the agent's address: the word must be in what was said.
_VISITORS_PATHS: Paths = (
    _OF_TICKET,
    (
        index.COMMENTS,
        "SELECT ticket_id FROM tickets_comment WHERE {found} AND is_public AND NOT is_held"
        " AND (kind = 'customer' AND recipient_id IS NOT NULL OR kind = 'agent' AND lower(text) LIKE {part})",
    ),
    _OF_REQUESTER,
)


def search(tickets: TicketQuerySet, text: str, *, parts: bool = False) -> TicketQuerySet:
    """Those of `tickets` in which every word of `text` occurs, the last one as the beginning of a word.

    What is written without spaces between words (Chinese, Japanese, Thai) or with particles behind them (Korean) is
    found by any part. With `parts` longer words are also found within the words of subjects and file names, where the
    database can: to be asked when nothing is found without, because it costs half as much again.
    Looked through are number, subject, comments with their authors and files, requester, customer and tags. Case and,
    where the database can, accents do not count, and ä is found as ae, ae as ä. A text without any word finds nothing;
    the empty text finds everything. `-word` leaves out what has the word, `from:name` what others asked and wrote.
    """
    asked = terms(text)
    for who in asked.by[:MAX_WORDS]:
        people = find_recipients(Recipient.objects.all(), who).order_by().values("pk")
        wrote = Comment.objects.filter(recipient__in=people).order_by().values("ticket")
        tickets = tickets.filter(Q(requester__in=people) | Q(pk__in=wrote))
    postgresql = connections[tickets.db].vendor == "postgresql"
    for word in words_of(" ".join(asked.without)):
        tickets = tickets.exclude(pk__in=_tickets_with(word, _PATHS, postgresql=postgresql))
    return _search(tickets, asked.words, _PATHS, parts=parts)


def search_for_visitor(tickets: TicketQuerySet, text: str) -> TicketQuerySet:
    """`search` for the portal: in number, subject, requester and what customers may read of the conversation alone.

    No word of a note or of a held message leads to a ticket, nor does a tag or an agent's address.
    """
    return _search(tickets, text, _VISITORS_PATHS)


def _search(tickets: TicketQuerySet, text: str, paths: Paths, *, parts: bool = False) -> TicketQuerySet:
    if not text.strip():
        return tickets
    words = words_of(text)
    if not words:
        return tickets.none()
    postgresql = connections[tickets.db].vendor == "postgresql"
    parts = parts and (not postgresql or _has_part_index())  # SQLite looks through its rows
    for word in words[:-1]:
        tickets = tickets.filter(pk__in=_tickets_with(word, paths, parts=parts, postgresql=postgresql))
    prefix = len(words[-1]) >= PREFIX_LENGTH
    return tickets.filter(pk__in=_tickets_with(words[-1], paths, prefix=prefix, parts=parts, postgresql=postgresql))


def words_of(text: str) -> list[str]:
    """The words of a query, as the indexes cut them, at most `MAX_WORDS`.

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


def number_in(text: str) -> int | None:
    """The number of a ticket, if `text` is nothing else: "17" or "#17".

    >>> number_in(" #17 "), number_in("17 mugs")
    (17, None)
    """
    return row_id(text.strip().removeprefix("#"))


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


def _tickets_with(word: str, paths: Paths, *, prefix: bool = False, parts: bool = False, postgresql: bool) -> RawSQL:
    """The ids of the tickets that a word leads to, on any of `paths`."""
    part = f"%{word}%"
    query, condition = _query(word, prefix=prefix, postgresql=postgresql), _found
    if _UNSPACED.fullmatch(word):
        query, condition = (_letters(word), _has_letters) if postgresql else (word, _has_part)
    statements, values = [], []
    for source, path in paths:
        statements.append(path.format(found=condition(source, postgresql=postgresql), part="%s"))
        values += [query, part] if condition is _has_letters else [query]
        values += [part] if "{part}" in path else []
    if parts and condition is _found and len(word) >= PART_LENGTH:
        for source, path in paths:
            if column := _COLUMNS.get(source):
                statements.append(path.format(found=f"lower({column}) LIKE %s"))
                values.append(part)
    return RawSQL(" UNION ".join(statements), values)  # noqa: S611 - built of constants


#: What is found by any part.
_COLUMNS = {source: column for _name, source, column in index.PARTS}


def _found(source: Source, *, postgresql: bool) -> str:
    """The condition that a row of `source` has the word."""
    if postgresql:
        return f"{index.COLUMN} @@ to_tsquery('helpdesk', %s)"
    return f"id IN (SELECT rowid FROM {source.name} WHERE {source.name} MATCH %s)"  # noqa: S608


def _has_letters(source: Source, *, postgresql: bool) -> str:
    """The same of a word without spaces around it: the index knows its letters, the row in which order they stand."""
    return f"{_found(source, postgresql=postgresql)} AND {source.words()} LIKE %s"


def _has_part(source: Source, *, postgresql: bool) -> str:
    """The same on SQLite, whose index knows such a text as one word: it looks through its rows."""
    return f"instr({source.words()}, %s) > 0"


def _letters(word: str) -> str:
    """Every letter of `word` in the query language of PostgreSQL; signs that are no letters are in no index.

    >>> _letters("น้ำ")
    "'น' & 'ำ'"
    """
    return " & ".join(f"'{letter}'" for letter in dict.fromkeys(word) if letter.isalpha())


@lru_cache(maxsize=1)
def _has_part_index() -> bool:
    """Whether PostgreSQL finds subjects by a part without reading them all."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [index.PARTS[0][0]])
        return bool(cursor.fetchone()[0])


def _query(word: str, *, prefix: bool, postgresql: bool) -> str:
    """`word`, which is letters and digits alone, in the query language of the index, in any of its spellings."""
    if postgresql:
        return " | ".join(f"'{each}':*" if prefix else f"'{each}'" for each in spellings(word))
    return " OR ".join(f'"{each}"*' if prefix else f'"{each}"' for each in spellings(word))
