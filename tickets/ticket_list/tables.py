"""The table of tickets: one row each, in columns that each agent chooses."""

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.cells import FILL, NAME, Cell
from helpdesk.ui.markup import relative
from tickets.agents.marks import priority_mark, status_mark
from tickets.models import Ticket

#: Columns that an agent may show or hide, and whether they are shown until then.
OPTIONAL_COLUMNS = {
    "requester": True,
    "customer": True,
    "status": True,
    "waiting": True,
    "priority": True,
    "category": False,
    "queue": True,
    "assignee": True,
    "tags": False,
    "updated_at": True,
    "created_at": False,
}
#: Columns that are left out while they say the same in every row of a page.
FOLDING = ("customer", "status", "waiting", "priority", "category", "queue", "assignee")

SHRINK = {"cell": {"class": "shrink"}}
#: Times that a narrow list leaves out, head and cells alike.
TIME = {"cell": {"class": "shrink muted col-wide"}}


class TicketTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Sortable by every column that has an index; a second key keeps the pages stable.

    Its rows have `facts` (`tickets.ticket_list.row_facts`).
    """

    select = Cell("ui/select_row.html", accessor="pk", orderable=False)
    number = tables.Column(
        "#", accessor="pk", attrs={"td": {"class": "shrink muted"}, "th": {"class": "shrink", "title": _("Number")}}
    )
    subject = Cell("tickets/ticket_list/cells/subject.html", verbose_name=_("Subject"), orderable=False, attrs=FILL)
    requester = Cell(
        "tickets/ticket_list/cells/requester.html",
        verbose_name=_("Requester"),
        orderable=False,
        attrs=NAME,
    )
    customer = tables.Column(_("Customer"), orderable=False, default="", attrs=NAME)
    status = tables.Column(_("Status"), order_by=("status", "-updated_at", "-pk"), attrs=SHRINK)
    waiting = tables.Column(_("Waiting since"), empty_values=(), orderable=False, attrs=SHRINK)
    priority = tables.Column(_("Priority"), order_by=("priority", "-updated_at", "-pk"), attrs=SHRINK)
    category = tables.Column(_("Category"), accessor="category_path", orderable=False, default="", attrs=NAME)
    queue = tables.Column(_("Queue"), orderable=False, attrs={"cell": {"class": "name col-optional"}})
    assignee = Cell(
        "tickets/ticket_list/cells/assignee.html",
        verbose_name=_("Assignee"),
        orderable=False,
        default="",
        attrs=NAME,
    )
    tags = tables.Column(accessor="tags__all", orderable=False, verbose_name=_("Tags"), attrs=NAME)
    updated_at = tables.Column(_("Updated"), order_by=("updated_at", "pk"), attrs=TIME)
    created_at = tables.Column(_("Created"), order_by=("created_at", "pk"), attrs=TIME)

    class Meta:
        model = Ticket
        fields = ()
        order_by = "-updated_at"
        order_by_field = "sort"
        row_attrs = {"class": lambda record: "is-unread" if record.facts.waiting_since else ""}
        attrs = {"id": "tickets", "class": "table-inline", "aria_label": _("Tickets")}

    def render_number(self, value: int) -> str:
        return f"#{value}"

    def render_status(self, record: Ticket) -> SafeString:
        return status_mark(record)

    def render_waiting(self, record: Ticket) -> SafeString | str:
        return relative(record.facts.waiting_since)  # type: ignore[attr-defined]

    def render_priority(self, record: Ticket) -> SafeString:
        return priority_mark(record.priority)

    def render_tags(self, value: Any) -> SafeString:
        return format_html_join(" ", '<span class="tag">{}</span>', ((tag.name,) for tag in value))

    def render_updated_at(self, record: Ticket) -> SafeString | str:
        return relative(record.updated_at)

    def render_created_at(self, record: Ticket) -> SafeString | str:
        return relative(record.created_at)
