"""What a canned reply may name, and the text that becomes of it on a ticket."""

from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from helpdesk.wording.liquid import render_source
from recipients.models import Branding, User
from tickets.models import CannedReply, Ticket
from tickets.models.setup.custom_field import in_texts
from tickets.models.setup.custom_field import placeholders as own_placeholders
from tickets.text import references, richtext

#: Where the cursor stands afterwards: a character of no language, which survives sanitising.
CURSOR = "\ue000"

#: What is offered by a click, and what it means.
PLACEHOLDERS = (
    ("requester.first_name", _("Requester's first name")),
    ("requester.name", _("Requester's name")),
    ("ticket.number", _("Ticket number")),
    ("ticket.subject", _("Subject")),
    ("ticket.opened_at", _("Opening date")),
    ("ticket.category", _("Category")),
    ("ticket.queue", _("Queue")),
    ("ticket.customer", _("Customer")),
    ("ticket.portal_url", _("Link in the portal")),
    ("agent.first_name", _("Your first name")),
    ("agent.name", _("Your name")),
    ("agent.email", _("Your email address")),
    ("company.name", _("Name of your company")),
    ("cursor", _("Cursor position")),
)


def known_text() -> str:
    """A template that asks for everything that a canned reply may ask for."""
    names = [*(name for name, _label in (*PLACEHOLDERS, *own_placeholders())), "ticket.tag", "ticket.priority"]
    return " ".join(f"{{{{ {name} }}}}" for name in names)


def filled(reply: CannedReply, ticket: Ticket, user: User) -> str:
    """The text of `reply` as HTML on this ticket, sanitised, with `CURSOR` where it wants it.

    Raises liquid.exceptions.LiquidError where it passes its bounds.
    """
    with translation.override(ticket.queue.language):
        return richtext.sanitise(render_source(reply.html, _values(ticket, user), html=True))


def _values(ticket: Ticket, user: User) -> dict[str, Any]:
    """Plain texts alone: nothing that leads to anything else."""
    name = ticket.name_of_requester
    return {
        "requester": {"name": ticket.requester_display_name, "first_name": name.split(" ")[0]},
        "ticket": {
            "number": ticket.number,
            "tag": references.tag(ticket.number),
            "subject": ticket.subject,
            "opened_at": date_format(timezone.localtime(ticket.created_at), "DATE_FORMAT"),
            "category": ticket.category_path,
            "priority": ticket.priority_level.name,
            "queue": ticket.queue.name,
            "customer": ticket.customer.name if ticket.customer else "",
            "portal_url": f"{settings.SITE_URL}{ticket.portal_path}",
        }
        | in_texts(ticket),
        "agent": {"name": str(user), "first_name": user.first_name, "email": user.email},
        "company": {"name": Branding.current().name},
        "cursor": CURSOR,
    }
