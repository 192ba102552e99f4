"""What does the address book know about one address? The two indexed queries that feed the matcher."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db.models import CharField, Count, Expression, F, IntegerField, Min, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from helpdesk.database.prepared import Compiled
from recipients.addressing.lookalikes import Lookalike, Owner, other_spelling, skeleton, spelled_out
from recipients.addressing.normalise import display, domain_of, is_public_mail, normalise_domain, organisation_of
from recipients.matching.match import Directory, Match, Party, Preference, match
from recipients.matching.verdict import UNKNOWN, Verdict
from recipients.models import (
    AuthorisedSender,
    CustomerAddress,
    OwnAddress,
    Recipient,
    RecognitionSettings,
)

_OWN, _SHARED, _PAIRED, _EXACT, _AUTHORISED, _AUTHORISED_DOMAIN, _ADDED, _DOMAIN = range(8)
_LIKE_CUSTOMER, _LIKE_AUTHORISED, _LIKE_OWN = range(8, 11)
_NEVER = Value("", output_field=TextField())
_SINCE = Coalesce(Cast("unconfirmed_since", TextField()), _NEVER)
_LIKE = {_LIKE_CUSTOMER: Owner.CUSTOMER, _LIKE_AUTHORISED: Owner.AUTHORISED, _LIKE_OWN: Owner.OWN}


def match_sender(address: str, verdict: Verdict = UNKNOWN, *, enforce: bool = False) -> Match:
    """Who wrote from the normalised `address`, as a `Match`. Two queries, however many customers there are."""
    return match(address, look_up(address), verdict, enforce=enforce)


def look_up(address: str, settings: RecognitionSettings | None = None) -> Directory:
    """The directory snapshot for the normalised `address`: one query, and one for `settings` if they are not given."""
    settings = settings or RecognitionSettings.load()
    if not address:
        return Directory()
    domain = domain_of(address)
    public = is_public_domain(domain, settings)
    if public:
        return _directory(address, _Found(_PUBLIC.rows(address=address, domain=domain)), settings)
    looks = dict(zip(_LOOKS_OF, _looks(domain), strict=True))
    return _directory(address, _Found(_ANY.rows(address=address, domain=domain, **looks)), settings)


def look_up_many(addresses: Iterable[str], settings: RecognitionSettings) -> dict[str, Directory]:
    """What `look_up` answers for each of the normalised `addresses`: one query, however many there are."""
    wanted = set(addresses) - {""}
    domains = {domain_of(address) for address in wanted}
    if not wanted:
        return {}
    by_key: dict[str, list[tuple[Any, ...]]] = {}
    looks = {domain: {f"{_LOOKS}{each}" for each in _looks(domain)} for domain in domains}
    all_looks = {each for domain in domains for each in _looks(domain)}
    for key, *row in _everything(wanted, domains, public=False, looks=all_looks, many=True):
        by_key.setdefault(key, []).append(tuple(row))
    keys = {each: (each, domain_of(each), *looks[domain_of(each)]) for each in wanted}
    found = {each: [row for key in keys[each] for row in by_key.get(key, ())] for each in wanted}
    return {address: _directory(address, _Found(rows), settings) for address, rows in found.items()}


def _directory(address: str, found: "_Found", settings: RecognitionSettings) -> Directory:
    domain = domain_of(address)
    public = is_public_domain(domain, settings)
    return Directory(
        registered=found.parties(_EXACT, address),
        paired=found.parties(_PAIRED, address),
        shared=found.has(_SHARED),
        own=found.has(_OWN),
        authorised_address=found.parties(_AUTHORISED, address),
        authorised_domain=found.parties(_AUTHORISED_DOMAIN, domain),
        added=found.parties(_ADDED, address),
        domain_companies=() if public else found.companies(domain),
        domain_contacts_without_company=() if public else found.contacts_without_company(domain),
        public_mail=public,
        lookalike=None if public else found.lookalike(domain, settings),
        listed_senders_wait=settings.listed_senders_wait,
        allowed_kinds=frozenset(settings.allowed_kinds),
        preference=Preference(settings.preference),
    )


def _one(address: str, domain: str, **looks: str) -> QuerySet[Any, Any]:
    return _everything(address, domain, public=False, looks=looks.values())


def _everything(
    address: Any, domain: Any, *, public: bool, looks: Iterable[str] = (), many: bool = False
) -> QuerySet[Any, Any]:
    """Every row about `address`: (source, customer id, name, kind, is company, company id, name, kind, listed since).

    The last is "" but for what the customer listed and nobody has confirmed.
    `looks` are the skeletons of its domain. With `many`, addresses and domains are sets, and the one that a row is
    about comes first.
    """
    addresses, authorised = CustomerAddress.objects.order_by(), AuthorisedSender.objects.order_by()
    registered = addresses.filter(customer__added_automatically=False)
    of_address, is_address, of_domain, is_domain = (
        {f"{name}__in" if many else name: value}
        for name, value in (("address", address), ("value", address), ("domain", domain), ("value", domain))
    )
    recipient = Recipient.objects.order_by().filter(**of_address)
    key, value = (("address",), ("value",)) if many else ((), ())
    queries = [
        _flag(_OWN, OwnAddress.objects.order_by().filter(**of_address), key),
        _flag(_SHARED, recipient.filter(shared=True), key),
        _parties(_PAIRED, recipient.filter(customer__isnull=False), key=key),
        _parties(_EXACT, registered.filter(**of_address), key=key),
        _parties(_ADDED, addresses.filter(**of_address, customer__added_automatically=True), key=key),
        _parties(
            _AUTHORISED, authorised.filter(**is_address, kind=AuthorisedSender.Kind.ADDRESS), key=value, since=_SINCE
        ),
        _parties(
            _AUTHORISED_DOMAIN,
            authorised.filter(**is_domain, kind=AuthorisedSender.Kind.DOMAIN),
            key=value,
            since=_SINCE,
        ),
    ]
    if not public:
        queries += _domain_queries(registered.filter(**of_domain), ("domain",) if many else ())
        queries += _lookalike_queries(list(looks), domain, many=many)
    return queries[0].union(*queries[1:], all=True)


def _domain_queries(registered: QuerySet[CustomerAddress], key: tuple[str, ...]) -> list[QuerySet[Any, Any]]:
    """Who uses a domain: companies themselves, companies of their persons, persons without a company.

    Distinct in the database, so that a company with ten thousand persons is one row.
    """
    company = registered.filter(customer__is_company=True)
    employer = registered.filter(customer__is_company=False, customer__company__isnull=False)
    alone = registered.filter(customer__is_company=False, customer__company__isnull=True)
    return [
        _parties(_DOMAIN, company, key=key).distinct(),
        _parties(_DOMAIN, employer, "customer__company", key=key).distinct(),
        _parties(_DOMAIN, alone, key=key).distinct(),
    ]


def _lookalike_queries(looks: list[str], domain: Any, *, many: bool) -> list[QuerySet[Any, Any]]:
    """Which domains look like it: (source, a customer, its name, the domain, false, how many customers, "", "", "").

    A domain that nobody has confirmed makes no other one suspicious, and none harmless. For one domain, the addresses
    of that domain itself are passed over within the index, however many there are.
    """
    alike = CustomerAddress.objects.order_by().filter(skeleton__in=looks, customer__added_automatically=False)
    others = [alike] if many else [alike.filter(domain__lt=domain), alike.filter(domain__gt=domain)]
    authorised = AuthorisedSender.objects.order_by().filter(
        kind=AuthorisedSender.Kind.DOMAIN, skeleton__in=looks, unconfirmed_since__isnull=True
    )
    own = OwnAddress.objects.order_by().filter(skeleton__in=looks)
    key = ("looks",) if many else ()
    return [
        *(_alike(_LIKE_CUSTOMER, rows, "domain", key) for rows in others),
        _alike(_LIKE_AUTHORISED, authorised, "value", key),
        own.annotate(source=Value(_LIKE_OWN), looks=_KEY, zero=Value(0)).values_list(
            *key, "source", _NOBODY, Value(""), "address", Value(False), "zero", Value(""), Value(""), Value("")
        ),
    ]


def _alike(source: int, rows: QuerySet[Any], domain: str, key: tuple[str, ...]) -> QuerySet[Any, Any]:
    owner = Coalesce("customer__company_id", "customer_id")
    grouped: QuerySet[Any, Any] = (
        rows.annotate(looks=_KEY)
        .values(domain, *key)
        .annotate(
            source=Value(source),
            owner=Min(owner),
            owner_name=Min(Coalesce("customer__company__name", "customer__name")),
            owners=Count(owner, distinct=True),
        )
    )
    return grouped.values_list(
        *key, "source", "owner", "owner_name", domain, Value(False), "owners", Value(""), Value(""), Value("")
    )


_LOOKS = "~"  # before a skeleton, so that it is not taken for a domain
_KEY = Concat(Value(_LOOKS), "skeleton", output_field=CharField())
_NOBODY = Cast(Value(None), IntegerField())


#: What a domain looks like, the registered one that it is below of, and the other spelling of both.
_LOOKS_OF = ("looks", "base_looks", "spelling", "base_spelling")


def _looks(domain: str) -> tuple[str, str, str, str]:
    base = organisation_of(domain)
    return skeleton(domain), skeleton(base), other_spelling(domain), other_spelling(base)


def _are_alike(domain: str, other: str) -> bool:
    """Whether `other` looks like `domain` or the registered one that it is below of, or is its other spelling."""
    both = {domain, organisation_of(domain)}
    return skeleton(other) in map(skeleton, both) or spelled_out(other) in map(spelled_out, both)


def _flag(source: int, rows: QuerySet[Any], key: tuple[str, ...] = ()) -> QuerySet[Any, tuple[Any, ...]]:
    tagged: QuerySet[Any] = rows.annotate(source=Value(source))
    return tagged.values_list(
        *key, "source", _NOBODY, Value(""), Value(""), Value(False), _NOBODY, Value(""), Value(""), Value("")
    )


def _parties(
    source: int,
    rows: QuerySet[Any],
    path: str = "customer",
    key: tuple[str, ...] = (),
    since: Expression = _NEVER,
) -> QuerySet[Any, tuple[Any, ...]]:
    tagged: QuerySet[Any] = rows.annotate(source=Value(source))
    return tagged.values_list(
        *key,
        "source",
        F(f"{path}__id"),
        F(f"{path}__name"),
        F(f"{path}__kind"),
        F(f"{path}__is_company"),
        F(f"{path}__company_id"),
        F(f"{path}__company__name"),
        F(f"{path}__company__kind"),
        since,
    )


_ANY = Compiled(_one, address="", domain="", **dict.fromkeys(_LOOKS_OF, ""))
_PUBLIC = Compiled(partial(_everything, public=True), address="", domain="")


class _Found:
    """The rows of one look-up, read as parties."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self.rows = sorted(rows, key=lambda row: (row[0], row[1] or 0))

    def has(self, source: int) -> bool:
        return any(row[0] == source for row in self.rows)

    def parties(self, source: int, evidence: str) -> tuple[Party, ...]:
        shown = display(evidence) if "@" in evidence else display("@" + evidence)[1:]
        return tuple(
            Party(
                id=row[1],
                name=row[2],
                kind=row[3],
                is_company=bool(row[4]),
                company_id=row[5],
                company_name=row[6] or "",
                company_kind=row[7] or "",
                evidence=shown,
                unconfirmed_since=_iso(row[8]),
            )
            for row in self.rows
            if row[0] == source
        )

    def companies(self, domain: str) -> tuple[Party, ...]:
        """Every company with the domain, each once (W15 counts all of them, allowed or not)."""
        by_id = {party.id: party for party in self.parties(_DOMAIN, domain) if party.is_company}
        return tuple(by_id.values())

    def lookalike(self, domain: str, settings: RecognitionSettings) -> Lookalike | None:
        """Whose domain an unknown `domain` looks like: a customer's, an authorised one, or ours; the first of several.

        A domain that is known itself looks like nobody's, nor does one of the same organisation.
        """
        if any(row[0] in (_EXACT, _AUTHORISED_DOMAIN, _DOMAIN) and not row[8] for row in self.rows):
            return None
        alike = [(row, domain_of(row[3]) if row[0] == _LIKE_OWN else row[3]) for row in self.rows if row[0] in _LIKE]
        if any(organisation_of(other) == organisation_of(domain) for _row, other in alike):
            return None
        for row, other in sorted(alike, key=lambda each: (each[0][0], each[1])):
            if _are_alike(domain, other) and not is_public_domain(other, settings):
                single = row[5] == 1
                return Lookalike(other, _LIKE[row[0]], row[1] if single else None, row[2] if single else "")
        return None

    def contacts_without_company(self, domain: str) -> tuple[Party, ...]:
        return tuple(party for party in self.parties(_DOMAIN, domain) if not party.is_company)


def _iso(moment: str) -> str:
    """A moment as either database writes it as text, UTC, as ISO 8601 has it; "" stays."""
    if not moment:
        return ""
    read = datetime.fromisoformat(moment)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")


def is_public_domain(domain: str, settings: RecognitionSettings) -> bool:
    """Whether `domain` says nothing: a known provider, with this installation's additions and exceptions."""
    if domain in _domains(settings.public_domains_excepted):
        return False
    return is_public_mail(domain) or domain in _domains(settings.public_domains_added)


def _domains(text: str) -> set[str]:
    return {normalise_domain(word) for word in text.replace(",", " ").split()}
