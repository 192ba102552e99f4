"""How are the lists of people and addresses narrowed down?"""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from recipients.addressing import normalise
from recipients.models import Customer, CustomerAddress, Kind, Recipient, Role, User


def search_field(placeholder: object) -> forms.TextInput:
    """The widget of a filter named `text`, as the filter bar shows it."""
    return forms.TextInput(attrs={"type": "search", "placeholder": placeholder, "aria-label": placeholder})


def chooser(label: object) -> forms.Select:
    """The widget of a choice in the filter bar: it has no label beside it, so it says what it is itself."""
    return forms.Select(attrs={"aria-label": label})


class RecipientFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    text = django_filters.CharFilter(method="containing", widget=search_field(_("Address or name")))
    marked = django_filters.ChoiceFilter(
        method="with_mark",
        empty_label=_("All addresses"),
        choices=[
            ("paired", _("Paired")),
            ("unpaired", _("Unpaired")),
            ("shared", _("Shared")),
            ("banned", _("Banned")),
            ("undeliverable", _("Undeliverable")),
        ],
        widget=chooser(_("Mark")),
    )

    class Meta:
        model = Recipient
        fields: list[str] = []

    def containing(self, rows: QuerySet[Recipient], name: str, text: str) -> QuerySet[Recipient]:
        return rows.filter(Q(address__icontains=normalise(text) or text) | Q(name__icontains=text))

    def with_mark(self, rows: QuerySet[Recipient], name: str, mark: str) -> QuerySet[Recipient]:
        if mark in ("paired", "unpaired"):
            return rows.filter(customer__isnull=mark == "unpaired")
        return rows.filter(**{mark: True})


class CustomerFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    text = django_filters.CharFilter(method="containing", widget=search_field(_("Name, number or address")))
    kind = django_filters.ChoiceFilter(choices=Kind.choices, empty_label=_("All kinds"), widget=chooser(_("Kind")))
    is_company = django_filters.TypedChoiceFilter(
        choices=[("true", _("Companies")), ("false", _("Persons"))],
        coerce=lambda given: given == "true",
        empty_label=_("Companies and persons"),
        widget=chooser(_("Companies or persons")),
    )

    class Meta:
        model = Customer
        fields: list[str] = []

    def containing(self, rows: QuerySet[Customer], name: str, text: str) -> QuerySet[Customer]:
        address = CustomerAddress.objects.filter(customer=OuterRef("pk"), address__icontains=normalise(text) or text)
        return rows.filter(Q(name__icontains=text) | Q(number__iexact=text) | Exists(address))


class UserFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    text = django_filters.CharFilter(method="containing", widget=search_field(_("Name or address")))
    role = django_filters.ChoiceFilter(choices=Role.choices, empty_label=_("All roles"), widget=chooser(_("Role")))

    class Meta:
        model = User
        fields: list[str] = []

    def containing(self, rows: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        return rows.filter(Q(email__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text))
