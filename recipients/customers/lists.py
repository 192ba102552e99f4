"""The filters and the table of the list of customers."""

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.cells import FILL, NAME, SMALL, WIDE_ONLY, Cell
from helpdesk.ui.filters import chooser, search_field
from recipients.addressing.normalise import display
from recipients.models import AuthorisedSender, Customer, Kind
from recipients.models.customers import CustomerQuerySet
from recipients.search.query import find_customers


class CustomerFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    text = django_filters.CharFilter(method="containing", widget=search_field(_("Name, number or address")))
    kind = django_filters.ChoiceFilter(choices=Kind.choices, empty_label=_("All kinds"), widget=chooser(_("Kind")))
    legal_form = django_filters.ChoiceFilter(
        method="of_form",
        choices=[("company", _("Companies")), ("person", _("People"))],
        empty_label=_("Companies and people"),
        widget=chooser(_("Companies or people")),
    )
    senders = django_filters.ChoiceFilter(
        label=_("Authorised senders"),
        method="with_senders",
        choices=[("unconfirmed", _("Senders awaiting approval"))],
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


class CustomerTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Every customer, in the order of names."""

    name = tables.Column(attrs=FILL)
    email_address = tables.Column(orderable=False, verbose_name=_("Email"), attrs=SMALL)
    company = tables.Column(orderable=False, attrs=NAME)
    kind = Cell("recipients/customers/_kind.html", orderable=False, verbose_name=_("Kind"), attrs=SMALL)
    partner = tables.Column(orderable=False, attrs=WIDE_ONLY)
    number = tables.Column(orderable=False, verbose_name=_("Number"), attrs=WIDE_ONLY)

    class Meta:
        model = Customer
        fields = ("name", "email_address", "company", "kind", "partner", "number")
        order_by = "name"
        default = ""
        attrs = {"id": "customers", "aria_label": _("Customers")}

    def render_name(self, record: Customer) -> SafeString:
        url = reverse("customers:detail", args=[record.pk])
        return format_html('<a class="row-link truncate" href="{}">{}</a>', url, record.name)

    def render_email_address(self, value: str) -> str:
        return display(value)
