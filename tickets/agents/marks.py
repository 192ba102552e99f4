"""How pages draw statuses, priorities and due times: a mark, a colour and a name."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from helpdesk.ui.markup import icon, relative
from tickets.models import Ticket
from tickets.models.due_times import OVERDUE, WARNED
from tickets.models.setup.priority import level_of

_END = mark_safe("</span>")


def priority_mark(priority: int, tag: str = "span", of_cell: str = "") -> SafeString:
    """The priority as tables and pages show it; with the `tag` "td" as a whole cell, of that class, without an end."""
    level = level_of(priority)
    classes = " ".join(filter(None, ("priority", level.own_colour, of_cell)))
    drawn = format_html('<{} class="{}" data-priority="{}">{}', tag, classes, level.mark, level.name)
    return drawn if tag == "td" else drawn + _END


def status_mark(ticket: Ticket, tag: str = "span") -> SafeString:
    """The status as agents see it; customers see that of the system's. `tag`: as for `priority_mark`."""
    shape, colour = ticket.status_look
    classes = f"status {colour}" if colour else "status"
    drawn = format_html('<{} class="{}" data-mark="{}">{}', tag, classes, shape, ticket.status_name)
    return drawn if tag == "td" else drawn + _END


def due_badge(ticket: Ticket) -> SafeString | str:
    """That the ticket is overdue, or due soon; "" while there is time."""
    if ticket.due_at is None:
        return ""
    if ticket.due_at <= timezone.now():
        return _due_badge("danger", "timer-off", _("Overdue"), ticket)
    warned = any(ticket.due_told & WARNED[each] and not ticket.due_told & OVERDUE[each] for each in WARNED)
    return _due_badge("warn", "timer", _("Due soon"), ticket) if warned else ""


def due_mark(ticket: Ticket) -> SafeString | str:
    """When the ticket is due, as tables show it."""
    return format_html("{} {}", due_badge(ticket), relative(ticket.due_at))


def _due_badge(kind: str, name: str, word: str, ticket: Ticket) -> SafeString:
    at = date_format(timezone.localtime(ticket.due_at), "DATETIME_FORMAT")
    return format_html('<span class="badge {}" title="{}">{}{}</span>', kind, at, icon(name, 12), word)
