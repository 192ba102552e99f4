"""As much of each message as one page shows, so that no mail, and no number of them, exhausts a web process.

The database hands over the beginnings alone. The newest messages are served first; what is cut is on a page of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left

from helpdesk import limits
from tickets.models import Comment

_LONG = ("text", "reply", "quoted")
#: Characters that are enough for the line of a folded message.
_ONE_LINE = 400
_MOST = limits.MESSAGE_CHARACTERS.amount


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a page shows of a comment: its new part, its quoted part, and the HTML as far as it is looked into.

    `first`: the beginning of what is new in it, for one line, whatever is left for the page.
    `is_cut`: there is more. An agent's formatted message that is too long for its share is shown as plain text.
    """

    body: str = ""
    quoted: str = ""
    html: str = ""
    first: str = ""
    is_rich: bool = False
    is_cut: bool = False


NOTHING = Excerpt()


def share(number: int) -> int:
    """How many characters are read of each of so many messages: of all not much more than a page shows."""
    return max(_ONE_LINE, min(_MOST, 2 * limits.PAGE_CHARACTERS.amount // max(1, number)))


def beginnings(comments: QuerySet[Comment], most: int = _MOST) -> QuerySet[Comment, Any]:
    """`comments` without their long texts, whose beginnings, `most` characters of each, `excerpts` finds."""
    read = {f"{name}_begins": Left(name, most + 1) for name in _LONG}
    html = Left("html", limits.HTML_CHARACTERS.amount * most // _MOST)
    return comments.defer("html", *_LONG).annotate(html_begins=html, **read)


def excerpts(comments: Sequence[Comment], most: int = _MOST) -> dict[int, Excerpt]:
    """The excerpt of each of `comments`, in the order of time, by the comment's id; `most` as they were read."""
    left = limits.PAGE_CHARACTERS.amount
    found = {}
    for comment in reversed(comments):
        excerpt = _excerpt(comment, min(most, left))
        left -= len(excerpt.html if excerpt.is_rich else excerpt.body) + len(excerpt.quoted)
        found[comment.pk] = excerpt
    return found


def _excerpt(comment: Comment, left: int) -> Excerpt:
    text, reply, quoted, html = (getattr(comment, f"{name}_begins") for name in (*_LONG, "html"))
    most = max(0, left)
    new, rest = reply or text, quoted if reply else ""
    first = new[:_ONE_LINE]
    by_agent = comment.kind in (Comment.Kind.AGENT, Comment.Kind.NOTE)
    if html and by_agent and len(html) <= most:
        return Excerpt(html=html, first=first, is_rich=True)
    body = new[:most]
    shown = rest[: most - len(body)]
    return Excerpt(body, shown, html, first, is_cut=len(body) < len(new) or len(shown) < len(rest))
