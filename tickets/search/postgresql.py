"""The search on PostgreSQL: one condition on the words in a ticket's row, and on the people it belongs to.

Who bears one of the words as a name is found first, and joined by key: at most `limits.NAMED_PEOPLE` for a word. A word
that more people bear ("GmbH") is looked for among those alone who bear another one of the words.

A word that many tickets have is found by walking over the newest ones, any other by the index. The planner decides, by
its statistics; where a look at the newest tickets shows that a walk would be long, it has no choice. It would err with
words that it does not know, and with two words that are each frequent and hardly ever together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, Func

from helpdesk import limits
from tickets.models.work.visibility import TicketQuerySet
from tickets.search import index
from tickets.search.index import COLUMN, Source
from tickets.search.words import Sought, spellings

#: Newest tickets that are looked at before a search, and how many of them must be found for a walk.
LOOKED_AT, ENOUGH = 1500, 10

_HAS = f"{{row}}.{COLUMN} @@ to_tsquery('helpdesk', %s)"
_TEXT = "lower(regexp_replace({words}, '\\s+', ' ', 'g')) LIKE %s"


class RowCondition(Func):
    """A condition in SQL on a row of the tickets, which is called `{row}` in it."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, sql: str, values: tuple[Any, ...]) -> None:
        super().__init__("pk")
        self.sql, self.values = sql, values

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (key,) = self.get_source_expressions()
        row = compiler.quote_name_unless_alias(key.alias)  # in a query within another one the alias is not quoted
        return f"({self.sql.replace('{row}', row)})", list(self.values)


@dataclass(frozen=True, slots=True)
class People:
    """The keys of those who bear a word as a name."""

    recipients: list[int] = field(default_factory=list)
    customers: list[int] = field(default_factory=list)


def with_all(
    tickets: TicketQuerySet, words: list[Sought], left_out: Sequence[Sought] = (), *, parts: bool = False
) -> TicketQuerySet:
    """Those of `tickets` with each of `words`; `parts`: in subjects and file names also within other words.

    None has one of `left_out`, which count for what is frequent: most tickets with the one word may have the other.
    Two queries, for the people and for the newest tickets.
    """
    conditions: list[str] = []
    values: list[Any] = []
    in_text_alone: list[str] = []
    everything = [*words, *left_out]
    for place, (word, people) in enumerate(zip(everything, _people(everything), strict=True)):
        is_left_out = place >= len(words)
        condition, given = _condition(word, people, parts=not is_left_out and parts and _has_part_index())
        if condition == _HAS:
            in_text_alone.append(f"{'!' if is_left_out else ''}({given[0]})")
            continue
        conditions.append(f"({condition}) IS NOT TRUE" if is_left_out else f"({condition})")
        values += given
    if in_text_alone:  # one look into the index, and into a row
        conditions.append(_HAS)
        values.append(" & ".join(in_text_alone))
    found = " AND ".join(conditions)
    if not _is_frequent(found, values):
        found = f"{{row}}.id = ANY(ARRAY(SELECT id FROM tickets_ticket other WHERE {found.replace('{row}', 'other')}))"  # noqa: S608
    return tickets.filter(RowCondition(found, tuple(values)))


def without(tickets: TicketQuerySet, words: list[Sought]) -> TicketQuerySet:
    """Those of `tickets` with none of `words`. One query."""
    for word, people in zip(words, _people(words), strict=True):
        condition, values = _condition(word, people)
        tickets = tickets.filter(RowCondition(f"({condition}) IS NOT TRUE", tuple(values)))
    return tickets


def with_all_for_visitor(tickets: TicketQuerySet, words: list[Sought]) -> TicketQuerySet:
    """`with_all` in what a visitor may read: their tickets are few, each is looked at.

    An agent's message is indexed with the agent's address: the word must be in what was said.
    """
    said = "lower(said.text) LIKE %s"
    for word in words:
        own, own_values = _in_row(index.TICKETS, "{row}", word, index.TICKETS.vector("{row}"))
        comment, comment_values = _in_row(index.COMMENTS, "said", word)
        requester, requester_values = _in_row(index.RECIPIENTS, "person", word)
        tickets = tickets.filter(
            RowCondition(
                f"{own} OR EXISTS (SELECT FROM tickets_comment said WHERE said.ticket_id = {{row}}.id AND {comment}"  # noqa: S608
                f" AND is_public AND NOT is_held AND (kind = 'customer' AND recipient_id IS NOT NULL"
                f" OR kind = 'agent' AND {said})) OR EXISTS (SELECT FROM recipients_recipient person"
                f" WHERE person.id = {{row}}.requester_id AND {requester})",
                (*own_values, *comment_values, _like(" ".join(word.words)), *requester_values),
            )
        )
    return tickets


def with_all_in_topics(tickets: TicketQuerySet, words: list[Sought]) -> TicketQuerySet:
    """`with_all` in what the readers of a forum may read; a word of a writer's address must be in what was said."""
    written_by = "lower(said.author_name || ' ' || said.author_address) NOT LIKE %s"
    for word in words:
        own, own_values = _in_row(index.TICKETS, "{row}", word, index.TICKETS.vector("{row}"))
        comment, comment_values = _in_row(index.COMMENTS, "said", word)
        like = _like(" ".join(word.words))
        tickets = tickets.filter(
            RowCondition(
                f"{own} OR EXISTS (SELECT FROM tickets_comment said WHERE said.ticket_id = {{row}}.id AND {comment}"
                f" AND is_public AND NOT is_held AND (kind = 'customer' AND recipient_id IS NOT NULL OR kind = 'agent')"
                f" AND ({written_by} OR lower(said.text) LIKE %s))",
                (*own_values, *comment_values, like, like),
            )
        )
    return tickets


def _condition(word: Sought, people: People, *, parts: bool = False) -> tuple[str, list[Any]]:
    """The condition that a ticket has the word, in its own words or in the name of whom it belongs to."""
    ways: list[str] = [_HAS]
    values: list[Any] = [_query(word)]
    if word.exact:
        ways = [f"{_HAS} AND ({_exact()})"]
        values += [_like(word.exact)] * 5
    if people.recipients:
        ways.append("{row}.requester_id = ANY(%s)")
        values.append(people.recipients)
    if people.customers:
        ways.append("{row}.customer_id = ANY(%s)")
        values.append(people.customers)
    if parts and word.part:
        ways += [
            "lower({row}.subject) LIKE %s",
            "{row}.id = ANY(ARRAY(SELECT comment.ticket_id FROM tickets_attachment file JOIN tickets_comment comment"
            " ON comment.id = file.comment_id WHERE lower(file.name) LIKE %s))",
        ]
        values += [_like(word.part)] * 2
    return " OR ".join(ways), values


def _exact() -> str:
    """That a text of the ticket has it as it stands: the index knows which words there are, not in which order."""
    of_comment, of_file, of_tag = (
        _TEXT.format(words=source.words(name))
        for source, name in ((index.COMMENTS, "said"), (index.ATTACHMENTS, "file"), (index.TAGS, "tag"))
    )
    comments = f"SELECT FROM tickets_comment said WHERE said.ticket_id = {{row}}.id AND {of_comment}"
    files = (
        "SELECT FROM tickets_attachment file JOIN tickets_comment said ON said.id = file.comment_id"
        f" WHERE said.ticket_id = {{row}}.id AND {of_file}"
    )
    tags = (
        "SELECT FROM tickets_ticket_tags has JOIN tickets_tag tag ON tag.id = has.tag_id"
        f" WHERE has.ticket_id = {{row}}.id AND {of_tag}"
    )
    own, fields = (_TEXT.format(words=each.words("{row}")) for each in (index.TICKETS, index.FIELDS_OF_POSTGRESQL))
    return f"{own} OR {fields} OR EXISTS ({comments}) OR EXISTS ({files}) OR EXISTS ({tags})"


def _people(words: list[Sought]) -> list[People]:
    """For each of `words` who bears it as a name. One query."""
    arms: list[str] = []
    values: list[Any] = []
    for kind, source in enumerate((index.RECIPIENTS, index.CUSTOMERS)):
        conditions = [_in_row(source, source.table, word) for word in words]
        bears = " | ".join(
            f"(CASE WHEN {condition} THEN {1 << place} ELSE 0 END)" for place, (condition, _v) in enumerate(conditions)
        )
        for place, (condition, given) in enumerate(conditions):
            arms.append(
                f"(SELECT {kind} AS kind, {place} AS place, id, {bears} AS bears FROM {source.table}"  # noqa: S608
                f" WHERE {condition} LIMIT {limits.NAMED_PEOPLE.amount + 1})"
            )
            values += [value for _condition, each in conditions for value in each] + given
    counted = f"SELECT kind, place, bears, array_agg(id) FROM ({' UNION ALL '.join(arms)}) found GROUP BY 1, 2, 3"  # noqa: S608
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(counted, values)
        rows = cursor.fetchall()
    found: list[tuple[set[int], set[int]]] = [(set(), set()) for _word in words]
    for kind, place, _bears, _keys in rows:
        of_word = [row for row in rows if row[:2] == (kind, place)]
        if sum(len(keys) for *_which, keys in of_word) > limits.NAMED_PEOPLE.amount:
            continue
        for _kind, _place, bears, keys in of_word:
            for other in range(len(words)):
                if bears >> other & 1:
                    found[other][kind].update(keys)
    return [People(sorted(recipients), sorted(customers)) for recipients, customers in found]


def _is_frequent(condition: str, values: list[Any]) -> bool:
    """Whether so many of the newest tickets are found that walking over them ends soon. One query."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM (SELECT * FROM tickets_ticket ORDER BY updated_at DESC, id DESC"  # noqa: S608
            f" LIMIT {LOOKED_AT}) newest WHERE {condition.replace('{row}', 'newest')} LIMIT {ENOUGH}) found",
            values,
        )
        return bool(cursor.fetchone()[0] == ENOUGH)


def _in_row(source: Source, row: str, word: Sought, vector: str = "") -> tuple[str, list[Any]]:
    """The condition that a row of `source` itself has the word."""
    found = f"{vector or f'{row}.{COLUMN}'} @@ to_tsquery('helpdesk', %s)"
    if not word.exact:
        return found, [_query(word)]
    return f"({found} AND {_TEXT.format(words=source.words(row))})", [_query(word), _like(word.exact)]


def _query(word: Sought) -> str:
    """It in the query language of PostgreSQL, each word in any of its spellings.

    >>> _query(Sought(("straße", "7"))), _query(Sought(("inv",), prefix=True))
    ("('straße' | 'strasse') & ('7')", "('inv':*)")
    """
    if word.is_unspaced:
        return " & ".join(f"'{letter}'" for letter in word.letters)
    ends = "':*" if word.prefix else "'"
    each_one = (" | ".join(f"'{each}{ends}" for each in spellings(one)) for one in word.words)
    return " & ".join(f"({either})" for either in each_one)


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


@lru_cache(maxsize=1)
def _has_part_index() -> bool:
    """Whether PostgreSQL finds subjects by a part without reading them all."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [index.PARTS[0][0]])
        return bool(cursor.fetchone()[0])
