"""Views that an agent keeps under a name of their own: what a list was narrowed to and sorted by."""

import secrets
from dataclasses import asdict, dataclass

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse

from helpdesk import limits
from recipients.models import User

#: What an address says beside what the list is narrowed to.
_NOT_KEPT = ("page", "open", "from", "opened", "own", "view", "csrfmiddlewaretoken", "name")


@dataclass(frozen=True, slots=True)
class OwnView:
    """`query` is that of the list's address; `key` names it in addresses."""

    key: str
    name: str
    query: str

    @property
    def url(self) -> str:
        return f"{reverse('tickets:list')}?{self.query}&own={self.key}"


def own_views(user: User) -> list[OwnView]:
    """In the order in which they were kept. No query."""
    return [OwnView(**each) for each in user.ticket_views]


def named(user: User, key: str) -> OwnView | None:
    return next((each for each in own_views(user) if each.key == key), None)


def keep(user: User, name: str, asked: QueryDict, *, view: str) -> OwnView:
    """Keep what `asked` narrows the built-in `view` to; a view of the same name gives way.

    Raises ValidationError if there are too many.
    """
    kept = asked.copy()
    for gone in _NOT_KEPT:
        kept.pop(gone, None)
    for blank in [each for each in kept if not any(kept.getlist(each))]:
        kept.pop(blank)
    kept["view"] = view
    new = OwnView(secrets.token_hex(4), " ".join(name.split())[:60], kept.urlencode()[:2000])
    with transaction.atomic():
        there = [each for each in _locked(user) if each.name.casefold() != new.name.casefold()]
        if len(there) >= limits.OWN_VIEWS.amount:
            raise limits.OWN_VIEWS.refusal()
        _save(user, [*there, new])
    return new


def forget(user: User, key: str) -> None:
    with transaction.atomic():
        _save(user, [each for each in _locked(user) if each.key != key])


def _locked(user: User) -> list[OwnView]:
    """As they are now: another window may have kept one since."""
    return own_views(User.objects.select_for_update(no_key=True).get(pk=user.pk))


def _save(user: User, views: list[OwnView]) -> None:
    user.ticket_views = [asdict(each) for each in views]
    user.save(update_fields=["ticket_views"])
