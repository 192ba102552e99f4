"""A mail for the outbox: every row is made here, and whatever is sent is frozen in it (L40)."""

from typing import Any, Protocol

from django.conf import settings

from tickets.models import Outbox, Ticket
from tickets.text import references


class Words(Protocol):
    """What a mail says."""

    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...


def outgoing(
    kind: str, to: str, words: Words, *, language: str, name: str = "", ticket: Ticket | None = None, **more: Any
) -> Outbox:
    """An unsaved mail of `kind` to the address `to`, which is somebody called `name`; `more` are further fields."""
    return Outbox(
        kind=kind,
        ticket=ticket,
        recipient=to,
        recipient_name=name[:200],
        token=references.new_token(ticket.number if ticket else 0, settings.REFERENCE_KEYS),
        subject=words.subject[:600],
        text=words.text,
        html=words.html,
        language=language,
        **more,
    )
