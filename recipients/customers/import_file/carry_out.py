"""Carrying out the plan of an import in one transaction: every row, or none."""

from collections.abc import Iterator

from django.db import IntegrityError, transaction

from recipients.customers.import_file.known import PLAIN, NewCompany
from recipients.customers.import_file.plan import Action, Plan, RowPlan
from recipients.models import CompanyRight, Customer, CustomerAddress, User
from recipients.users import visibility

_AT_ONCE = 1000


def carry_out(plan: Plan, *, by: User | None = None) -> None:
    """Write what `plan` says; `by` wanted it.

    Raises ValueError if a row of it is wrong, IntegrityError if somebody was faster.
    """
    if not plan.can_be_done:
        raise ValueError("a plan with wrong rows, or without any change, cannot be carried out")
    new, changed = plan.of(Action.NEW), plan.of(Action.CHANGED)
    with transaction.atomic():
        there = _locked({_of(row).pk for row in changed})
        for row in changed:
            row.customer = there[_of(row).pk]
        for row in new + changed:
            row.customer = _with_values(row)
        Customer.objects.bulk_create([_of(row) for row in new], batch_size=_AT_ONCE)
        joined = _join_companies(new + changed, {row.line: _of(row) for row in plan.rows})
        written = [*PLAIN, "added_automatically", "company_right", "own_fields"]
        Customer.objects.bulk_update([_of(row) for row in changed], written, batch_size=_AT_ONCE)
        Customer.objects.bulk_update(joined, ["company"], batch_size=_AT_ONCE)
        _write_addresses(new + changed)
        visibility.customers_changed((_of(row).pk for row in changed if "partner" in row.values), by=by)


def _locked(pks: set[int]) -> dict[int, Customer]:
    """The customers as they are now, for this transaction alone. Raises IntegrityError if one is not there any more."""
    found: dict[int, Customer] = {}
    for part in _parts(sorted(pks)):
        rows = Customer.objects.present().filter(pk__in=part).locked().select_related("company")
        found |= {each.pk: each for each in rows}
    if found.keys() != pks:
        raise IntegrityError("a customer of the file was merged or deleted")
    return found


def _with_values(row: RowPlan) -> Customer:
    """The customer of a row, unsaved, with everything but a company that the file itself makes."""
    customer = row.customer or Customer()
    customer.added_automatically = False  # somebody says so
    if row.values.get("company", customer.company) != customer.company:
        customer.company_right = CompanyRight.NONE  # it was given for the other company
    for name in PLAIN:
        value = row.values.get(name)
        if name in row.values and not isinstance(value, NewCompany):
            setattr(customer, name, value)
    if row.own_fields:
        own = (customer.own_fields or {}) | row.own_fields
        customer.own_fields = {name: value for name, value in own.items() if value is not None} or None
    return customer


def _join_companies(rows: list[RowPlan], by_line: dict[int, Customer]) -> list[Customer]:
    """The persons whose company the file itself makes, with that company, unsaved."""
    joining = [(_of(row), row.values.get("company")) for row in rows]
    joined = []
    for customer, company in joining:
        if isinstance(company, NewCompany):
            customer.company = by_line[company.line]
            joined.append(customer)
    return joined


def _write_addresses(rows: list[RowPlan]) -> None:
    """Add the addresses; a profile Email that another one follows stays as a further address."""
    changing = [row for row in rows if "email" in row.values or "addresses" in row.values]
    there = _addresses([_of(row).pk for row in changing])
    new, further, primary = [], [], []
    for row in changing:
        customer, email = _of(row), row.values.get("email")
        present = there.get(customer.pk, {})
        if email:
            further += [each.pk for each in present.values() if each.is_primary and each.address != email]
            primary += [each.pk for each in present.values() if not each.is_primary and each.address == email]
        for address in dict.fromkeys([*([email] if email else []), *row.values.get("addresses", [])]):
            if address not in present:
                is_primary = address == email
                new.append(CustomerAddress(customer=customer, address=address, is_primary=is_primary))
    for part in _parts(further):  # first: a customer has one profile Email at any moment
        CustomerAddress.objects.filter(pk__in=part).update(is_primary=False)
    for part in _parts(primary):
        CustomerAddress.objects.filter(pk__in=part).update(is_primary=True)
    CustomerAddress.objects.bulk_create(new, batch_size=_AT_ONCE)


def _addresses(customers: list[int]) -> dict[int, dict[str, CustomerAddress]]:
    """Customer → address → row."""
    found: dict[int, dict[str, CustomerAddress]] = {}
    for part in _parts(customers):
        for each in CustomerAddress.objects.filter(customer__in=part):
            found.setdefault(each.customer_id, {})[each.address] = each
    return found


def _parts(pks: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(pks), _AT_ONCE):
        yield pks[start : start + _AT_ONCE]


def _of(row: RowPlan) -> Customer:
    assert row.customer is not None
    return row.customer
