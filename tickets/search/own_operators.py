"""The operators of custom fields: `serial-number:BW-300`, `amount:>10`, `until:2026-01-01..2026-02-01`."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from django.db import connections
from django.utils.translation import gettext as _t

from recipients.models import User
from tickets.models.field_values import compared, having, lacking
from tickets.models.setup.custom_field import Kind, Known, custom_fields
from tickets.models.work.visibility import TicketQuerySet
from tickets.search import postgresql
from tickets.search.terms import OPERATORS
from tickets.search.words import sought

Find = Callable[[TicketQuerySet, str, User | None], TicketQuerySet | None]

_EXAMPLES: Mapping[str, str] = {Kind.NUMBER: ">10", Kind.DATE: ">2026-01-31", Kind.CHECKBOX: "yes"}
_LOOKUPS: Mapping[str | None, str] = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
#: Up to here a float is the very number that was typed; beyond, databases take no integers.
EXACT = 2**53
_LIMITED = re.compile(r"(?P<sign>[<>]=?)?(?P<first>[^<>]*?)(?:\.\.(?P<last>.*))?$")


def own_operators() -> dict[str, tuple[Known, str, Find]]:
    """The fields of tickets by the names of their operators, each with an example and what it finds. No query."""
    found: dict[str, tuple[Known, str, Find]] = {}
    for known in custom_fields():
        name = named(known.name)
        name = f"field-{name}" if name in OPERATORS or not name else name
        example = next(iter(known.options), "") or _EXAMPLES.get(known.kind, "…")
        given = f'"{example}"' if " " in example else example
        found.setdefault(name, (known, f"{name}:{given}", partial(_find, known)))
    return found


def named(name: str) -> str:
    """The name of a field as one types it before a colon.

    >>> named("Serial number (old)"), named("Größe")
    ('serial-number-old', 'größe')
    """
    return "-".join(re.findall(r"\w+", name.lower().replace("_", " ")))


def _find(known: Known, tickets: TicketQuerySet, value: str, user: User | None) -> TicketQuerySet | None:
    match known.kind:
        case Kind.NUMBER:
            return _limited(known, tickets, value, _number)
        case Kind.DATE:
            return _limited(known, tickets, value, _day)
        case Kind.CHECKBOX:
            return _ticked(known, tickets, value)
        case Kind.CHOICE:
            chosen = [option for option in known.options if option.casefold() == value.casefold()] or [value]
            return having(tickets, known.key, chosen[0])
    if connections[tickets.db].vendor == "postgresql" and (words := sought(value)):
        tickets, _ranked = postgresql.with_all(tickets, words)  # by the index of words, of which the field's are some
    return compared(tickets, known.key, "icontains", value)


def _ticked(known: Known, tickets: TicketQuerySet, value: str) -> TicketQuerySet | None:
    if value.casefold() in ("yes", "1", _t("Yes").casefold()):
        return having(tickets, known.key, True)
    return lacking(tickets, known.key) if value.casefold() in ("no", "0", _t("No").casefold()) else None


def _limited(known: Known, tickets: TicketQuerySet, value: str, read: Callable[[str], Any]) -> TicketQuerySet | None:
    """`10`, `>10`, `<=10`, `1..10`; None for what says no number, or no day."""
    found = _LIMITED.match(value)
    if found is None or (found["sign"] and found["last"] is not None):
        return None
    try:
        first = read(found["first"])
        if found["last"] is not None:
            from_first = compared(tickets, known.key, "gte", first)
            return compared(from_first, known.key, "lte", read(found["last"]))
    except ValueError:
        return None
    if lookup := _LOOKUPS.get(found["sign"]):
        return compared(tickets, known.key, lookup, first)
    return having(tickets, known.key, first)


def _number(text: str) -> int | float:
    """Raises ValueError."""
    number = float(text.replace(",", "."))
    if number != number or abs(number) == float("inf"):
        raise ValueError(text)
    return int(number) if number.is_integer() and abs(number) < EXACT else number


def _day(text: str) -> str:
    """Raises ValueError."""
    return date.fromisoformat(text).isoformat()
