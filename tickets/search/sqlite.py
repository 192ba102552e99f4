"""The search on SQLite: for each word the union of what the index of each table leads to."""

from collections.abc import Sequence

from django.db.models.expressions import RawSQL

from tickets.models.work.visibility import TicketQuerySet
from tickets.search import index
from tickets.search.index import Source
from tickets.search.ranking import MOST_RANKED
from tickets.search.words import Sought, spellings

Paths = tuple[tuple[Source, str], ...]

#: How a row with a word leads to tickets. `{found}` holds for the rows of the source's own table that have the word.
_OF_TICKET = (index.TICKETS, "SELECT id FROM tickets_ticket WHERE {found}")
_OF_REQUESTER = (
    index.RECIPIENTS,
    "SELECT id FROM tickets_ticket WHERE requester_id IN (SELECT id FROM recipients_recipient WHERE {found})",
)
PATHS: Paths = (
    _OF_TICKET,
    (index.FIELDS_OF_SQLITE, "SELECT id FROM tickets_ticket WHERE {found}"),
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
VISITORS_PATHS: Paths = (
    _OF_TICKET,
    (
        index.COMMENTS,
        "SELECT ticket_id FROM tickets_comment WHERE {found} AND is_public AND NOT is_held"
        " AND (kind = 'customer' AND recipient_id IS NOT NULL OR kind = 'agent' AND instr(lower(text), {part}) > 0)",
    ),
    _OF_REQUESTER,
)
#: The paths of forums. A message is indexed with its writer's address: a word of that must be in what was said.
TOPIC_PATHS: Paths = (
    _OF_TICKET,
    (
        index.COMMENTS,
        "SELECT ticket_id FROM tickets_comment WHERE {found} AND is_public AND NOT is_held"
        " AND (kind = 'customer' AND recipient_id IS NOT NULL OR kind = 'agent')"
        " AND CASE WHEN instr(lower(author_name || ' ' || author_address), {part}) > 0"
        " THEN instr(lower(text), {part}) > 0 ELSE 1 END",
    ),
)
#: What is found by any part.
_COLUMNS = {source: column for _name, source, column in index.PARTS}


def with_all(
    tickets: TicketQuerySet, words: list[Sought], left_out: Sequence[Sought] = (), *, parts: bool = False
) -> tuple[TicketQuerySet, int]:
    """Those of `tickets` with each of `words`, and with none of `left_out`; and how many are easily ordered.

    `parts`: in subjects and file names also within other words.
    """
    tickets = without(tickets, left_out)
    for word in words:
        tickets = tickets.filter(pk__in=_with(word, PATHS, parts=parts))
    return tickets, MOST_RANKED


def without(tickets: TicketQuerySet, words: Sequence[Sought]) -> TicketQuerySet:
    """Those of `tickets` with none of `words`."""
    for word in words:
        tickets = tickets.exclude(pk__in=_with(word, PATHS))
    return tickets


def with_all_for_visitor(tickets: TicketQuerySet, words: list[Sought]) -> TicketQuerySet:
    """`with_all` in what a visitor may read."""
    for word in words:
        tickets = tickets.filter(pk__in=_with(word, VISITORS_PATHS))
    return tickets


def with_all_in_topics(tickets: TicketQuerySet, words: list[Sought]) -> TicketQuerySet:
    """`with_all` in what the readers of a forum may read."""
    for word in words:
        tickets = tickets.filter(pk__in=_with(word, TOPIC_PATHS))
    return tickets


def _with(word: Sought, paths: Paths, *, parts: bool = False) -> RawSQL:
    """The ids of the tickets that a word leads to, on any of `paths`."""
    statements, values = [], []
    for source, path in paths:
        found, given = _found(source, word)
        statements.append(path.format(found=found, part="%s"))
        values += [*given, *([" ".join(word.words)] * path.count("{part}"))]
    if parts and word.part:
        for source, path in paths:
            if column := _COLUMNS.get(source):
                statements.append(path.format(found=f"instr(lower({column}), %s) > 0"))
                values.append(word.part)
    return RawSQL(" UNION ".join(statements), values)  # noqa: S611 - built of constants


def _found(source: Source, word: Sought) -> tuple[str, list[str]]:
    """The condition that a row of `source` has it, and its values. A text without spaces is one word to the index."""
    conditions, values = [], []
    if not word.is_unspaced:
        conditions.append(f"id IN (SELECT rowid FROM {source.name} WHERE {source.name} MATCH %s)")  # noqa: S608
        values.append(" AND ".join(f"({_query(each, prefix=word.prefix)})" for each in word.words))
    if word.exact:
        conditions.append(f"instr(lower(replace({source.words()}, char(10), ' ')), %s) > 0")
        values.append(word.exact)
    return " AND ".join(conditions), values


def _query(word: str, *, prefix: bool) -> str:
    return " OR ".join(f'"{each}"*' if prefix else f'"{each}"' for each in spellings(word))
