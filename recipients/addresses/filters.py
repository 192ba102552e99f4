"""The filters of the list of recipients."""

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.filters import DayFilter
from recipients.addresses.deny_list import in_deny_list
from recipients.models import Customer, Partner, Recipient, User
from recipients.models.recipients import RecipientQuerySet
from recipients.search.query import find_customers, find_recipients
from recipients.users.access import visible_customers


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
            ("denied", _("On the deny list")),
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
