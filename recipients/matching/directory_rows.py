"""The rows that the directory of an address is read from: everything about it in one statement.

The statement for one address is prepared. That for many of them is composed for their number, and each of its rows
says which of them it is about.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import IntEnum
from functools import partial
from typing import Any, NamedTuple

from django.db.models import (
    CharField,
    Count,
    DateTimeField,
    Expression,
    F,
    IntegerField,
    Min,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce, Concat

from helpdesk.database.prepared import PreparedQuery
from recipients.addressing.lookalikes import looks_of
from recipients.addressing.normalise import domain_of, spellings
from recipients.models import AuthorisedSender, CustomerAddress, OwnAddress, Recipient


class Source(IntEnum):
    """What a row was found as, in the order in which a directory is read."""

    OWN = 0
    SHARED = 1
    PAIRED = 2
    REGISTERED = 3
    AUTHORISED_ADDRESS = 4
    AUTHORISED_DOMAIN = 5
    ADDED = 6
    DOMAIN = 7
    LIKE_CUSTOMER = 8
    LIKE_AUTHORISED = 9
    LIKE_OWN = 10


class DirectoryRow(NamedTuple):
    """One finding about an address. Columns that its source has nothing to say in are blank: "", 0, False or None.

    For PAIRED to DOMAIN: the customer, the company it belongs to, and since when it has listed the address itself if
    nobody has confirmed that. For LIKE_…: the domain (of LIKE_OWN, our address) that looks like the one asked for, how
    many customers it belongs to, and one of them.
    """

    source: int
    about: str  # of many: the address, the domain, or the skeleton after LOOKS; of one ""
    customer_id: int
    name: str
    kind: str
    is_company: bool
    company_id: int | None
    company_name: str | None
    company_kind: str | None
    listed_since: datetime | None
    similar: str
    owners: int


LOOKS = "~"  # before a skeleton, so that it is not taken for a domain
_SKELETON = Concat(Value(LOOKS), "skeleton", output_field=CharField())


class _Literal(Value):
    """A constant that stands in the SQL itself: as parameters, the blanks of all these queries would be a hundred."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        if self.value is None:
            return f"CAST(NULL AS {self.output_field.cast_db_type(connection)})", ()
        return "''" if self.value == "" else str(self.value).upper(), ()


_NO_TEXT = _Literal("", output_field=TextField())
_BLANK: dict[str, Expression] = {
    "about": _NO_TEXT,
    "customer_id": _Literal(0),
    "name": _NO_TEXT,
    "kind": _NO_TEXT,
    "is_company": _Literal(False),
    "company_id": _Literal(None, output_field=IntegerField()),
    "company_name": _NO_TEXT,
    "company_kind": _NO_TEXT,
    "listed_since": _Literal(None, output_field=DateTimeField()),
    "similar": _NO_TEXT,
    "owners": _Literal(0),
}


def rows_about(address: str, *, public: bool) -> list[DirectoryRow]:
    """Every row about the normalised `address`; if its domain is `public`, none about the domain. One statement."""
    domain = domain_of(address)
    if len(spellings(address)) > 1:
        return rows_about_many([address])[address]
    if public:
        return _PUBLIC.rows(address=address, domain=domain)
    return _ANY.rows(address=address, domain=domain, **dict(zip(_LOOKS_OF, looks_of(domain), strict=True)))


def rows_about_many(addresses: Collection[str]) -> dict[str, list[DirectoryRow]]:
    """Every row about each of the normalised `addresses`, those about public domains too. One statement."""
    domains = {domain_of(address) for address in addresses}
    looks = {domain: looks_of(domain) for domain in domains}
    all_looks = {each for of_domain in looks.values() for each in of_domain}
    by_subject: dict[str, list[DirectoryRow]] = {}
    spelled = {each for address in addresses for each in spellings(address)}
    for values in _everything(spelled, domains, all_looks, many=True):
        row = DirectoryRow(*values)
        by_subject.setdefault(row.about, []).append(row)
    found: dict[str, list[DirectoryRow]] = {}
    for address in addresses:
        domain = domain_of(address)
        subjects = (*spellings(address), domain, *{f"{LOOKS}{each}" for each in looks[domain]})
        found[address] = [row for subject in subjects for row in by_subject.get(subject, ())]
    return found


def _everything(
    address: Any, domain: Any, looks: Iterable[str], *, many: bool = False, public: bool = False
) -> QuerySet[Any, Any]:
    """The statement. With `many`, addresses and domains are sets. `looks` are the skeletons of the domains."""
    test = "__in" if many else ""
    own = OwnAddress.objects.order_by()
    recipient = Recipient.objects.order_by().filter(**{f"address{test}": address})
    written = CustomerAddress.objects.order_by()
    registered, added = (written.filter(customer__added_automatically=automatic) for automatic in (False, True))
    listed = AuthorisedSender.objects.order_by()
    listed_addresses = listed.filter(kind=AuthorisedSender.Kind.ADDRESS, **{f"value{test}": address})
    listed_domains = listed.filter(kind=AuthorisedSender.Kind.DOMAIN, **{f"value{test}": domain})

    def about(column: str) -> str | Expression:
        return column if many else _NO_TEXT

    since = {"listed_since": "unconfirmed_since"}
    queries = [
        _rows(Source.OWN, own.filter(**{f"address{test}": address}), about("address")),
        _rows(Source.SHARED, recipient.filter(shared=True), about("address")),
        _rows(Source.PAIRED, recipient.filter(customer__isnull=False), about("address"), **_customer()),
        _rows(Source.REGISTERED, registered.filter(**{f"address{test}": address}), about("address"), **_customer()),
        _rows(Source.AUTHORISED_ADDRESS, listed_addresses, about("value"), **_customer(), **since),
        _rows(Source.AUTHORISED_DOMAIN, listed_domains, about("value"), **_customer(), **since),
        _rows(Source.ADDED, added.filter(**{f"address{test}": address}), about("address"), **_customer()),
    ]
    if not public:
        queries += _domain_queries(registered.filter(**{f"domain{test}": domain}), about("domain"))
        queries += _lookalike_queries(registered, list(looks), domain, many=many)
    return queries[0].union(*queries[1:], all=True)


def _domain_queries(registered: QuerySet[CustomerAddress], about: str | Expression) -> list[QuerySet[Any, Any]]:
    """Who uses a domain: companies themselves, companies of their persons, persons without a company.

    Distinct in the database, so that a company with ten thousand persons is one row.
    """
    company = registered.filter(customer__is_company=True)
    employer = registered.filter(customer__is_company=False, customer__company__isnull=False)
    alone = registered.filter(customer__is_company=False, customer__company__isnull=True)
    return [
        _rows(Source.DOMAIN, company, about, **_customer()).distinct(),
        _rows(Source.DOMAIN, employer, about, **_customer("customer__company")).distinct(),
        _rows(Source.DOMAIN, alone, about, **_customer()).distinct(),
    ]


def _lookalike_queries(
    registered: QuerySet[CustomerAddress], looks: list[str], domain: Any, *, many: bool
) -> list[QuerySet[Any, Any]]:
    """Which domains have one of the skeletons `looks`.

    A domain that nobody has confirmed makes no other one suspicious, and none harmless. For one domain, the addresses
    of that domain itself are passed over within the index, however many there are.
    """
    alike = registered.filter(skeleton__in=looks)
    others = [alike] if many else [alike.filter(domain__lt=domain), alike.filter(domain__gt=domain)]
    authorised = AuthorisedSender.objects.order_by().filter(
        kind=AuthorisedSender.Kind.DOMAIN, skeleton__in=looks, unconfirmed_since__isnull=True
    )
    own = OwnAddress.objects.order_by().filter(skeleton__in=looks)
    about = _SKELETON if many else _NO_TEXT
    return [
        *(_by_domain(Source.LIKE_CUSTOMER, rows, "domain", about) for rows in others),
        _by_domain(Source.LIKE_AUTHORISED, authorised, "value", about),
        _rows(Source.LIKE_OWN, own, about, similar="address"),
    ]


def _by_domain(source: Source, rows: QuerySet[Any], domain: str, about: Expression) -> QuerySet[Any, tuple[Any, ...]]:
    """One row for each domain: how many customers have it, companies counted with their persons, and one of them."""
    owner = Coalesce("customer__company_id", "customer_id")
    name = Coalesce("customer__company__name", "customer__name")
    grouped: QuerySet[Any, Any] = (
        rows.annotate(subject=about)
        .values(domain, "subject")
        .annotate(an_owner=Min(owner), a_name=Min(name), how_many=Count(owner, distinct=True))
    )
    return _rows(source, grouped, "subject", customer_id="an_owner", name="a_name", similar=domain, owners="how_many")


def _customer(path: str = "customer") -> dict[str, F]:
    """The columns about the customer at `path`, and about the company that it belongs to."""
    return {
        "customer_id": F(f"{path}__id"),
        "name": F(f"{path}__name"),
        "kind": F(f"{path}__kind"),
        "is_company": F(f"{path}__is_company"),
        "company_id": F(f"{path}__company_id"),
        "company_name": F(f"{path}__company__name"),
        "company_kind": F(f"{path}__company__kind"),
    }


def _rows(
    source: Source, rows: QuerySet[Any, Any], about: str | Expression, **columns: str | F
) -> QuerySet[Any, tuple[Any, ...]]:
    """The columns of a `DirectoryRow` for each of `rows`; those that are not named are blank."""
    filled = {**_BLANK, "source": _Literal(source.value), "about": about, **columns}
    return rows.values_list(*(filled[name] for name in DirectoryRow._fields))


#: The names under which the statement is told what `looks_of` says.
_LOOKS_OF = ("looks", "base_looks", "spelling", "base_spelling")


def _of_one(address: str, domain: str, **looks: str) -> QuerySet[Any, Any]:
    return _everything(address, domain, looks.values())


_ANY = PreparedQuery(DirectoryRow, _of_one, address="", domain="", **dict.fromkeys(_LOOKS_OF, ""))
_PUBLIC = PreparedQuery(DirectoryRow, partial(_everything, looks=(), public=True), address="", domain="")
