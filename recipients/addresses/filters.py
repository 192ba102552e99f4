"""How are the lists of people and addresses narrowed down?"""

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addresses.deny_list import in_deny_list
from recipients.models import AuthorisedSender, Customer, Kind, Partner, Recipient, Role, User
from recipients.models.customers import CustomerQuerySet
from recipients.models.recipients import RecipientQuerySet
from recipients.search.query import find_customers, find_recipients
from recipients.users.access import visible_customers


def search_field(placeholder: object) -> forms.TextInput:
    """The widget of a filter named `text`, as the filter bar shows it."""
    return forms.TextInput(attrs={"type": "search", "placeholder": placeholder, "aria-label": placeholder})


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


class RecipientFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """What is asked of the list of recipients in its address: each part narrows it. `user` is who asks."""

    text = django_filters.CharFilter(label=_("Search"), method="containing")
    marked = django_filters.ChoiceFilter(
        label=_("Mark"),
        method="with_mark",
        empty_label=_("All addresses"),
        choices=[
            ("paired", _("Paired")),
            ("unpaired", _("Unpaired")),
            ("shared", _("Shared")),
            ("banned", _("Banned")),
            ("denied", _("In deny list")),
            ("undeliverable", _("Undeliverable")),
        ],
    )
    partner = django_filters.ModelChoiceFilter(
        label=_("Partner"), field_name="customer__partner", queryset=Partner.objects.all(), empty_label=_("Any partner")
    )
    customer = django_filters.CharFilter(label=_("Customer"), method="of_customer")
    customer_id = django_filters.ModelChoiceFilter(label=_("Customer"), queryset=Customer.objects.all())
    since = DayFilter(_("Last mail since"), "last_seen_at")
    until = DayFilter(_("Last mail until"), "last_seen_at", until=True)

    class Meta:
        model = Recipient
        fields: list[str] = []

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["customer_id"].queryset = visible_customers(user)
        if not user.sees_every_partner:
            del self.filters["partner"]

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """What stands in the bar itself; the rest is folded into a menu."""
        return [self.form[name] for name in ("marked", "partner") if name in self.form.fields]

    @property
    def folded_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in ("customer", "since", "until")]

    def containing(self, rows: RecipientQuerySet, name: str, text: str) -> RecipientQuerySet:
        return find_recipients(rows, text)

    def with_mark(self, rows: RecipientQuerySet, name: str, mark: str) -> RecipientQuerySet:
        if mark == "denied":
            return in_deny_list(rows)
        if mark in ("paired", "unpaired"):
            return rows.filter(customer__isnull=mark == "unpaired")
        return rows.filter(**{mark: True})

    def of_customer(self, rows: RecipientQuerySet, name: str, text: str) -> RecipientQuerySet:
        return rows.filter(customer__in=find_customers(Customer.objects.order_by(), text).values("pk"))


class CustomerFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    text = django_filters.CharFilter(method="containing", widget=search_field(_("Name, number or address")))
    kind = django_filters.ChoiceFilter(choices=Kind.choices, empty_label=_("All kinds"), widget=chooser(_("Kind")))
    legal_form = django_filters.ChoiceFilter(
        method="of_form",
        choices=[("company", _("Companies")), ("person", _("Persons"))],
        empty_label=_("Companies and persons"),
        widget=chooser(_("Companies or persons")),
    )
    senders = django_filters.ChoiceFilter(
        method="with_senders",
        choices=[("unconfirmed", _("Listed senders to confirm"))],
        empty_label=_("All authorised senders"),
        widget=chooser(_("Authorised senders")),
    )

    class Meta:
        model = Customer
        fields: list[str] = []

    def containing(self, rows: CustomerQuerySet, name: str, text: str) -> CustomerQuerySet:
        return find_customers(rows, text)

    def with_senders(self, rows: QuerySet[Customer], name: str, senders: str) -> QuerySet[Customer]:
        return rows.filter(pk__in=AuthorisedSender.objects.unconfirmed().order_by().values("customer"))

    def of_form(self, rows: QuerySet[Customer], name: str, form: str) -> QuerySet[Customer]:
        return rows.filter(is_company=form == "company")


class UserFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    text = django_filters.CharFilter(method="containing", widget=search_field(_("Name or address")))
    role = django_filters.ChoiceFilter(choices=Role.choices, empty_label=_("All roles"), widget=chooser(_("Role")))

    class Meta:
        model = User
        fields: list[str] = []

    def containing(self, rows: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        return rows.filter(Q(email__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text))
