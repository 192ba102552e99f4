"""The customers, companies and partners that a file speaks of and that are there already, read in a few queries."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Upper

from recipients.addressing.normalise import normalise
from recipients.customers.import_file.words import YES
from recipients.models import Customer, CustomerAddress, OwnAddress, Partner, User
from recipients.models.reach import beyond
from recipients.users.access import visible_customers

#: Values of one query.
_AT_ONCE = 5000

#: The columns whose addresses mail is recognised by.
ADDRESSES = ("email", "addresses")
PLAIN = ("number", "name", "kind", "is_company", "company", "partner", "billing_email", "language", "notes")


@dataclass(frozen=True, slots=True)
class NewCompany:
    """A company that the same file makes, in this line."""

    line: int
    name: str

    def __str__(self) -> str:
        return self.name


def words(text: str) -> list[str]:
    """The addresses of a cell, as they are written."""
    return [word for word in re.split(r"[\s,;]+", text) if word]


def _found(rows: Any, column: str, wanted: set[Any]) -> list[Any]:
    """The rows whose `column` is among `wanted`, asked for in parts: a query has room for so many values."""
    values = sorted(wanted)
    parts = (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
    return [row for part in parts for row in rows.filter(**{f"{column}__in": part})]


class Known:
    """`by` sees only what their partner lets them see (R30)."""

    def __init__(self, cells: list[dict[str, str]], by: User, first_line: int) -> None:
        self.first_line = first_line
        self.seen_numbers: set[str] = set()
        numbers = {row["number"] for row in cells if "number" in row}
        companies = {row["company"] for row in cells if "company" in row}
        emails = {normalise(row["email"]) for row in cells if "email" in row} - {""}
        visible = visible_customers(by).select_related("company", "partner")
        self.by_number = {row.number: row for row in _found(visible, "number", numbers | companies)}
        hidden = _found(Customer.objects.all(), "number", numbers)
        self.hidden_numbers = {row.number for row in hidden} - set(self.by_number)
        self.companies = self._companies(visible, companies, cells)
        owners = _found(CustomerAddress.objects.filter(customer__in=visible), "address", emails)
        customers = {row.pk: row for row in _found(visible, "pk", {owner.customer_id for owner in owners})}
        self.by_email: dict[str, list[Customer]] = {}
        for owner in owners:
            self.by_email.setdefault(owner.address, []).append(customers[owner.customer_id])
        there = [*self.by_number.values(), *customers.values()]
        self.addresses: dict[int, list[CustomerAddress]] = {}
        for address in _found(CustomerAddress.objects.all(), "customer_id", {row.pk for row in there}):
            self.addresses.setdefault(address.customer_id, []).append(address)
        written = {word for row in cells for column in ADDRESSES for word in words(row.get(column, ""))}
        self.beyond = beyond(map(normalise, written), by)
        self.own = set(OwnAddress.objects.values_list("address", flat=True))
        self.partners = {partner.name.casefold(): partner for partner in Partner.objects.all()}
        self.own_partner = None if by.sees_every_partner else by.partner

    def _companies(self, visible: Any, wanted: set[str], cells: list[dict[str, str]]) -> dict[str, list[Any]]:
        """Number or folded name → companies: those that are there, and those that the file itself makes (as lines)."""
        found: dict[str, list[Any]] = {}
        companies = visible.filter(is_company=True).annotate(folded=Upper("name"))
        by_name = [*_found(companies, "folded", {name.upper() for name in wanted}), *_found(companies, "name", wanted)]
        for company in {company.pk: company for company in by_name}.values():
            found.setdefault(company.name.casefold(), []).append(company)
        for number, company in self.by_number.items():
            if company.is_company:
                found[number.casefold()] = [company]
        for line, row in enumerate(cells, start=self.first_line):
            if row.get("is_company", "").casefold() in YES:
                names = {row.get("number", ""), row.get("name", "")} - {""}
                for name in names:
                    if not found.setdefault(name.casefold(), []):
                        found[name.casefold()] = [NewCompany(line, row.get("name", name))]
        return found

    def values_of(self, customer: Customer) -> dict[str, Any]:
        """What the columns say now."""
        addresses = self.addresses.get(customer.pk, [])
        return {
            **{name: getattr(customer, name) for name in PLAIN},
            "addresses": [each.address for each in addresses if not each.is_primary],
            "email": next((each.address for each in addresses if each.is_primary), None),
        }
