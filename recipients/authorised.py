"""Who may open tickets for a customer? One text field, comma-separated addresses and domains (A07-A12).

Every refused entry is named with its reason, and nothing is saved while one is refused, so that nothing typed is lost.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from recipients.addressing import display, domain_of, normalise, normalise_domain
from recipients.directory import is_public_domain
from recipients.models import (
    AuthorisedSender,
    AuthorisedSendersChange,
    Customer,
    CustomerAddress,
    OwnAddress,
    RecognitionSettings,
    User,
)


@dataclass(frozen=True, slots=True)
class Entries:
    """What a text field says: normalised value → kind, in order; entry as written → why it is refused; and each
    entry as written → its normalised value ("" for none).
    """

    accepted: Mapping[str, AuthorisedSender.Kind]
    refused: Mapping[str, str]
    read_as: Mapping[str, str] = field(default_factory=dict)

    def rewritten(self) -> dict[str, str]:
        """The entries that are kept in another form than they were written in, with that form."""
        return {entry: value for entry, value in self.read_as.items() if entry != display(value)}


def read(text: str, customer: Customer, *, in_portal: bool = False) -> Entries:
    """The entries of `text`, checked for `customer`. Six queries at most, however many entries there are.

    Entries are separated by commas, semicolons or line ends; `@d` means the domain `d`; empty entries are passed over.
    `in_portal`: the customer typed them, and nobody else has looked at them.
    """
    written = [entry.strip() for entry in text.replace(";", ",").replace("\n", ",").split(",")]
    accepted: dict[str, AuthorisedSender.Kind] = {}
    refused: dict[str, str] = {}
    read_as = {entry: _read_one(entry) for entry in written if entry}
    check = _Check([value for value, _kind in read_as.values()], customer, in_portal=in_portal)
    for entry, (value, kind) in read_as.items():
        if reason := check.refusal(value, kind):
            refused[entry] = reason
        else:
            accepted[value] = kind
    return Entries(accepted, refused, {entry: value for entry, (value, _kind) in read_as.items()})


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
        Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
        present = set(customer.authorised_senders.values_list("value", flat=True))
        added = [value for value in entries.accepted if value not in present]
        removed = sorted(present - set(entries.accepted))
        customer.authorised_senders.filter(value__in=removed).delete()
        AuthorisedSender.objects.bulk_create(
            [AuthorisedSender(customer=customer, value=value, kind=entries.accepted[value]) for value in added]
        )
        record(customer, added, removed, by=by, by_address=by_address)
        if by:
            customer.confirm()
    return added, removed


def record(
    customer: Customer,
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
    *,
    by: User | None = None,
    by_address: str = "",
) -> None:
    """Write down that the list changed, so that the customer is told; nothing if it did not."""
    added, removed = list(added), list(removed)
    if added or removed:
        AuthorisedSendersChange.objects.create(
            customer=customer, added=added, removed=removed, by=by, by_address=by_address
        )


def changes(customers: Iterable[int]) -> QuerySet[AuthorisedSendersChange]:
    """What changed in the lists of `customers` (by id), and of those that go on as one of them; the newest first."""
    theirs = Q(customer__in=customers) | Q(customer__merged_into__in=customers)
    return AuthorisedSendersChange.objects.filter(theirs).select_related("customer", "by")


def written(customer: Customer) -> str:
    """The customer's authorised senders as the text field shows them."""
    return display_list(customer.authorised_senders.values_list("value", flat=True))


def display_list(values: Iterable[str]) -> str:
    """Addresses and domains as people read them."""
    return ", ".join(map(display, values))


def _read_one(entry: str) -> tuple[str, AuthorisedSender.Kind]:
    """The normalised value ("" if it is none) and whether it is an address or a domain."""
    if "@" in entry.lstrip("@"):
        return normalise(entry), AuthorisedSender.Kind.ADDRESS
    domain = normalise_domain(entry.lstrip("@"))
    return (domain if "." in domain else ""), AuthorisedSender.Kind.DOMAIN


class _Check:
    """Why an entry may not stand: the facts about all entries, read once."""

    def __init__(self, values: list[str], customer: Customer, *, in_portal: bool) -> None:
        domains = {domain_of(value) if "@" in value else value for value in values}
        own = OwnAddress.objects.values_list("address", flat=True)
        self.own_domains = {domain_of(address) for address in own} & domains
        self.settings = RecognitionSettings.load()
        others = CustomerAddress.objects.filter(address__in=values, is_primary=True).exclude(customer=customer)
        others = others.filter(customer__added_automatically=False)  # nobody has said that it is somebody's
        self.owners = dict(others.values_list("address", "customer__name"))
        self.others = _OthersDomains(domains, customer) if in_portal else None

    def refusal(self, value: str, kind: AuthorisedSender.Kind) -> str:
        if not value:
            return _("It is neither an address nor a domain.")
        if kind is AuthorisedSender.Kind.DOMAIN and is_public_domain(value, self.settings):
            return _("Everybody can get an address there; name single addresses instead.")
        if (domain_of(value) if "@" in value else value) in self.own_domains:
            return _("It is the helpdesk's own.")
        if value in self.owners:
            return _("It is another customer's own address.")
        if self.others and self.others.have(value) and not is_public_domain(domain_of(value), self.settings):
            return _("It is at the domain of another customer. Ask us to add it.")
        return ""


class _OthersDomains:
    """Which domains are other customers' own? Asked for what a customer types, because nobody else looks at it.

    A listed sender comes before recognition by domain and is valid at once: whoever could list somebody else's domain,
    or the address of one of their people, would read their mail. A colleague of the same company may be listed, and
    what the list holds already stays. An agent may enter anybody, because that was agreed with somebody. Three queries.
    """

    def __init__(self, domains: Iterable[str], customer: Customer) -> None:
        addresses = CustomerAddress.objects.order_by().filter(domain__in=domains, customer__added_automatically=False)
        others = addresses.exclude(customer=customer).exclude(customer__company=customer)
        company = customer.company_id or customer.pk
        outside = others.exclude(customer=company).exclude(customer__company=company)
        self.domains = set(others.values_list("domain", flat=True).distinct())
        self.outside = set(outside.values_list("domain", flat=True).distinct())
        self.kept = set(customer.authorised_senders.values_list("value", flat=True))

    def have(self, value: str) -> bool:
        if value in self.kept:
            return False
        return domain_of(value) in self.outside if "@" in value else value in self.domains
