"""The table of recipients, and the columns that one may choose."""

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from helpdesk.ui.cells import FILL, NAME, SMALL, Cell, RowSelect, page_of_row
from helpdesk.ui.markup import icon, relative
from helpdesk.ui.pages import Text
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


class Badge(Cell):
    """What few addresses are: the template `name` is asked for those alone. A narrow list leaves its words out."""

    empty_values = (None, "", False)

    def __init__(self, name: str, verbose_name: Text, **options: Any) -> None:
        super().__init__(
            f"recipients/addresses/cells/{name}.html",
            verbose_name=verbose_name,
            orderable=False,
            default="",
            attrs={"td": {"class": "nowrap badges"}},
            **options,
        )


class RecipientTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Every address we have exchanged mail with (R01). Sortable by what has an index.

    `tickets`, `denied` and `denied_by` are no columns of the database: `recipients.addresses.row_facts` puts them on
    the rows of a page, as `facts`.
    """

    select = RowSelect(lambda recipient: recipient.display_address)
    address = tables.Column(verbose_name=_("Address"), attrs=FILL)
    name = tables.Column(order_by=("name", "pk"), verbose_name=_("Sender name"), default="", attrs=NAME)
    customer = tables.Column(empty_values=(), orderable=False, verbose_name=_("Paired with"), attrs=NAME)
    partner = tables.Column(accessor="customer__partner", orderable=False, verbose_name=_("Partner"), attrs=SMALL)
    shared = Badge("shared", _("Shared"))
    banned = Badge("banned", _("Banned"))
    denied = Badge("denied", _("On the deny list"), accessor="facts__denied_by")
    denied_by = tables.Column(empty_values=(), orderable=False, verbose_name=_("Why denied"))
    undeliverable = Badge("undeliverable", _("Undeliverable"))
    tickets = tables.Column(
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

    @cached_property
    def menus(self) -> RowMenus:
        return RowMenus(self.request)

    @property
    def row_menu(self) -> SafeString:
        return self.menus.template()

    @cached_property
    def pages(self) -> dict[str, Callable[[object], str]]:
        return {name: page_of_row(name) for name in ("pairing:recipient", "customers:detail")}

    @cached_property
    def lists(self) -> dict[str, str]:
        return {name: reverse(name) for name in ("pairing:pair", "tickets:list")}

    def render_address(self, record: Recipient) -> SafeString:
        page = self.pages["pairing:recipient"](record.pk)
        return format_html('<a class="row-link" href="{}">{}</a>', page, record.display_address)

    def render_customer(self, record: Any) -> SafeString | str:
        """Whom the address is paired with, on whose page it stands, or whom it may belong to, which is an offer."""
        page, unpaired = self.pages["customers:detail"], record.facts.get("unpaired")
        if record.customer:
            return format_html('<a href="{}">{}</a>', page(record.customer_id), record.customer)
        if unpaired and unpaired.registered:
            pk, name = unpaired.registered
            why = _t("The address is listed on this customer's page: it needs no pairing.")
            return format_html('<a href="{}" title="{}">{}</a>', page(pk), why, name)
        if unpaired and unpaired.suggestions:
            suggestion = unpaired.suggestions[0]
            return format_html(
                '<a title="{}" data-modal href="{}?selected={}&amp;customer={}">{} <span class="muted">{}</span></a>',
                suggestion.sentence,
                self.lists["pairing:pair"],
                record.pk,
                suggestion.customer_id,
                icon("lightbulb"),
                _t("Looks like %(name)s") % {"name": suggestion.name},
            )
        return ""

    def render_tickets(self, record: Any) -> SafeString:
        count = record.facts.get("tickets")
        if not count:
            return mark_safe('<span class="muted">0</span>')
        said = ngettext("%(count)s ticket of %(address)s", "%(count)s tickets of %(address)s", count)
        return format_html(
            '<a href="{}?view=all&amp;requester={}" aria-label="{}">{}</a>',
            self.lists["tickets:list"],
            record.pk,
            said % {"count": localize(count), "address": record.display_address},
            localize(count),
        )

    def render_actions(self, record: Any) -> SafeString:
        return self.menus.of(record)

    def render_denied_by(self, record: Recipient) -> str:
        return str(record.facts.get("denied_by", ""))  # type: ignore[attr-defined]

    def render_first_seen_at(self, value: dt.datetime) -> SafeString | str:
        return relative(value)

    def render_last_seen_at(self, value: dt.datetime) -> SafeString | str:
        return relative(value)
