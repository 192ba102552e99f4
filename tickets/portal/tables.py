"""The table of a visitor's requests, and the words in which they are told how far we are."""

from collections.abc import Mapping
from functools import cached_property

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.ui.cells import FILL, SMALL, Cell
from helpdesk.ui.markup import relative
from tickets.models import Status, Ticket
from tickets.models.work.states import FINISHED, MARKS

#: The status for a customer, and the one by whose mark it is drawn: whether somebody has looked at it is our affair.
_WORDS: Mapping[str, tuple[str | Promise, Status]] = {
    Status.NEW: (pgettext_lazy("one request", "Open"), Status.OPEN),
    Status.OPEN: (pgettext_lazy("one request", "Open"), Status.OPEN),
    Status.WAITING: (_("Waiting for your answer"), Status.WAITING),
    Status.SOLVED: (pgettext_lazy("one request", "Solved"), Status.SOLVED),
    Status.CLOSED: (pgettext_lazy("one request", "Closed"), Status.CLOSED),
}


def status_badge(ticket: Ticket) -> SafeString:
    """How far the request is, in the customer's words."""
    label, drawn_as = _WORDS[ticket.status]
    return format_html('<span class="status" data-mark="{}">{}</span>', MARKS[drawn_as], label)


class RequestTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """What is open comes first, what is finished below a heading of its own; nothing is sorted by hand.

    Its rows are of tickets with `has_news`, which is marked.
    """

    number = tables.Column(
        _("Number"), accessor="pk", attrs={"td": {"class": "shrink muted"}, "th": {"class": "shrink"}}
    )
    subject = Cell("tickets/portal/_subject.html", verbose_name=_("Subject"), attrs=FILL)
    status = tables.Column(_("Status"), attrs={"td": {"class": "shrink"}})
    requester = tables.Column(_("Asked by"), attrs=SMALL)
    updated_at = tables.Column(_("Last change"), attrs={"td": {"class": "shrink muted"}})

    class Meta:
        orderable = False
        template_name = "tickets/portal/request_table.html"
        row_attrs = {"class": lambda record: "is-unread" if record.has_news else ""}
        attrs = {"id": "requests", "class": "table-inline", "aria_label": _("Requests")}

    @cached_property
    def first_finished(self) -> int | None:
        """The place on this page of the first row that is finished, from 0; None if there is none."""
        finished = (place for place, row in enumerate(self.paginated_rows) if row.record.status in FINISHED)
        return next(finished, None)

    def render_number(self, value: int) -> str:
        return f"#{value}"

    def render_status(self, record: Ticket) -> SafeString:
        return status_badge(record)

    def render_requester(self, record: Ticket) -> str:
        return record.requester_display_name

    def render_updated_at(self, record: Ticket) -> SafeString | str:
        return relative(record.updated_at)
