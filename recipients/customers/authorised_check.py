"""Checks of authorised senders: what may not be listed, and for what the customer alone speaks."""

from collections.abc import Iterable, Set

from django.db.models import F, Q
from django.utils.translation import gettext as _

from recipients.addressing.normalise import domain_of, is_public_mail, is_suffix, organisation_of
from recipients.matching.directory import is_public_domain, look_up_many
from recipients.models import AuthorisedSender, Customer, CustomerAddress, OwnAddress, RecognitionSettings, User
from recipients.models.reach import beyond, same_organisations

DOMAIN = AuthorisedSender.Kind.DOMAIN


class Check:
    """The facts about all entries that were typed for `customer`, read once. Eleven queries at most.

    `in_portal`: the customer typed them, and nobody else has looked at them; else the agent `by` did. Refusals are one
    sentence for everything that has to do with customers who are not theirs, because it would tell who they are.
    """

    def __init__(self, values: list[str], customer: Customer, *, in_portal: bool, by: User | None = None) -> None:
        domains = {domain_of(value) if "@" in value else value for value in values}
        own = OwnAddress.objects.values_list("address", flat=True)
        self.own_domains = {domain_of(address) for address in own} & domains
        self.settings = RecognitionSettings.load()
        others = CustomerAddress.objects.filter(address__in=values, is_primary=True).exclude(customer=customer)
        others = others.filter(customer__added_automatically=False)  # nobody has said that it is somebody's
        self.owners = set(others.values_list("address", flat=True))
        kept = set(customer.authorised_senders.values_list("value", flat=True)) if in_portal or by else set()
        self.beyond = beyond(set(values) - kept, by)
        self.portal = _InPortal(domains, values, customer, kept, self.settings) if in_portal else None

    def refusal(self, value: str, kind: AuthorisedSender.Kind) -> str:
        """Why the normalised `value` ("" if it is none) may not be listed, "" if it may."""
        domain = domain_of(value) if "@" in value else value
        if not value:
            return _("It is neither an address nor a domain.")
        if kind is DOMAIN and (is_public_domain(value, self.settings) or is_suffix(value)):
            return _("Anybody can get an address there; list single addresses instead.")
        if domain in self.own_domains:
            return _("It belongs to the helpdesk itself.")
        if value in self.beyond:
            return self.beyond[value]
        if self.portal is None:
            return _("It is another customer's own address.") if value in self.owners else ""
        if value in self.owners or self.portal.is_others(value, public=is_public_domain(domain, self.settings)):
            return _("You cannot add it here yourself. Please ask our support team to add it.")
        return ""

    def is_unproven(self, value: str, kind: AuthorisedSender.Kind) -> bool:
        """Whether the customer alone says so: it is at no domain of theirs, and no address that we know as theirs."""
        if self.portal is None or value in self.portal.own:
            return False
        domain = value if kind is DOMAIN else domain_of(value)
        return domain not in self.portal.theirs or is_public_domain(domain, self.settings)


class _InPortal:
    """Whose are the domains that a customer types? Asked in the portal, where nobody else looks at them. Nine queries.

    A listed sender comes before recognition by domain and is valid at once: whoever could list somebody else's domain,
    or the address of one of their people, would read their mail; and what two customers list is nobody's, so that one
    could take recognition away from the other. A colleague of the same company may be listed, and what the list holds
    already stays. An agent may enter anybody, because that was agreed with somebody.

    Domains are compared by the organisation that registered them: whose is "blue.example" speaks for the domains below
    it, too, and the other way round. One that only looks like another customer's is refused with them.

    `theirs`: domains at which the customer, a company, or one of its persons has a registered address. A person's own
    address shows where they work, not that the domain is theirs. Persons whom a first mail added show nothing.
    `own`: those of the values that are registered addresses of the customer or its persons.
    """

    def __init__(
        self,
        domains: Set[str],
        values: Iterable[str],
        customer: Customer,
        kept: set[str],
        settings: RecognitionSettings,
    ) -> None:
        telling = CustomerAddress.objects.order_by().filter(customer__added_automatically=False)
        telling = telling.filter(same_organisations("domain", domains - {"", *filter(is_public_mail, domains)}))
        addresses = CustomerAddress.objects.order_by().filter(domain__in=domains, customer__added_automatically=False)
        company = customer.company_id or customer.pk
        of_customer, of_company = _family(customer.pk), _family(company)
        self.used = set(addresses.exclude(of_customer).values_list("domain", flat=True).distinct())
        self.used_outside = set(telling.exclude(of_company).values_list("domain", flat=True).distinct())
        self.organisations = set(map(organisation_of, self.used_outside))
        theirs = addresses.filter(of_customer) if customer.is_company else addresses.none()
        self.theirs = set(theirs.values_list("domain", flat=True).distinct())
        self.own = set(addresses.filter(of_customer, address__in=values).values_list("address", flat=True))
        listed = AuthorisedSender.objects.filter(value__in={*domains, *values}).exclude(of_company)
        confirmed_last = listed.order_by(F("unconfirmed_since").desc(nulls_last=True))
        self.listed = dict(confirmed_last.values_list("value", "unconfirmed_since"))
        self.kept = kept
        family = {customer.pk, company, *Customer.objects.filter(company=company).values_list("pk", flat=True)}
        looked_up = look_up_many([f"anybody@{domain}" for domain in domains if domain], settings)
        self.alike = {
            domain_of(address)
            for address, found in looked_up.items()
            if found.lookalike and found.lookalike.customer not in family
        }

    def is_others(self, value: str, *, public: bool) -> bool:
        """Whether others have to do with it; at a provider's `public` domain, with that very address."""
        if value in self.kept:
            return False
        if "@" in value and public:
            return value in self.listed
        domain = domain_of(value) if "@" in value else value
        if domain not in self.theirs and (domain in self.alike or organisation_of(domain) in self.organisations):
            return True
        if "@" not in value:
            return value in self.used or self._is_listed(value)
        return self._is_listed(value) or domain in self.used_outside or self._is_listed(domain)

    def _is_listed(self, value: str) -> bool:
        """Listed by others; what nobody has confirmed does not stand in the way of whose the domain is."""
        domain = domain_of(value) if "@" in value else value
        return value in self.listed and not (domain in self.theirs and self.listed[value] is not None)


def _family(pk: int) -> Q:
    return Q(customer=pk) | Q(customer__company=pk)
