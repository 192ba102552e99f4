"""The table of recipients, and the columns that one may choose."""

import datetime as dt
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.cells import FILL, NAME, SMALL, Cell, RowSelect
from helpdesk.ui.markup import relative
from recipients.addresses.row_menus import RowMenus
from recipients.models import Recipient

#: Columns of the recipients that an agent may show or hide, and whether they are shown until then (R32).
RECIPIENT_COLUMNS = {
    "name": True,
    "customer": True,
    "partner": False,
    "shared": True,
    "banned": True,
    "denied": True,
    "denied_by": False,
    "undeliverable": False,
    "tickets": True,
    "first_seen_at": False,
    "last_seen_at": True,
    "history": False,
}
#: Columns that are left out while they say the same in every row of a page.
FOLDING = ("shared", "banned", "denied")


class RecipientTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Every address we have exchanged mail with (R01). Sortable by what has an index.

    `tickets`, `denied` and `denied_by` are no columns of the database: `recipients.addresses.row_facts` puts them on
    the rows of a page, as `facts`.
    """

    select = RowSelect()
    address = Cell("recipients/addresses/cells/address.html", verbose_name=_("Address"), attrs=FILL)
    name = tables.Column(order_by=("name", "pk"), verbose_name=_("Sender name"), default="", attrs=NAME)
    customer = Cell(
        "recipients/addresses/cells/customer.html",
        empty_values=(),
        orderable=False,
        verbose_name=_("Paired with"),
        attrs=NAME,
    )
    partner = tables.Column(accessor="customer__partner", orderable=False, verbose_name=_("Partner"), attrs=SMALL)
    shared = Cell("recipients/addresses/cells/shared.html", orderable=False, verbose_name=_("Shared"), attrs=SMALL)
    banned = Cell("recipients/addresses/cells/banned.html", orderable=False, verbose_name=_("Banned"), attrs=SMALL)
    denied = Cell(
        "recipients/addresses/cells/denied.html",
        accessor="pk",
        orderable=False,
        verbose_name=_("In deny list"),
        attrs=SMALL,
    )
    denied_by = tables.Column(empty_values=(), orderable=False, verbose_name=_("Why denied"))
    undeliverable = Cell(
        "recipients/addresses/cells/undeliverable.html", orderable=False, verbose_name=_("Undeliverable"), attrs=SMALL
    )
    tickets = Cell(
        "recipients/addresses/cells/tickets.html",
        accessor="pk",
        orderable=False,
        verbose_name=_("Tickets"),
        attrs={"td": {"class": "num"}, "th": {"class": "num"}},
    )
    first_seen_at = tables.Column(order_by=("first_seen_at", "pk"), verbose_name=_("First mail"), attrs=SMALL)
    last_seen_at = tables.Column(order_by=("last_seen_at", "pk"), verbose_name=_("Last mail"), attrs=SMALL)
    history = Cell(
        "recipients/addresses/cells/history.html",
        accessor="pk",
        orderable=False,
        verbose_name=_("Pairing history"),
        attrs=SMALL,
    )
    actions = tables.Column(accessor="pk", orderable=False, verbose_name="", attrs=SMALL)

    class Meta:
        model = Recipient
        fields = ()
        order_by = "-last_seen_at"
        attrs = {"id": "recipients", "aria_label": _("Recipients")}

    _menus: RowMenus | None = None

    def render_name(self, value: str) -> SafeString:
        return format_html('<span class="truncate" title="{}">{}</span>', value, value)

    def render_actions(self, record: Any) -> SafeString:
        if self._menus is None:
            self._menus = RowMenus(self.request)
        return self._menus.of(record)

    def render_denied_by(self, record: Recipient) -> str:
        return str(record.facts.get("denied_by", ""))  # type: ignore[attr-defined]

    def render_first_seen_at(self, value: dt.datetime) -> SafeString | str:
        return relative(value)

    def render_last_seen_at(self, value: dt.datetime) -> SafeString | str:
        return relative(value)
