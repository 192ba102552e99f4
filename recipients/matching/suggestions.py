"""Suggestions whom an unpaired address may belong to, and what speaks for it: offered to agents, never applied.

Four things count, the first the most: it answered a mail of ours on a customer's ticket; it was in copy of a customer's
ticket; a customer has an address of the same domain, if not everybody can get one there; its domain and its sender name
are both like the customer's. A display name alone never counts: anybody can call themselves anything.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from django.utils.translation import gettext as _

from recipients.addressing.normalise import display, domain_of

#: Customers that are offered for one address.
MOST = 3
#: Letters of a word, at least, that two names have in common to be alike.
ALIKE = 4


class Reason(IntEnum):
    """What speaks for a customer; the number is its weight."""

    ALIKE = 1
    SAME_DOMAIN = 2
    IN_COPY = 4
    ANSWERED = 8


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for a customer. `ticket`: the number of the ticket that shows it, for those who see it."""

    customer_id: int
    name: str
    reason: Reason
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    customer_id: int
    name: str
    evidence: tuple[Evidence, ...]

    @property
    def weight(self) -> int:
        return sum(each.reason for each in self.evidence)

    @property
    def sentence(self) -> str:
        """“Looks like Acme GmbH: same domain, was in copy of #88.”"""
        reasons = ", ".join(_words(each) for each in self.evidence)
        return _("Looks like %(name)s: %(reasons)s.") % {"name": self.name, "reasons": reasons}


def suggest(found: Iterable[Evidence]) -> list[Suggestion]:
    """The customers that `found` speaks for, the likeliest first, each with its evidence, the strongest first."""
    by_customer: dict[int, dict[Reason, Evidence]] = {}
    for each in found:
        by_customer.setdefault(each.customer_id, {}).setdefault(each.reason, each)
    suggestions = [
        Suggestion(
            customer, next(iter(reasons.values())).name, tuple(reasons[r] for r in sorted(reasons, reverse=True))
        )
        for customer, reasons in by_customer.items()
    ]
    return sorted(suggestions, key=lambda each: (-each.weight, each.name, each.customer_id))[:MOST]


def is_alike(address: str, sender_name: str, customer_name: str) -> bool:
    """Whether domain *and* display name are both like the customer's name.

    >>> is_alike("anna@acme-gmbh.example", "Anna Berg, Acme", "Acme GmbH")
    True
    >>> is_alike("mallory@evil.example", "Acme GmbH", "Acme GmbH")
    False
    """
    of_customer = _names(customer_name)
    return bool(of_customer & domain_names(address)) and bool(of_customer & _names(sender_name))


def domain_names(address: str) -> set[str]:
    """The words of the domain that may be somebody's name: not the last label, not the short ones."""
    labels = domain_of(display(address)).split(".")[:-1]
    return _names(" ".join(labels))


def _names(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W_]+", text.casefold()) if len(word) >= ALIKE}


def _words(evidence: Evidence) -> str:
    match evidence.reason:
        case Reason.ANSWERED:
            text = _("answered our mail about #%(ticket)s")
        case Reason.IN_COPY:
            text = _("was in CC on #%(ticket)s")
        case Reason.SAME_DOMAIN:
            text = _("same domain")
        case _:
            text = _("name and domain are alike")
    return text % {"ticket": evidence.ticket}
