"""What tickets know of addresses: how many each has asked for, and whose an unpaired one may be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, F, Max, Q
from django.db.models.functions import Coalesce

from recipients.matching.directory import is_public_domain
from recipients.matching.suggestions import Evidence, Reason, Suggestion, domain_names, is_alike, suggest
from recipients.models import Customer, CustomerAddress, Recipient, RecognitionSettings, User
from recipients.users.access import visible_customers
from tickets.models import Comment, Ticket

#: Customers of one domain that are looked at.
MOST_OF_A_DOMAIN = 20


def ticket_counts(recipients: Iterable[Recipient], user: User) -> dict[int, int]:
    """How many tickets that `user` may see each of `recipients` has asked for; those without any are left out."""
    asked = Ticket.objects.visible_to(user).filter(requester__in=[recipient.pk for recipient in recipients])
    counts = asked.order_by().values_list("requester").annotate(Count("pk"))
    return {pk: count for pk, count in counts if pk}


@dataclass(frozen=True, slots=True)
class Unpaired:
    """Whose an address is that is paired with nobody: `registered`, id and name of the customer on whose page it
    stands, who needs no pairing; else those it may belong to.
    """

    registered: tuple[int, str] | None
    suggestions: list[Suggestion]


def suggestions(recipients: Iterable[Recipient], user: User) -> dict[int, list[Suggestion]]:
    """For each recipient that is nobody's and not shared, the customers that `user` may see and it may belong to."""
    return {pk: found.suggestions for pk, found in unpaired(recipients, user).items()}


def unpaired(recipients: Iterable[Recipient], user: User) -> dict[int, Unpaired]:
    """For each recipient that is neither paired nor shared, whose it is as far as `user` may see them.

    Six queries, however many recipients there are.
    """
    asked = {each.pk: each for each in recipients if each.customer_id is None and not each.shared}
    if not asked:
        return {}
    found: dict[int, list[tuple[int, Reason, int | None]]] = {pk: [] for pk in asked}
    settings = RecognitionSettings.load()
    telling = {each.domain for each in asked.values() if not is_public_domain(each.domain, settings)}
    registered = _registered(asked.values())
    for pk, customer, reason, ticket in (*_from_tickets(asked, user), *_by_domain(asked, telling)):
        if pk in found and asked[pk].address not in registered:
            found[pk].append((customer, reason, ticket))
    names = _names({customer for rows in found.values() for customer, *_rest in rows} | {*registered.values()}, user)
    alike = _alike([each for each in asked.values() if each.domain in telling], user)
    facts = {}
    for pk, rows in found.items():
        if owner := registered.get(asked[pk].address):
            facts[pk] = Unpaired((owner, names[owner]) if owner in names else None, [])
        else:
            seen = [Evidence(c, names[c], reason, ticket) for c, reason, ticket in rows if c in names]
            facts[pk] = Unpaired(None, suggest([*seen, *alike.get(pk, [])]))
    return facts


def _registered(recipients: Iterable[Recipient]) -> dict[str, int]:
    """Address → the customer on whose page it stands, of several a person: those need no suggestion."""
    addresses = [recipient.address for recipient in recipients]
    rows = CustomerAddress.objects.filter(address__in=addresses, customer__added_automatically=False)
    return dict(rows.order_by("-customer__is_company", "-pk").values_list("address", "customer"))


Row = tuple[int, int, Reason, int | None]


def _from_tickets(asked: dict[int, Recipient], user: User) -> Iterator[Row]:
    """Who was in copy of a customer's ticket, and who answered a mail of ours about one; the newest ticket of each."""
    tickets = Ticket.objects.visible_to(user).filter(customer__isnull=False)
    copied = tickets.filter(participants__in=list(asked))
    rows = copied.order_by().values_list("participants", "customer").annotate(Max("pk"))
    yield from ((pk, customer, Reason.IN_COPY, ticket) for pk, customer, ticket in rows)
    comments = Comment.objects.filter(recipient__in=list(asked), answers_our_mail=True, ticket__in=tickets)
    comments = comments.exclude(ticket__requester=F("recipient"))
    answers = comments.order_by().values_list("recipient", "ticket__customer").annotate(Max("ticket"))
    yield from ((pk, customer, Reason.ANSWERED, ticket) for pk, customer, ticket in answers if pk)


def _by_domain(asked: dict[int, Recipient], telling: set[str]) -> Iterator[Row]:
    """The companies, or persons without one, that have an address of the same domain."""
    owner = Coalesce("customer__company_id", "customer_id")
    rows = CustomerAddress.objects.filter(domain__in=telling, customer__added_automatically=False)
    rows = rows.order_by().annotate(owner=owner)
    owners: dict[str, list[int]] = {}
    for domain, customer in rows.values_list("domain", "owner").distinct()[: MOST_OF_A_DOMAIN * len(asked)]:
        owners.setdefault(domain, []).append(customer)
    for recipient in asked.values():
        for customer in owners.get(recipient.domain, [])[:MOST_OF_A_DOMAIN]:
            yield recipient.pk, customer, Reason.SAME_DOMAIN, None


def _alike(recipients: list[Recipient], user: User) -> dict[int, list[Evidence]]:
    """The customers whose name is like the domain and like the sender's name."""
    condition = Q()
    for recipient in recipients:
        for word in domain_names(recipient.address) if recipient.name else ():
            condition |= Q(name__istartswith=word)
    if not condition:
        return {}
    customers = visible_customers(user).filter(condition).order_by().values_list("pk", "name")
    named = list(customers[: MOST_OF_A_DOMAIN * len(recipients)])
    return {
        each.pk: [Evidence(pk, name, Reason.ALIKE) for pk, name in named if is_alike(each.address, each.name, name)]
        for each in recipients
    }


def _names(pks: set[int], user: User) -> dict[int, str]:
    customers: Iterable[Customer] = visible_customers(user).filter(pk__in=pks).only("name")
    return {customer.pk: customer.name for customer in customers}
