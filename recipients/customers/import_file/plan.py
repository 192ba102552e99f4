"""The plan of an import: what a file of customers would change, row by row, and what is wrong with it.

A row is an existing customer if its number is known, or without a number if its email is registered on exactly one.
An empty cell leaves what is there. A constant number of queries for a few thousand rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from recipients.addressing.normalise import display
from recipients.customers.import_file.cells import READERS
from recipients.customers.import_file.columns import COLUMNS, Further, Layout, layout
from recipients.customers.import_file.known import Known, NewCompany
from recipients.exports.files import as_meant
from recipients.models import Customer, User


class Action(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


@dataclass(slots=True)
class RowPlan:
    """What a row would do. `line` is that of the file, counted from 1; `changes` are (column, before, after).

    `further`: the columns that a higher room adds, by their names.
    """

    line: int
    name: str
    customer: Customer | None = None
    values: dict[str, Any] = field(default_factory=dict)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    further: Mapping[str, Further] = field(default_factory=dict)

    @property
    def own_fields(self) -> dict[str, Any]:
        """What it says of them; None empties one."""
        return {name: value for name, value in self.values.items() if name in self.further}

    def label(self, column: str) -> str:
        return str(self.further[column].label if column in self.further else COLUMNS[column])

    @property
    def labelled(self) -> list[tuple[str, str, str]]:
        """`changes` with the columns as people read them."""
        return [(self.label(column), before, after) for column, before, after in self.changes]

    @property
    def action(self) -> Action:
        if self.errors:
            return Action.WRONG
        if self.customer is None:
            return Action.NEW
        return Action.CHANGED if self.changes else Action.SAME


@dataclass(slots=True)
class Plan:
    rows: list[RowPlan]
    layout: Layout
    errors: list[str] = field(default_factory=list)

    @property
    def can_be_done(self) -> bool:
        return self.changes_something and not self.of(Action.WRONG)

    @property
    def changes_something(self) -> bool:
        return not self.errors and bool(self.of(Action.NEW) + self.of(Action.CHANGED))

    @property
    def ignored(self) -> list[str]:
        return self.layout.ignored

    def of(self, action: str) -> list[RowPlan]:
        return [row for row in self.rows if row.action == action]

    def without_wrong(self) -> "Plan":
        """The rows that are right, to be done alone."""
        return replace(self, rows=[row for row in self.rows if not row.errors])


def plan(
    rows: Sequence[Sequence[Any]],
    by: User,
    chosen: Mapping[int, str] | None = None,
    further: Sequence[Further] = (),
) -> Plan:
    """What the file would do if `by` imported it; `chosen` columns mean what it says, by place. Nothing is written."""
    placed = layout(rows, chosen, further)
    named = {each.name: each for each in further}
    if not placed.is_usable:
        return Plan(
            [],
            placed,
            [_("No column was recognised as the customer's name or number. Choose below what the columns contain.")],
        )
    cells = [dict(_cells(placed.columns, row)) for row in rows[placed.at + 1 :]]
    first_line = placed.at + 2
    known = Known(cells, by, first_line)
    planned = [_plan_row(line, row, known, named) for line, row in enumerate(cells, start=first_line) if row]
    _check_companies_of_the_file(planned)
    return Plan(planned, placed)


def _check_companies_of_the_file(rows: list[RowPlan]) -> None:
    """Who belongs to a company whose own row is wrong cannot be imported before it."""
    wrong = {row.line for row in rows if row.errors}
    for row in rows:
        company = row.values.get("company")
        if isinstance(company, NewCompany) and company.line in wrong and not row.errors:
            row.errors.append(_("It depends on its company, whose row %(line)d has an error.") % {"line": company.line})


def _cells(columns: Sequence[str], row: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Column → text of the cells that say something."""
    for column, value in zip(columns, row, strict=False):
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # a spreadsheet's number
        text = "" if value is None else as_meant(str(value).strip())
        if column and text:
            yield column, text


def _plan_row(line: int, row: dict[str, str], known: Known, further: Mapping[str, Further]) -> RowPlan:
    planned = RowPlan(line, row.get("name", ""), further=further)
    for column, text in row.items():
        try:
            of_ours = column in further
            planned.values[column] = further[column].read(text) if of_ours else READERS[column](text, known)
        except ValueError as error:
            planned.errors.append(f"{planned.label(column)}: {error}")
    _identify(planned, row.get("number", ""), planned.values.get("email", ""), known)
    if planned.customer is None and not row.get("name"):
        planned.errors.append(_("A new customer needs a name."))
    if known.own_partner:
        planned.values["partner"] = known.own_partner
    _check_reach(planned, known)
    _check_company(planned)
    if not planned.errors:
        planned.changes = list(_changes(planned, known))
    return planned


def _identify(planned: RowPlan, number: str, email: str, known: Known) -> None:
    """Whose row it is, by its number or the normalised `email`; one that cannot be told apart is an error."""
    if number:
        if number in known.seen_numbers:
            planned.errors.append(_("The number %(number)s is in the file twice.") % {"number": number})
        known.seen_numbers.add(number)
        if number in known.hidden_numbers:
            planned.errors.append(_("The number %(number)s belongs to a customer you cannot see.") % {"number": number})
        planned.customer = known.by_number.get(number)
    elif email:
        owners = known.by_email.get(email, [])
        if len(owners) > 1:
            names = ", ".join(owner.name for owner in owners)
            text = _("%(email)s belongs to several customers: %(names)s. Give the number.")
            planned.errors.append(text % {"email": email, "names": names})
        planned.customer = owners[0] if len(owners) == 1 else None
    if planned.customer:
        planned.name = planned.name or planned.customer.name


def _check_reach(planned: RowPlan, known: Known) -> None:
    """An address that the row adds must not be a customer's of a partner whom the importing user does not see."""
    present = {each.address for each in known.addresses.get(planned.customer.pk, [])} if planned.customer else set()
    added = {planned.values.get("email", ""), *planned.values.get("addresses", [])} - present
    planned.errors += [known.beyond[address] for address in sorted(added) if address in known.beyond]


def _check_company(planned: RowPlan) -> None:
    now = planned.customer
    is_company = planned.values.get("is_company", now.is_company if now else False)
    company = planned.values.get("company", now.company_id if now else None)
    if is_company and company:
        planned.errors.append(_("A company cannot belong to another company."))


def _changes(planned: RowPlan, known: Known) -> Iterator[tuple[str, str, str]]:
    before = known.values_of(planned.customer) if planned.customer else {}
    own = (planned.customer.own_fields if planned.customer else None) or {}
    for column, value in planned.values.items():
        if column in planned.further:
            shown = planned.further[column].shown
            if value != own.get(column):
                yield column, shown(own.get(column)), shown(value)
            continue
        was = before.get(column)
        if column == "addresses":
            value = [address for address in value if address not in (was or [])]
            if value:
                yield column, _shown(was or []), _shown([*(was or []), *value])
        elif value != was and not (planned.customer is None and value in ("", None)):
            yield column, _shown(was), _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(display(each) for each in value)
    if isinstance(value, str) and "@" in value:
        return display(value)
    return "" if value is None else str(value)
