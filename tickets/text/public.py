"""What is published in a forum: names and words, and nobody's address."""

import re
from typing import Protocol

from django.utils.translation import gettext as _

_ADDRESS = re.compile(r"[^\s@<>()\[\]\"',;:]{1,64}@(?:[^\s@<>()\[\]\"',;:.]{1,63}\.){1,8}[^\s@<>()\[\]\"',;:.]{2,63}")
_UNFOLLOW = re.compile(r"https?://\S{1,200}/portal/unfollow/\S{1,200}")
HIDDEN = "…@…"


class Post(Protocol):
    """A comment of a topic; `tickets.models.Comment` is one."""

    @property
    def kind(self) -> str: ...
    @property
    def author_name(self) -> str: ...
    @property
    def agent(self) -> object: ...
    @property
    def recipient(self) -> object: ...


def public_name(comment: Post) -> str:
    """The writer's name for other customers: as their mail or the portal gives it, never an address."""
    by_agent = comment.kind == "agent"
    recipient = comment.recipient
    corrected = getattr(recipient, "name", "") if getattr(recipient, "name_by_hand", False) else ""
    name = str(comment.agent) if by_agent and comment.agent else corrected or comment.author_name
    if name and "@" not in name:
        return name
    return _("Our team") if by_agent else _("A customer")


def public_text(text: str) -> str:
    """`text` without email addresses, which signatures and quotes hold, and without links to end somebody's mails.

    >>> public_text("Anna Rossi <anna@acme.example> wrote:")
    'Anna Rossi <…@…> wrote:'
    """
    return _ADDRESS.sub(HIDDEN, _UNFOLLOW.sub("…", text))
