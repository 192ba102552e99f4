"""The reach of users who work for one partner: not the addresses and domains that customers of others have.

The one check that every form, import and decision asks before it gives an address or a domain to a customer. What is
refused is said in one neutral sentence: another one would tell whose it is.
"""

from collections.abc import Iterable, Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from recipients.addressing.normalise import display, domain_of, organisation_of
from recipients.models.authorised_senders import AuthorisedSender
from recipients.models.customers import Customer, CustomerAddress
from recipients.models.people import User
from recipients.models.recipients import Recipient

#: Values of one query.
_AT_ONCE = 400


def beyond(values: Iterable[str], by: User | None) -> dict[str, str]:
    """Those of the normalised addresses and domains that customers outside the partner of `by` have, with the sentence.

    An address is theirs if it is registered on them, paired with them or listed by them; a domain, if they have an
    address at its organisation or list it. Persons that a first mail added have nothing before somebody says so. No
    query for who sees every partner (or for the helpdesk itself, None); else three for each four hundred values.
    """
    if by is None or by.sees_every_partner:
        return {}
    return {value: refusal(value) for part in _parts(set(values) - {""}) for value in _others(part, by)}


def refusal(value: str) -> str:
    shown = display(value) if "@" in value else display(f"@{value}")[1:]
    return _("%(value)s cannot be used here. Ask a colleague who sees every partner.") % {"value": shown}


def same_organisations(field: str, domains: Iterable[str]) -> Q:
    """Rows whose domain in `field` is of the organisation of one of `domains`: the same, above, below or beside it."""
    found = Q(pk__in=[])
    for organisation in {organisation_of(domain) for domain in domains}:
        found |= Q(**{field: organisation}) | Q(**{f"{field}__endswith": f".{organisation}"})
    return found


def _others(values: list[str], by: User) -> set[str]:
    customers = Customer.objects.present().order_by().exclude(added_automatically=True)
    others = customers.filter(Q(partner__isnull=True) | ~Q(partner=by.partner))
    domains = [value for value in values if "@" not in value]
    registered = CustomerAddress.objects.order_by().filter(customer__in=others)
    paired = Recipient.objects.order_by().filter(customer__in=others, address__in=values)
    listed = AuthorisedSender.objects.order_by().filter(customer__in=others)
    found = set(registered.filter(address__in=values).values_list("address", flat=True))
    found |= set(paired.values_list("address", flat=True))
    found |= set(listed.filter(value__in=values).values_list("value", flat=True))
    if domains:
        at = registered.filter(same_organisations("domain", domains)).values_list("domain", flat=True).distinct()
        below = listed.filter(same_organisations("value", domains)).values_list("value", flat=True)
        organisations = {organisation_of(domain_of(value)) for value in (*at, *below)}
        found |= {domain for domain in domains if organisation_of(domain) in organisations}
    return found


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]
