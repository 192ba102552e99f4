"""Membership: the customers, kinds and partners of an address, which decide what forums it may read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self

from recipients.models import Customer, CustomerAddress, Recipient


@dataclass(frozen=True, slots=True)
class Membership:
    """The customers behind an address, with their companies, by id; their kinds; their partners, by id."""

    customers: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    partners: frozenset[int] = frozenset()

    @classmethod
    def of(cls, customers: Iterable[Customer]) -> Self:
        """Nobody becomes a member by a first mail: persons that were added automatically do not count."""
        entered = [each for each in customers if not each.added_automatically]
        return cls(
            customers=frozenset(pk for each in entered for pk in (each.pk, each.company_id) if pk),
            kinds=frozenset(each.kind for each in entered),
            partners=frozenset(each.partner_id for each in entered if each.partner_id),
        )


def memberships(addresses: Collection[str]) -> dict[str, Membership]:
    """The membership of each of these normalised addresses; none of one that is banned or shared. Three queries."""
    known = Recipient.objects.order_by().filter(address__in=addresses)
    rows = list(known.values_list("address", "customer", "banned", "shared"))
    out = {address for address, _customer, banned, shared in rows if banned or shared}
    belongs = [(address, customer) for address, customer, *_flags in rows if customer]
    registered = CustomerAddress.objects.order_by().filter(address__in=addresses)
    belongs += list(registered.values_list("address", "customer"))
    customers = Customer.objects.present().in_bulk([customer for _address, customer in belongs])
    found: dict[str, list[Customer]] = {address: [] for address in addresses if address not in out}
    for address, customer in belongs:
        if address in found and customer in customers:
            found[address].append(customers[customer])
    return {address: Membership.of(each) for address, each in found.items()}
