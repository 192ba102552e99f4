"""Chips: the filters of a list that are on, each with the address without it."""

from dataclasses import dataclass
from typing import Any

from django import forms


@dataclass(frozen=True)
class Chip:
    """One filter that is on: what it says, and the query string of the address without it."""

    label: str
    value: str
    rest: str


def chips(filterset: Any) -> list[Chip]:
    """The filters of a django-filter filter set that are on and valid, in the order of its fields."""
    form = filterset.form
    if not form.is_valid():
        return []
    on = [name for name in form.fields if form.cleaned_data.get(name) not in (None, "")]
    return [Chip(str(form.fields[name].label), _shown(form, name), _without(filterset, name)) for name in on]


def _shown(form: forms.Form, name: str) -> str:
    field, value = form.fields[name], form.cleaned_data[name]
    if isinstance(field, forms.ModelChoiceField) or not isinstance(field, forms.ChoiceField):
        return str(value)
    choices: Any = field.choices
    return {str(key): str(label) for key, label in choices}.get(str(value), str(value))


def _without(filterset: Any, name: str) -> str:
    rest = filterset.data.copy()
    for gone in (name, "page"):
        rest.pop(gone, None)
    return str(rest.urlencode())
