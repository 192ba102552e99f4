"""How pages draw statuses, priorities and due times: a mark, a colour and a name."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk.ui.markup import icon, relative
from tickets.models import Ticket
from tickets.models.due_times import OVERDUE, WARNED
from tickets.models.setup.priority import level_of


def priority_mark(priority: int) -> SafeString:
    """The priority as tables and pages show it."""
    level = level_of(priority)
    return format_html(
        '<span class="priority {}" data-priority="{}">{}</span>', level.own_colour, level.mark, level.name
    )


def status_mark(ticket: Ticket) -> SafeString:
    """The status as agents see it; customers see that of the system's."""
    shape, colour = ticket.status_look
    return format_html('<span class="status {}" data-mark="{}">{}</span>', colour, shape, ticket.status_name)


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
