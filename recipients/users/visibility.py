"""Hooks for when users may see less than before, because customers got another partner.

A higher room registers its hook when it is loaded, because this one cannot ask it (docs/decisions/folders-in-order.md).
"""

from collections.abc import Callable, Iterable

from recipients.models import User

#: From the keys of customers, and who changed them. In the transaction of the change.
Follow = Callable[[Iterable[int], "User | None"], None]

_registered: list[Follow] = []


def register(follow: Follow) -> None:
    """To be called once, when an app is ready."""
    assert follow not in _registered, follow
    _registered.append(follow)


def customers_changed(customers: Iterable[int], *, by: User | None) -> None:
    """Who sees these customers may have changed."""
    customers = list(customers)
    for follow in _registered if customers else ():
        follow(customers, by)
