"""How pages draw statuses and priorities: a mark, a colour and a name."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from tickets.models import Ticket
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
