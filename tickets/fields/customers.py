"""The custom fields in the list of customers: its columns, filters and file, and in the import."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from helpdesk import limits
from helpdesk.database.keys import by_keys, keys_of
from helpdesk.database.time_limit import in_time
from helpdesk.ui.back import back
from helpdesk.ui.columns import choose, chosen, hide
from helpdesk.ui.pages import Link
from recipients.addressing.normalise import display
from recipients.customers.import_file.columns import COLUMNS, Further
from recipients.customers.import_file.words import NO, YES
from recipients.customers.lists import CustomerFilter, CustomerTable
from recipients.customers.views import CustomerList
from recipients.exports import files
from recipients.models import Customer
from recipients.models.customers import CustomerQuerySet
from recipients.users.access import SignedIn, agent_required, visible_customers
from tickets.fields.inputs import as_stored, filters, input_of, shown_filters
from tickets.fields.inputs import columns as own_columns
from tickets.models.setup.custom_field import About, Kind, Known, custom_fields

#: Columns that an agent may show or hide, and whether they are shown until then.
OPTIONAL_COLUMNS = {"email_address": True, "company": True, "kind": True, "partner": True, "number": True}
#: Rows of a file that are read at once.
CHUNK = 500


class FieldsFilter(CustomerFilter):
    """With a filter for each field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters |= filters(About.CUSTOMER)
        shown = shown_filters(About.CUSTOMER)
        self.folded = ["senders", *shown] if shown else []
        for name in self.filters.keys() - {*CustomerFilter.base_filters, *shown}:
            del self.filters[name]


class CustomerPage(CustomerList):
    """The list of customers, with a column for each field that an agent wants to see."""

    filter_class = FieldsFilter
    links = (Link("customers:export", _("Export"), "download"), *CustomerList.links)

    def get_table(self, rows: Any) -> CustomerTable:
        shown = chosen(self.request.user, "customers", offered_columns())
        left_out = [name for name in offered_columns() if name not in shown]
        table = CustomerTable(rows, extra_columns=own_columns(About.CUSTOMER, then=("name", "pk")))
        hide(table, left_out)
        return table

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        shown, own = chosen(self.request.user, "customers", offered_columns()), dict(own_columns(About.CUSTOMER))
        columns = [
            (name, own.get(name) or CustomerTable.base_columns[name], name in shown) for name in offered_columns()
        ]
        return context | {"columns": columns, "columns_url": reverse("customers:columns")}


def offered_columns() -> dict[str, bool]:
    return OPTIONAL_COLUMNS | {each.key: False for each in custom_fields(About.CUSTOMER)}


@require_POST
@agent_required
def columns(request: SignedIn) -> HttpResponse:
    """Remember which columns the agent wants, and go back to the list."""
    choose(request.user, "customers", offered_columns(), request.POST.getlist("columns"))
    return redirect(back(request, reverse("customers:list")))


@require_GET
@agent_required
def export(request: SignedIn) -> HttpResponseBase:
    """The customers of the list as a file with the columns of the import; without `format` how many there are."""
    fields = custom_fields(About.CUSTOMER)
    headers = [str(label) for label in (*COLUMNS.values(), *(each.name for each in fields))]
    kind = request.GET.get("format", "")
    if kind not in ("csv", "xlsx"):
        return _choice(request, in_time(limits.WHOLE_TIME, lambda: _shown(request).count(), otherwise=None), headers)
    keys = in_time(limits.WHOLE_TIME, lambda: keys_of(_shown(request).order_by("name", "pk")), otherwise=None)
    if keys is None:
        return files.not_in_time()
    rows, most = _rows(keys, fields), limits.XLSX_ROWS.amount
    return files.as_download(kind, "customers", headers, rows, title=_t("Customers"), most=most)


def _shown(request: SignedIn) -> CustomerQuerySet:
    found: CustomerQuerySet = FieldsFilter(request.GET, queryset=visible_customers(request.user)).qs
    return found


def _choice(request: SignedIn, count: int | None, headers: list[str]) -> HttpResponse:
    asked = request.GET.copy()
    for name in ("format", "columns", "page"):
        asked.pop(name, None)
    said = limits.WHOLE_TIME.sentence()
    if count is not None:
        said = ngettext(
            "%(shown)s customer, filtered like the list.", "%(shown)s customers, filtered like the list.", count
        ) % {"shown": intcomma(count)}
    context = {
        "title": _t("Export customers"),
        "said": said,
        "list_url": reverse("customers:list"),
        "list_title": _t("Customers"),
        "query": asked.urlencode(),
        "files": () if count is None else (("", _t("The columns of the import"), headers),),
    }
    if count and count > limits.XLSX_ROWS.amount:
        context["cut"] = limits.XLSX_ROWS.sentence(intcomma(limits.XLSX_ROWS.amount))
    return render(request, "ui/export_page.html", context)


def _rows(keys: Sequence[int], fields: Iterable[Known]) -> Iterator[list[Any]]:
    """The customers with these keys, as the import reads them; a few hundred are held in memory at a time."""
    related = Customer.objects.select_related("company", "partner").prefetch_related("addresses")
    for chunk in by_keys(related, keys, CHUNK):
        for customer in chunk:
            own = customer.own_fields or {}
            yield [*_values(customer), *(_as_cell(each, own.get(each.key)) for each in fields)]


def _values(customer: Customer) -> list[Any]:
    """In the order of `COLUMNS`."""
    company, further = customer.company, [each for each in customer.addresses.all() if not each.is_primary]
    return [
        customer.number,
        customer.name,
        customer.get_kind_display(),
        customer.is_company,
        (company.number or company.name) if company else "",
        str(customer.partner or ""),
        display(customer.email),
        ", ".join(display(each.address) for each in further),
        display(customer.billing_email),
        customer.language,
        customer.notes,
    ]


def _as_cell(known: Known, value: Any) -> Any:
    if known.kind == Kind.CHECKBOX:
        return bool(value)
    if value is None:
        return ""
    return date.fromisoformat(value) if known.kind == Kind.DATE else value


def further_columns() -> list[Further]:
    """The fields as columns of the import."""
    fields = custom_fields(About.CUSTOMER)
    return [Further(each.key, each.name, partial(_read, each), each.shown) for each in fields]


def _read(known: Known, text: str) -> Any:
    """The text of a cell as it is stored. Raises ValueError with a sentence."""
    match known.kind:
        case Kind.CHECKBOX:
            if text.casefold() not in YES | NO:
                raise ValueError(_t("“%(text)s” is neither yes nor no.") % {"text": text})
            return True if text.casefold() in YES else None
        case Kind.NUMBER if "." not in text:
            text = text.replace(",", ".")
        case Kind.DATE:
            text = text.removesuffix(" 00:00:00")  # a spreadsheet's day
        case Kind.CHOICE:
            text = next((option for option in known.options if option.casefold() == text.casefold()), text)
    try:
        return as_stored(input_of(known).clean(text))
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
