"""The custom fields in forms, filters and columns."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.cells import NAME
from tickets.models.field_values import compared, having, ordered
from tickets.models.setup.custom_field import About, Kind, Known, custom_fields, with_value

#: Kinds of which one asks for a range.
RANGED = (Kind.NUMBER, Kind.DATE)


def input_of(field: Known) -> forms.Field:
    """The form's field for `field`."""
    options: dict[str, Any] = {"label": field.name, "required": False}
    match field.kind:
        case Kind.NUMBER:
            return forms.DecimalField(**options, max_digits=18, decimal_places=4)
        case Kind.DATE:
            return forms.DateField(**options, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        case Kind.CHOICE:
            return forms.ChoiceField(**options, choices=[("", _("Nothing chosen")), *((o, o) for o in field.options)])
        case Kind.CHECKBOX:
            return forms.BooleanField(**options)
        case _:
            return forms.CharField(**options, max_length=500)


def add_inputs(form: forms.BaseForm, fields: Iterable[Known], values: Mapping[str, Any] | None) -> None:
    """Let `form` have these fields, with what is stored; a choice that is offered no more stays."""
    for field in fields:
        stored = (values or {}).get(field.key)
        made = input_of(field)
        if isinstance(made, forms.ChoiceField) and stored and stored not in field.options:
            made.choices = [*made.choices, (stored, stored)]  # type: ignore[misc]  # a list, as made above
        if isinstance(made, forms.CharField | forms.DecimalField | forms.DateField):
            made.widget.attrs["data-when-left"] = ""
        form.fields[field.key] = made
        form.initial[field.key] = stored


def stored(form: forms.BaseForm, fields: Iterable[Known], values: Mapping[str, Any] | None) -> dict[str, Any]:
    """`values` with what was typed, as JSON; what is empty has no key."""
    cleaned, found = form.cleaned_data, dict(values or {})
    for field in fields:
        found = with_value(found, field.key, as_stored(cleaned.get(field.key)))
    return found


def as_stored(value: Any) -> Any:
    """A value of a form's field as JSON has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


class ByField(django_filters.Filter):  # type: ignore[misc]  # django-filter has no types
    """A filter by a custom field; `lookup`: "gte" or "lte" for one end of a range."""

    def __init__(self, known: Known, lookup: str = "") -> None:
        label = {"gte": _t("%(field)s from"), "lte": _t("%(field)s to")}.get(lookup, "%(field)s")
        super().__init__(label=label % {"field": known.name})
        self.known, self.lookup = known, lookup

    @property
    def field(self) -> forms.Field:
        if self.known.kind == Kind.CHECKBOX:
            return forms.ChoiceField(label=self.label, required=False, choices=[("", ""), ("1", _("Yes"))])
        made = input_of(self.known)
        made.label = self.label
        return made

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None or value == "":
            return rows
        if self.lookup:
            return compared(rows, self.known.key, self.lookup, as_stored(value))
        return having(rows, self.known.key, True if self.known.kind == Kind.CHECKBOX else as_stored(value))


def filters(about: str = About.TICKET) -> dict[str, ByField]:
    """A filter for each field, and one for either end of what has ranges."""
    found: dict[str, ByField] = {}
    for each in custom_fields(about):
        found[each.key] = ByField(each)
        if each.kind in RANGED:
            found |= {f"{each.key}_from": ByField(each, "gte"), f"{each.key}_to": ByField(each, "lte")}
    return found


def shown_filters(about: str = About.TICKET) -> list[str]:
    """Which of `filters` stand in the menu: the ends of a range say as much as one value."""
    ends = ("_from", "_to")
    return [f"{each.key}{end}" for each in custom_fields(about) for end in (ends if each.kind in RANGED else ("",))]


class FieldColumn(tables.Column):  # type: ignore[misc]  # django-tables2 has no types
    """A column of a list. Numbers and days sort, without an index: the rows of the view are sorted each time."""

    def __init__(self, known: Known, then: tuple[str, ...]) -> None:
        super().__init__(known.name, accessor="own_fields", orderable=known.kind in RANGED, default="", attrs=NAME)
        self.known, self.then = known, then

    def render(self, value: Any) -> str:
        return self.known.shown((value or {}).get(self.known.key))

    def order(self, rows: Any, is_descending: bool) -> tuple[Any, bool]:
        """What says nothing stands last, whichever way: django-tables2 asks for the rows in their order."""
        return ordered(rows, self.known.key, self.then, descending=is_descending), True


def columns(about: str = About.TICKET, then: tuple[str, ...] = ("-updated_at", "-pk")) -> list[tuple[str, FieldColumn]]:
    """A column for each field; rows of one value stand in the order of `then`."""
    return [(each.key, FieldColumn(each, then)) for each in custom_fields(about)]
