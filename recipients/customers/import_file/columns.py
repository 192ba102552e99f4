"""Columns of an import: what they are called in any language, where their headers stand, and what each one means."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from recipients.customers.import_file.words import HEADERS

#: Column → what people read.
COLUMNS = {
    "number": _("Number"),
    "name": _("Name"),
    "kind": _("Kind"),
    "is_company": _("Is a company"),
    "company": _("Company"),
    "partner": _("Partner"),
    "email": _("Email"),
    "addresses": _("Additional addresses"),
    "billing_email": _("Billing email"),
    "language": _("Language"),
    "notes": _("Notes"),
}
#: Without one of these nobody knows whose row it is.
NEEDED = {"name", "number"}
#: Titles, dates and empty lines above the headers.
_ABOVE = 20


@dataclass(frozen=True, slots=True)
class Further:
    """A column that a higher room adds, a customer's own field: `read` raises ValueError with a sentence."""

    name: str
    label: str
    read: Callable[[str], Any]
    shown: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file has its headers, counted from 0, what they say, and the column that each means, "" for none."""

    at: int
    headers: Sequence[str]
    columns: Sequence[str]

    @property
    def ignored(self) -> list[str]:
        return [header for header, column in zip(self.headers, self.columns, strict=True) if header and not column]

    @property
    def is_usable(self) -> bool:
        return bool(NEEDED & set(self.columns))


def layout(
    rows: Sequence[Sequence[Any]], chosen: Mapping[int, str] | None = None, further: Iterable[Further] = ()
) -> Layout:
    """The row that names most columns, of the first; `chosen` says by hand what columns mean, by their place."""
    names = {each.label.casefold(): each.name for each in further} | _names()
    above = range(min(_ABOVE, len(rows)))
    known = [len({column for column in _columns(rows[at], names) if column}) for at in above]
    filled = [sum(cell not in (None, "") for cell in rows[at]) for at in above]
    at = max(above, key=lambda at: (known[at] > 1 or filled[at] > 0, known[at], filled[at] > 1, -at), default=0)
    header = [_shown(cell) for cell in (rows[at] if rows else ())]
    while header and not header[-1]:  # a workbook's rows are as wide as its sheet
        header.pop()
    columns = _columns(header, names)
    for place, column in (chosen or {}).items():
        if place < len(columns) and (column in names.values() or not column):
            columns[place] = column
    for place, column in enumerate(columns):
        if column in columns[:place]:
            columns[place] = ""
    return Layout(at, header, columns)


def _columns(header: Sequence[Any], names: Mapping[str, str]) -> list[str]:
    return [names.get(_shown(cell).casefold(), "") for cell in header]


def _shown(cell: Any) -> str:
    return str(cell if cell is not None else "").strip()


@cache
def _names() -> dict[str, str]:
    """Folded header → column."""
    found: dict[str, str] = {}
    for column, others in HEADERS.items():
        found |= dict.fromkeys((column, column.replace("_", " "), *others), column)
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for column, label in COLUMNS.items():
                found.setdefault(str(label).casefold(), column)
    return found
