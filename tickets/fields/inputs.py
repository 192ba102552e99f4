"""The fields of one's own in forms, filters and columns."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db import connections
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.cells import NAME
from tickets.models.setup.custom_field import Kind, Known, custom_fields, with_value


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


def having(rows: QuerySet[Any], field: str, value: Any) -> QuerySet[Any]:
    """Those of `rows` whose field has this value. On PostgreSQL by the index of all values."""
    if connections[rows.db].vendor == "postgresql":
        return rows.filter(own_fields__contains={field: value})
    return rows.filter(Q(**{f"own_fields__{field}": value}))


class ByField(django_filters.Filter):  # type: ignore[misc]  # django-filter has no types
    """A filter by a field of one's own."""

    def __init__(self, known: Known) -> None:
        super().__init__(label=known.name)
        self.known = known

    @property
    def field(self) -> forms.Field:
        if self.known.kind == Kind.CHECKBOX:
            return forms.ChoiceField(label=self.known.name, required=False, choices=[("", ""), ("1", _("Yes"))])
        return input_of(self.known)

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None or value == "":
            return rows
        return having(rows, self.known.key, True if self.known.kind == Kind.CHECKBOX else as_stored(value))


def filters() -> dict[str, ByField]:
    """A filter for each field of tickets."""
    return {each.key: ByField(each) for each in custom_fields()}


class FieldColumn(tables.Column):  # type: ignore[misc]  # django-tables2 has no types
    """A column of the list of tickets."""

    def __init__(self, known: Known) -> None:
        super().__init__(known.name, accessor="own_fields", orderable=False, default="", attrs=NAME)
        self.known = known

    def render(self, value: Any) -> str:
        return self.known.shown((value or {}).get(self.known.key))


def columns() -> list[tuple[str, FieldColumn]]:
    """A column for each field of tickets."""
    return [(each.key, FieldColumn(each)) for each in custom_fields()]
