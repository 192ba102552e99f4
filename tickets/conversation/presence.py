"""Who else has a ticket open, known for less than a minute and kept nowhere but in the cache."""

import datetime as dt
import time
from dataclasses import dataclass

from django.core.cache import cache
from django.utils import timezone

from recipients.models import User
from tickets.models import Draft, Ticket

#: Seconds after the last sign of life in which somebody counts as being here; pages say so every 15 seconds.
HERE = 40
#: Seconds after the last draft in which somebody counts as writing.
WRITING = 30


@dataclass(frozen=True)
class Colleague:
    name: str
    is_writing: bool


def here(ticket: Ticket, user: User) -> list[Colleague]:
    """Note that `user` is on the page of `ticket`; who else is, and whether they write. One query."""
    key = f"presence:{ticket.pk}"
    now = time.time()
    seen: dict[int, tuple[float, str]] = cache.get(key) or {}
    others = {pk: entry for pk, entry in seen.items() if now - entry[0] < HERE and pk != user.pk}
    cache.set(key, others | {user.pk: (now, str(user))}, HERE)
    since = timezone.now() - dt.timedelta(seconds=WRITING)
    drafts = Draft.objects.filter(ticket=ticket, visitor=None, updated_at__gt=since).select_related("author")
    writing = {draft.author.pk: str(draft.author) for draft in drafts.exclude(author=user) if draft.author}
    names = {pk: name for pk, (_at, name) in others.items()} | writing
    return [Colleague(name, pk in writing) for pk, name in sorted(names.items(), key=lambda item: item[1])]
