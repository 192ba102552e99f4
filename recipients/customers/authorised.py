"""Authorised senders, who may open tickets for a customer: one field of addresses and domains (A07, A08).

Every refused entry is named with its reason, and nothing is saved while one is refused, so that nothing typed is lost.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from helpdesk import limits
from recipients.addressing.normalise import display, normalise_domain, typed
from recipients.customers.authorised_check import Check
from recipients.models import AuthorisedSender, AuthorisedSendersChange, Customer, RecognitionSettings, User

_WEBSITE = re.compile(r"^(?:https?://(?:www\.)?|\*\.)([^/@\s]+)/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entries:
    """What a text field says: normalised value → kind, in order; entry as written → why it is refused; and each
    entry as written → its normalised value ("" for none). `unproven`: those accepted for which only the customer
    speaks.
    """

    accepted: Mapping[str, AuthorisedSender.Kind]
    refused: Mapping[str, str]
    read_as: Mapping[str, str] = field(default_factory=dict)
    unproven: frozenset[str] = frozenset()

    def rewritten(self) -> dict[str, str]:
        """The entries that are kept in another form than they were written in, with that form."""
        return {entry: value for entry, value in self.read_as.items() if entry != display(value)}


def read(text: str, customer: Customer, *, in_portal: bool = False, by: User | None = None) -> Entries:
    """The entries of `text`, checked for `customer`. A dozen queries at most, however many entries there are.

    Entries are separated by commas, semicolons or line ends; `@d` means the domain `d`; empty entries are passed over.
    `in_portal`: the customer typed them, and nobody else has looked at them; else the agent `by` did.
    """
    written = [entry.strip() for entry in text.replace(";", ",").replace("\n", ",").split(",")]
    accepted: dict[str, AuthorisedSender.Kind] = {}
    refused: dict[str, str] = {}
    read_as = {entry: _read_one(entry) for entry in written if entry}
    values = [value for value, _kind in read_as.values()][: limits.AUTHORISED_SENDERS.amount]
    check = Check(values, customer, in_portal=in_portal, by=by)
    for entry, (value, kind) in read_as.items():
        if len(accepted) == limits.AUTHORISED_SENDERS.amount:
            refused[entry] = str(limits.AUTHORISED_SENDERS.told)
        elif reason := check.refusal(value, kind):
            refused[entry] = reason
        else:
            accepted[value] = kind
    unproven = frozenset(value for value, kind in accepted.items() if check.is_unproven(value, kind))
    return Entries(accepted, refused, {entry: value for entry, (value, _kind) in read_as.items()}, unproven)


def save(
    customer: Customer, entries: Entries, *, by: User | None = None, by_address: str = ""
) -> tuple[list[str], list[str]]:
    """Make the accepted entries the customer's authorised senders; the values that were added and those removed.

    `by` or `by_address`: the agent, or the address of the portal's visitor, who did it. Raises ValueError if an entry
    is refused: half a list is never saved.
    """
    if entries.refused:
        raise ValueError("entries with refusals cannot be saved")
    with transaction.atomic():
        Customer.objects.locked().get(pk=customer.pk)
        present = set(customer.authorised_senders.values_list("value", flat=True))
        added = [value for value in entries.accepted if value not in present]
        removed = sorted(present - set(entries.accepted))
        customer.authorised_senders.filter(value__in=removed).delete()
        AuthorisedSender.objects.bulk_create(
            [
                AuthorisedSender(
                    customer=customer,
                    value=value,
                    kind=entries.accepted[value],
                    unconfirmed_since=timezone.now() if value in entries.unproven else None,
                )
                for value in added
            ]
        )
        record(customer, added, removed, by=by, by_address=by_address)
        if by:
            customer.confirm()
    return added, removed


def confirm(sender: AuthorisedSender, *, by: User) -> bool:
    """An agent vouches for what the customer listed; False if somebody said so before."""
    with transaction.atomic():
        unconfirmed = AuthorisedSender.objects.unconfirmed().filter(pk=sender.pk)
        if not unconfirmed.update(unconfirmed_since=None):
            return False
        record(sender.customer, confirmed=[sender.value], by=by)
    return True


def remove(sender: AuthorisedSender, *, by: User) -> bool:
    """An agent takes the entry off the customer's list; False if somebody did so before."""
    with transaction.atomic():
        deleted, _rows = AuthorisedSender.objects.filter(pk=sender.pk).delete()
        if deleted:
            record(sender.customer, removed=[sender.value], by=by)
    return bool(deleted)


def one_at_a_time() -> None:
    """Let other visitors wait until this transaction ends, so that two of them cannot list the same at once."""
    RecognitionSettings.objects.get_or_create(pk=1)
    RecognitionSettings.objects.select_for_update().get(pk=1)


def record(
    customer: Customer,
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
    confirmed: Iterable[str] = (),
    *,
    by: User | None = None,
    by_address: str = "",
) -> None:
    """Write down that the list changed, so that the customer is told; nothing if it did not."""
    changed = {"added": list(added), "removed": list(removed), "confirmed": list(confirmed)}
    if any(changed.values()):
        AuthorisedSendersChange.objects.create(customer=customer, by=by, by_address=by_address, **changed)


def changes(customers: Iterable[int]) -> QuerySet[AuthorisedSendersChange]:
    """What changed in the lists of `customers` (by id), and of those that go on as one of them; the newest first."""
    theirs = Q(customer__in=customers) | Q(customer__merged_into__in=customers)
    return AuthorisedSendersChange.objects.filter(theirs).select_related("customer", "by")


def written(customer: Customer) -> str:
    """The customer's authorised senders as the text field shows them."""
    return display_list(customer.authorised_senders.values_list("value", flat=True))


def waiting(customer: Customer) -> str:
    """Those of them that wait for an agent, as people read them; "" if none does. One query."""
    return display_list(AuthorisedSender.objects.waiting().filter(customer=customer).values_list("value", flat=True))


def display_list(values: Iterable[str]) -> str:
    """Addresses and domains as people read them."""
    return ", ".join(map(display, values))


def _read_one(entry: str) -> tuple[str, AuthorisedSender.Kind]:
    """The normalised value ("" if it is none) and whether it is an address or a domain.

    Who writes `*@d` means everybody there, and nobody writes from that address: it is refused rather than kept in vain.
    The address of a website and `*.d` mean the domain; the reader is told what is kept.
    """
    entry = _WEBSITE.sub(r"\1", entry)
    if entry.startswith("*"):
        return "", AuthorisedSender.Kind.ADDRESS
    if "@" in entry.lstrip("@"):
        return typed(entry), AuthorisedSender.Kind.ADDRESS
    domain = normalise_domain(entry.lstrip("@"))
    return (domain if "." in domain else ""), AuthorisedSender.Kind.DOMAIN
