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

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, Func, QuerySet

from helpdesk import limits
from tickets.models.work.visibility import TicketQuerySet
from tickets.search import index
from tickets.search.index import COLUMN, Source
from tickets.search.ranking import MOST_RANKED
from tickets.search.words import Sought, spellings

#: Newest tickets that are looked at before a search, and how many of them must be found for a walk.
LOOKED_AT, ENOUGH = 1500, 10
#: Tickets that may be walked over to find those which are ordered by how well they match.
WALKED = 10_000

_HAS = f"{{row}}.{COLUMN} @@ to_tsquery('helpdesk', %s)"
#: That words stand in a row, after a look that costs little whether they follow each other at all.
_TEXT = "(lower({words}) LIKE %s AND lower(regexp_replace({words}, '\\s+', ' ', 'g')) LIKE %s)"


class OneOf(Func):
    """That the key of a row is one of those that a query finds, which is asked for all of them first."""

    output_field = BooleanField()
    conditional = True
    arg_joiner, template = " = ANY(", "%(expressions)s)"

    def __init__(self, keys: QuerySet[Any, Any]) -> None:
        super().__init__("pk", ArraySubquery(keys))


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
) -> tuple[TicketQuerySet, int]:
    """Those of `tickets` with each of `words`, and how many of the newest are found by a short walk.

    `parts`: in subjects and file names also within other words. None has one of `left_out`, which count for what is
    frequent: most tickets with the one word may have the other. Two queries, for the people and for the newest tickets.
    """
    everything = [*words, *left_out]
    people = _people(everything)
    not_there = none_of = [f"!({_query(word)})" for word in left_out if not word.exact]
    conditions: list[str] = []
    values: list[Any] = []
    in_text_alone: list[str] = []
    for word, named in zip(words, people, strict=False):
        condition, given = _condition(word, named, parts=parts and _has_part_index())
        if condition == _HAS:
            in_text_alone.append(f"({given[0]})")
            continue
        conditions.append(f"({condition})")
        values += [" & ".join([f"({given[0]})", *not_there]), *given[1:]]
    if in_text_alone:  # one look into the index, and into a row
        conditions.append(_HAS)
        values.append(" & ".join([*in_text_alone, *not_there]))
        not_there = []
    lacking, lacked = _lacking(left_out, people[len(words) :], in_text=bool(not_there))
    found, all_values = " AND ".join([*conditions, *lacking]), (*values, *lacked)
    seen = _seen(tickets, found, all_values)
    matching = tickets.filter(RowCondition(found, all_values))
    if seen >= ENOUGH:
        return matching, min(MOST_RANKED, seen * WALKED // LOOKED_AT)
    if len(words) > 1 and not parts:
        matching = matching.filter(_follows(words, people, none_of))
    return tickets.filter(OneOf(matching.order_by().values("pk"))), MOST_RANKED


def _follows(words: Sequence[Sought], people: Sequence[People], not_there: Sequence[str]) -> RowCondition:
    """What follows from having each of `words`: to have all of them in one's own, or to belong to who bears one.

    Each word alone may be in very many tickets, of which every one would be read. This the indexes answer.
    """
    named = people[: len(words)]
    bearers = People(
        sorted({key for each in named for key in each.recipients}),
        sorted({key for each in named for key in each.customers}),
    )
    condition, given = _condition(Sought(()), bearers)
    query = " & ".join([*(f"({_query(word)})" for word in words), *not_there])
    return RowCondition(condition, (query, *given[1:]))


def without(tickets: TicketQuerySet, words: list[Sought]) -> TicketQuerySet:
    """Those of `tickets` with none of `words`. One query."""
    conditions, values = _lacking(words, _people(words), in_text=True)
    return tickets.filter(RowCondition(" AND ".join(conditions), tuple(values)))


def _lacking(words: Sequence[Sought], people: Sequence[People], *, in_text: bool) -> tuple[list[str], list[Any]]:
    """The conditions that a ticket has none of `words`; `in_text`: also not in its own, which no index answers."""
    conditions: list[str] = []
    values: list[Any] = []
    for word, named in zip(words, people, strict=True):
        condition, given = _condition(word, named)
        if not (in_text or word.exact):
            condition, given = condition.removeprefix(_HAS).removeprefix(" OR "), given[1:]
        if condition:
            conditions.append(f"({condition}) IS NOT TRUE")
            values += given
    return conditions, values


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
                f"{_HAS} AND ({own} OR EXISTS (SELECT FROM tickets_comment said WHERE said.ticket_id = {{row}}.id"
                f" AND {comment} AND is_public AND NOT is_held"
                f" AND (kind = 'customer' AND recipient_id IS NOT NULL OR kind = 'agent')"
                f" AND ({written_by} OR lower(said.text) LIKE %s)))",
                (_query(word), *own_values, *comment_values, like, like),
            )
        )
    return tickets


def _condition(word: Sought, people: People, *, parts: bool = False) -> tuple[str, list[Any]]:
    """The condition that a ticket has the word, in its own words or in the name of whom it belongs to."""
    ways: list[str] = [_HAS]
    values: list[Any] = [_query(word)]
    if word.exact:
        ways = [f"{_HAS} AND ({_exact()})"]
        values += _in_a_row(word.exact) * 5
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
    """That a text of the ticket has it as it stands: the index knows which words there are, not in which order.

    OFFSET 0, or PostgreSQL may look through every comment there is to spare some questions.
    """
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
    return f"{own} OR {fields} OR EXISTS ({comments} OFFSET 0) OR EXISTS ({files} OFFSET 0) OR EXISTS ({tags} OFFSET 0)"


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


def _seen(tickets: TicketQuerySet, condition: str, values: tuple[Any, ...]) -> int:
    """How many of the newest of `tickets` are found, as far as it matters. One query, none where there are no tickets.

    0 where even the newest ones are not found in a moment.
    """
    try:
        newest, given = tickets.order_by("-updated_at", "-pk").values("pk")[:LOOKED_AT].query.sql_with_params()
    except EmptyResultSet:
        return 0
    statement = (
        "SELECT count(*) FROM (SELECT FROM (SELECT ticket.* FROM"  # noqa: S608 - constants and what Django wrote
        f" ({newest}) newest (id) JOIN tickets_ticket ticket USING (id) OFFSET 0) newest"
        f" WHERE {condition.replace('{row}', 'newest')} LIMIT {MOST_RANKED * LOOKED_AT // WALKED}) found"
    )
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, (*given, *values))
        return int(cursor.fetchone()[0])


def _in_row(source: Source, row: str, word: Sought, vector: str = "") -> tuple[str, list[Any]]:
    """The condition that a row of `source` itself has the word."""
    found = f"{vector or f'{row}.{COLUMN}'} @@ to_tsquery('helpdesk', %s)"
    if not word.exact:
        return found, [_query(word)]
    return f"({found} AND {_TEXT.format(words=source.words(row))})", [_query(word), *_in_a_row(word.exact)]


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


def _in_a_row(text: str) -> list[str]:
    """The values of `_TEXT`."""
    return ["%".join(["", *map(_escaped, text.split()), ""]), _like(text)]


def _like(text: str) -> str:
    return f"%{_escaped(text)}%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@lru_cache(maxsize=1)
def _has_part_index() -> bool:
    """Whether PostgreSQL finds subjects by a part without reading them all."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [index.PARTS[0][0]])
        return bool(cursor.fetchone()[0])
