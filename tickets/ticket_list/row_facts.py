"""What a row of the list says about its ticket's conversation: who must act, the last message, files, a draft.

Asked for the tickets of one page after it is cut out: three queries, however many tickets and messages there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, TextField, Value
from django.db.models.functions import Coalesce, Greatest, Lower, NullIf, StrIndex, Substr

from recipients.models import User
from tickets.models import Attachment, Comment, Draft, Ticket
from tickets.search.operators import parsed
from tickets.search.words import spellings, words_of

#: Characters of the last message that a row shows at most; the column cuts it to its width.
SNIPPET = 100
#: Characters before a word that was searched, and messages with it that are looked at.
AROUND, MOST_MATCHING = 40, 500

#: The new part of a reply, else the whole text of a message.
_NEW = Coalesce(NullIf("reply", Value("", TextField())), "text")
_SAID = Q(is_held=False, is_public=True, kind__in=(Comment.Kind.CUSTOMER, Comment.Kind.AGENT))


@dataclass(frozen=True, slots=True)
class RowFacts:
    """`waiting_since`: when the customer wrote what nobody has answered yet, None if an agent wrote last.

    `sought`: the words of the search, in each spelling, that the row marks.
    """

    messages: int = 0
    author: str = ""
    snippet: str = ""
    waiting_since: datetime | None = None
    sought: tuple[str, ...] = ()


def marks(user: User) -> dict[str, Exists]:
    """Annotations of a row, asked for those of the page alone: whether its ticket has files, and a draft of `user`."""
    files = Attachment.objects.filter(comment__ticket=OuterRef("pk"), inline=False)
    drafts = Draft.objects.filter(ticket=OuterRef("pk"), author=user)
    return {"has_files": Exists(files), "has_draft": Exists(drafts)}


def add_facts(tickets: Iterable[Ticket], text: str = "") -> None:
    """Give each of `tickets`, the rows of one page, its `facts`; where `text` was searched, the words around it.

    One query more where something was searched, and another one where a file may have what no message says.
    """
    rows = {ticket.pk: ticket for ticket in tickets}
    if not rows:
        return
    conversations = _conversations(rows)
    waiting = _waiting_since({pk: said for pk, said in conversations.items() if rows[pk].is_unsolved})
    last = {comment.pk: comment for comment in _last_messages(each["last"] for each in conversations.values())}
    words = words_of(parsed(text).said)
    longest = spellings(max(words, key=len)) if words else ()
    matching = _matching(rows, longest)
    files = _matching_files([pk for pk, ticket in rows.items() if ticket.has_files and pk not in matching], longest)  # type: ignore[attr-defined]  # see `marks`
    sought = tuple(each for word in words for each in spellings(word))
    for pk, ticket in rows.items():
        said = conversations.get(pk, {})
        comment = matching.get(pk) or last.get(said.get("last", 0))
        snippet = " ".join(comment.words.split())[:SNIPPET] if comment else ""
        ticket.facts = RowFacts(  # type: ignore[attr-defined]  # for the row alone
            messages=said.get("messages", 0),
            author="" if pk in files else comment.author_name if comment else "",
            snippet=files.get(pk, snippet),
            waiting_since=waiting.get(pk),
            sought=sought,
        )


def waiting_since(tickets: Iterable[Ticket]) -> Mapping[int, datetime]:
    """For each of some hundred `tickets` whose customer wrote last: since when they wait. Two queries at most."""
    unsolved = [ticket.pk for ticket in tickets if ticket.is_unsolved]
    return _waiting_since(_conversations(unsolved)) if unsolved else {}


def _conversations(tickets: Iterable[int]) -> Mapping[int, Mapping[str, Any]]:
    """For each ticket that has messages: how many, the last one, and the last answer of an agent if there is one."""
    answer = Max("pk", filter=Q(kind=Comment.Kind.AGENT))
    said = Comment.objects.filter(_SAID, ticket__in=tickets).order_by().values("ticket")
    return {each["ticket"]: each for each in said.annotate(messages=Count("pk"), last=Max("pk"), answer=answer)}


def _waiting_since(conversations: Mapping[int, Mapping[str, Any]]) -> Mapping[int, datetime]:
    """For each ticket whose customer wrote last: when they wrote the first message that nobody has answered."""
    waiting = [each for each in conversations.values() if each["last"] != each["answer"]]
    if not waiting:
        return {}
    unanswered = reduce(or_, (Q(ticket=each["ticket"], pk__gt=each["answer"] or 0) for each in waiting))
    said = Comment.objects.filter(_SAID, unanswered).order_by().values("ticket")
    return dict(said.annotate(since=Min("created_at")).values_list("ticket", "since"))


def _matching(tickets: Iterable[int], written: Sequence[str]) -> dict[int, Any]:
    """The newest message of each ticket in which a word stands, as it is `written`, with the words around it."""
    if not written:
        return {}
    stands = reduce(or_, (Q(said__icontains=word) for word in written))
    said = Comment.objects.filter(_SAID, ticket__in=tickets).annotate(said=_NEW).filter(stands)
    places = [StrIndex(Lower("said"), Value(word)) for word in written]
    start = Greatest(Greatest(*places) - AROUND if len(places) > 1 else places[0] - AROUND, Value(1))
    shown = said.order_by("pk").annotate(start=start, words=Substr("said", start, 2 * SNIPPET))
    found = list(shown.only("author_name", "ticket_id")[:MOST_MATCHING])
    for comment in found:
        if comment.start > 1:  # probably within a word, which is left out
            comment.words = comment.words.split(maxsplit=1)[-1]
    return {comment.ticket_id: comment for comment in found}


def _matching_files(tickets: Sequence[int], written: Sequence[str]) -> dict[int, str]:
    """The newest file of each ticket in whose name a word stands, as it is `written`."""
    if not (tickets and written):
        return {}
    named = reduce(or_, (Q(name__icontains=word) for word in written))
    files = Attachment.objects.filter(
        named, comment__in=Comment.objects.filter(_SAID, ticket__in=tickets), inline=False
    )
    return dict(files.order_by("pk").values_list("comment__ticket", "name")[:MOST_MATCHING])


def _last_messages(keys: Iterable[object]) -> Iterable[Any]:
    """The comments with the beginnings of their words: the new part of a reply, else its whole text."""
    comments = Comment.objects.filter(pk__in=list(keys)).order_by()
    return comments.annotate(words=Substr(_NEW, 1, 4 * SNIPPET)).only("pk", "author_name")
