"""Filters of lists: the widgets of the filter bar, and whole days."""

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone


def search_field(placeholder: object) -> forms.TextInput:
    """The widget of a filter named `text`, as the filter bar shows it."""
    return forms.TextInput(attrs={"type": "search", "placeholder": placeholder, "aria-label": placeholder})


def typed(filterset: django_filters.FilterSet) -> bool:
    """Whether words are looked for: what may take long, as no other filter does."""
    return any(
        filterset.data.get(name) for name, each in filterset.filters.items() if type(each) is django_filters.CharFilter
    )


def chooser(label: object) -> forms.Select:
    """The widget of a choice in the filter bar: it has no label beside it, so it says what it is itself."""
    return forms.Select(attrs={"aria-label": label})


#: Days beyond these are no days of ours: no clock can add to the last one there is.
FIRST_DAY, LAST_DAY = dt.date(1970, 1, 1), dt.date(9000, 1, 1)


class DayFilter(django_filters.DateFilter):  # type: ignore[misc]  # django-filter has no types
    """Rows whose moment `field_name` lies in that day or later, with `until` in that day or earlier.

    Whole days, as the user's clock cuts them.
    """

    def __init__(self, label: object, field_name: str, *, until: bool = False) -> None:
        widget = forms.DateInput(attrs={"type": "date"})
        super().__init__(field_name, "lt" if until else "gte", label=label, widget=widget)
        self.days = 1 if until else 0

    def filter(self, rows: QuerySet[Any], day: dt.date | None) -> QuerySet[Any]:
        if day is None:
            return rows
        edge = min(max(day, FIRST_DAY), LAST_DAY) + dt.timedelta(days=self.days)
        midnight = timezone.make_aware(dt.datetime.combine(edge, dt.time.min))
        return rows.filter(**{f"{self.field_name}__{self.lookup_expr}": midnight})
