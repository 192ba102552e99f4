"""Persons whom nothing but a first mail has added, and who give way when their address is paired or shared.

The row of a displaced person stays, without its address and out of every list, so that its history keeps its meaning
and undo is exact.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from recipients.models import AuthorisedSender, Batch, Customer, CustomerAddress, Recipient, RecipientChange


def displaceable(addresses: Iterable[str]) -> dict[str, Customer]:
    """Address → the person that is there for it alone: nobody confirmed them, and nothing else is known. One query.

    An address that is somebody else's, too, is not among them.
    """
    addresses = set(addresses)
    others = CustomerAddress.objects.exclude(pk=OuterRef("pk"))
    rows = CustomerAddress.objects.filter(
        ~Exists(others.filter(customer=OuterRef("customer"))),
        ~Exists(others.filter(address=OuterRef("address"))),
        ~Exists(AuthorisedSender.objects.filter(customer=OuterRef("customer"))),
        address__in=addresses,
        customer__added_automatically=True,
        customer__pairings__isnull=True,
        customer__notes="",
        customer__number="",
    )
    return {row.address: row.customer for row in rows.select_related("customer")}


def hold(recipients: Iterable[Recipient], customer: Customer | None = None) -> list[Customer]:
    """Lock `customer`, to whom `recipients` are to be paired, and those who may give way to it. One query.

    The recipients are locked already: no mail adds a person for them any more (docs/decisions/lock-order.md).
    """
    addresses = [each.address for each in recipients]
    persons = CustomerAddress.objects.filter(address__in=addresses).values("customer")
    giving = Q(added_automatically=True, pk__in=persons)
    return list(Customer.objects.filter(giving | Q(pk=customer.pk if customer else None)).locked())


def displace(recipients: Iterable[Recipient], batch: Batch, held: Iterable[Customer]) -> None:
    """Take away those of the `held` persons whose addresses, `recipients`, the `batch` has paired or shared.

    No query if nobody was held whom a first mail has added.
    """
    if not any(each.added_automatically for each in held):
        return
    recipients = list(recipients)
    persons = displaceable(each.address for each in recipients)
    leaving = {each.pk: persons[each.address] for each in recipients if each.address in persons}
    if not leaving:
        return
    changes = list(RecipientChange.objects.filter(batch=batch, recipient__in=leaving))
    for change in changes:
        change.person = leaving[change.recipient_id]
    RecipientChange.objects.bulk_update(changes, ["person"])
    CustomerAddress.objects.filter(customer__in=leaving.values()).delete()
    Customer.objects.filter(pk__in=[each.pk for each in leaving.values()]).update(withdrawn_at=timezone.now())


def bring_back(changes: Iterable[RecipientChange]) -> None:
    """Give the persons of undone `changes` their address back. Two queries; none if nobody gave way."""
    persons = {change.person_id: change.recipient for change in changes if change.person_id}
    if not persons:
        return
    Customer.objects.filter(pk__in=persons).update(withdrawn_at=None)
    CustomerAddress.objects.bulk_create(
        [CustomerAddress(customer_id=person, address=each.address, is_primary=True) for person, each in persons.items()]
    )


def registered_since(changes: Iterable[RecipientChange]) -> set[str]:
    """The addresses to which no person can come back: they were registered on somebody else. One query, or none."""
    leaving = [change.recipient.address for change in changes if change.person_id]
    if not leaving:
        return set()
    return set(CustomerAddress.objects.filter(address__in=leaving).values_list("address", flat=True))
