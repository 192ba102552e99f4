"""How is a ticket shown in a list? One row, in columns that each agent chooses."""

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.cells import FILL, SMALL, Cell
from helpdesk.ui.markup import relative
from tickets.models import Priority, Ticket

#: Columns that an agent may show or hide, and whether they are shown until then.
OPTIONAL_COLUMNS = {
    "requester": True,
    "customer": True,
    "status": True,
    "priority": True,
    "queue": True,
    "assignee": True,
    "tags": False,
    "updated_at": True,
    "created_at": False,
}


class TicketTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Sortable by every column that has an index; a second key keeps the pages stable."""

    select = Cell("ui/select_row.html", accessor="pk", orderable=False)
    number = tables.Column(
        _("Number"), accessor="pk", attrs={"td": {"class": "shrink muted"}, "th": {"class": "shrink"}}
    )
    subject = Cell(
        "tickets/ticket_list/cells/subject.html",
        verbose_name=_("Subject"),
        orderable=False,
        attrs=FILL,
    )
    requester = tables.Column(_("Requester"), orderable=False, attrs=SMALL)
    customer = tables.Column(_("Customer"), orderable=False, default="", attrs=SMALL)
    status = tables.Column(_("Status"), order_by=("status", "-updated_at", "-pk"), attrs={"td": {"class": "shrink"}})
    priority = tables.Column(
        _("Priority"), order_by=("priority", "-updated_at", "-pk"), attrs={"td": {"class": "shrink"}}
    )
    queue = tables.Column(_("Queue"), orderable=False, attrs={"td": {"class": "nowrap col-optional"}})
    assignee = Cell(
        "tickets/ticket_list/cells/assignee.html",
        verbose_name=_("Assignee"),
        orderable=False,
        default="",
        attrs=SMALL,
    )
    tags = tables.Column(accessor="tags__all", orderable=False, verbose_name=_("Tags"))
    updated_at = tables.Column(_("Updated"), order_by=("updated_at", "pk"), attrs={"td": {"class": "shrink muted"}})
    created_at = tables.Column(_("Created"), order_by=("created_at", "pk"), attrs={"td": {"class": "shrink muted"}})

    class Meta:
        model = Ticket
        fields = ()
        order_by = "-updated_at"
        order_by_field = "sort"
        row_attrs = {"class": lambda record: "is-unread" if record.status == "new" else ""}
        attrs = {"id": "tickets", "class": "table-inline", "aria_label": _("Tickets")}

    def render_number(self, value: int) -> str:
        return f"#{value}"

    def render_requester(self, record: Ticket) -> SafeString:
        assert record.requester
        return format_html(
            '<span title="{}">{}</span>', record.requester.display_address, record.requester.display_name
        )

    def render_status(self, value: str, record: Ticket) -> SafeString:
        return format_html('<span class="status" data-status="{}">{}</span>', record.status, value)

    def render_priority(self, value: str, record: Ticket) -> SafeString:
        name = Priority(record.priority).name.lower()
        return format_html('<span class="priority" data-priority="{}">{}</span>', name, value)

    def render_tags(self, value: Any) -> SafeString:
        return format_html_join(" ", '<span class="tag">{}</span>', ((tag.name,) for tag in value))

    def render_updated_at(self, record: Ticket) -> SafeString | str:
        return relative(record.updated_at)

    def render_created_at(self, record: Ticket) -> SafeString | str:
        return relative(record.created_at)
