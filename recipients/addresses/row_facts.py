"""What the list of recipients shows that is not written on their rows: deny rules, and what rooms above know of them.

A room above registers what it knows when it is loaded, because this one cannot ask it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from recipients.addresses.deny_list import address_rules, denied_by
from recipients.models import DenyRule, Recipient, User

#: From the recipients of a page and the user who looks at it: what is known, by the recipient's key. One that is left
#: out has nothing of it. A constant number of queries.
Find = Callable[[Sequence[Recipient], User], Mapping[int, Any]]

_registered: dict[str, Find] = {}


def register(name: str, find: Find) -> None:
    """Let rows have the fact `name`. To be called once, when an app is ready."""
    assert name not in _registered, name
    _registered[name] = find


class Facts:
    """Puts `facts` on recipients: what is known of each by name, as far as that is `wanted`.

    One query for the deny rules, and for each page those of the functions that were registered.
    """

    def __init__(self, user: User, wanted: Iterable[str]) -> None:
        wanted = set(wanted)
        self.user = user
        self.finders = {name: find for name, find in _registered.items() if name in wanted}
        self.rules: list[DenyRule] = address_rules() if wanted & {"denied", "denied_by"} else []

    def add_to(self, recipients: Iterable[Recipient]) -> None:
        recipients = list(recipients)
        found = {name: find(recipients, self.user) for name, find in self.finders.items()}
        denied = denied_by((recipient.address for recipient in recipients), self.rules)
        for recipient in recipients:
            facts = {name: values[recipient.pk] for name, values in found.items() if recipient.pk in values}
            if rule := denied.get(recipient.address):
                facts["denied_by"] = rule
            recipient.facts = facts  # type: ignore[attr-defined]  # for the row alone
