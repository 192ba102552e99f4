"""What a text of a queue may name, offered by a click in its editor."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from helpdesk.wording.liquid import built_in
from tickets.models import Wording
from tickets.models.setup import custom_field

Kind = Wording.Kind

_QUOTE = "quote.text | quoted"
_ALWAYS = (
    ("ticket.number", _("Ticket number")),
    ("ticket.opened_at", _("Opening date")),
    ("ticket.subject", _("Subject")),
    ("ticket.status", _("Status")),
    ("ticket.priority", _("Priority")),
    ("ticket.category", _("Category")),
    ("ticket.queue", _("Queue")),
    ("ticket.due", _("When it is due: the first answer, then the solution")),
    ("ticket.customer", _("Customer")),
    ("ticket.contact", _("Contact")),
    ("ticket.portal_url", _("Link in the portal")),
    ("queue.hours", _("Working hours")),
    ("queue.next_opening", _("Next opening")),
    ("agent.name", _("Agent's name")),
    ("agent.email", _("Agent's email address")),
    ("agent.phone", _("Agent's phone number")),
    ("agent.signature", _("Agent's signature")),
    (_QUOTE, _("Last message, quoted")),
    ("conversation.text", _("Whole conversation")),
)
_MESSAGE = (("message.text", _("Text of the message")), ("message.files | join: ', '", _("Attachments")))
_OF_KIND: dict[str, tuple[tuple[str, Promise | str], ...]] = {
    Kind.NEW_MESSAGE: (_MESSAGE[0],),
    Kind.SUMMARY: (),
    Kind.VERIFICATION: (("confirm.url", _("Confirmation link")), ("confirm.until", _("The link is valid until"))),
    Kind.SATISFACTION: (("rate.good", _("Link: satisfied")), ("rate.bad", _("Link: not satisfied"))),
    Kind.CLOSE_WARNING: (("closes_at", _("When it will be closed")),),
}
#: What every mail has besides, but nobody needs to be offered.
_UNLISTED = "{{ quote.author }} {{ quote.written_at }} {{ company.name }} {{ sent_at }}"
#: Without these a mail does not do what it is for.
NEEDED = {
    Kind.NEW_MESSAGE: "message.text",
    Kind.VERIFICATION: "confirm.url",
    Kind.SUMMARY: "conversation.text",
    Kind.SATISFACTION: "rate.good",
}


def placeholders(kind: str) -> list[tuple[str, str | Promise]]:
    """Each with what it stands for; first those that only this mail has."""
    return [*_OF_KIND.get(kind, _MESSAGE), *_ALWAYS, *custom_field.placeholders()]


def known_texts(kind: str) -> list[str]:
    """Templates that ask for everything that a text of this mail may ask for."""
    listed = " ".join(f"{{{{ {text} }}}}" for text, _label in placeholders(kind))
    return [listed, _UNLISTED, *(built_in(kind, "en", part) for part in ("subject", "txt"))]
