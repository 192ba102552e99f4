"""What a row of the list says about its ticket's conversation: who must act, the last message, files, a draft.

Asked for the tickets of one page after it is cut out: two queries, however many tickets there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, NullIf, Substr

from recipients.models import User
from tickets.models import Attachment, Comment, Draft, Ticket

#: Characters of the last message that a row shows at most; the column cuts it to its width.
SNIPPET = 160

_SAID = Q(is_held=False, is_public=True, kind__in=(Comment.Kind.CUSTOMER, Comment.Kind.AGENT))


@dataclass(frozen=True, slots=True)
class RowFacts:
    """`waiting_since`: when the customer wrote what nobody has answered yet, None if an agent wrote last."""

    messages: int = 0
    author: str = ""
    snippet: str = ""
    waiting_since: datetime | None = None


def marks(user: User) -> dict[str, Exists]:
    """Annotations of a row, asked for those of the page alone: whether its ticket has files, and a draft of `user`."""
    files = Attachment.objects.filter(comment__ticket=OuterRef("pk"), inline=False)
    drafts = Draft.objects.filter(ticket=OuterRef("pk"), author=user)
    return {"has_files": Exists(files), "has_draft": Exists(drafts)}


def add_facts(tickets: Iterable[Ticket]) -> None:
    """Give each of `tickets`, the rows of one page, its `facts`."""
    rows = {ticket.pk: ticket for ticket in tickets}
    if not rows:
        return
    conversations = {each["ticket"]: each for each in _conversations(rows)}
    last = {comment.pk: comment for comment in _last_messages(each["last"] for each in conversations.values())}
    for pk, ticket in rows.items():
        said = conversations.get(pk, {})
        comment = last.get(said.get("last", 0))
        ticket.facts = RowFacts(  # type: ignore[attr-defined]  # for the row alone
            messages=said.get("messages", 0),
            author=comment.author_name if comment else "",
            snippet=" ".join(comment.words.split())[:SNIPPET] if comment else "",
            waiting_since=said.get("waiting_since") if ticket.is_unsolved else None,
        )


def _conversations(tickets: Iterable[int]) -> Iterable[Mapping[str, Any]]:
    """For each ticket: how many messages, the last one, and since when the customer waits for an answer."""
    answers = Comment.objects.filter(ticket=OuterRef("ticket"), kind=Comment.Kind.AGENT).order_by("-created_at", "-pk")
    unanswered = Q(kind=Comment.Kind.CUSTOMER) & Q(pk__gt=Coalesce(F("last_answer"), 0))
    said = Comment.objects.filter(_SAID, ticket__in=tickets).order_by()
    return (
        said.annotate(last_answer=Subquery(answers.values("pk")[:1]))
        .values("ticket")
        .annotate(messages=Count("pk"), last=Max("pk"), waiting_since=Min("created_at", filter=unanswered))
    )


def _last_messages(keys: Iterable[object]) -> Iterable[Any]:
    """The comments with the beginnings of their words: the new part of a reply, else its whole text."""
    words = Coalesce(NullIf("reply", Value("")), "text")
    comments = Comment.objects.filter(pk__in=list(keys)).order_by()
    return comments.annotate(words=Substr(words, 1, 4 * SNIPPET)).only("pk", "author_name")
