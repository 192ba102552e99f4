"""The marks of mails and mailboxes in templates."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk.ui.markup import icon
from mailboxes.accounts.identity_preview import previews
from mailboxes.accounts.sending_warnings import sending_warnings as warnings_of
from mailboxes.mail_log import badges
from mailboxes.models import Mailbox
from recipients.models import User
from tickets.models import Queue

register = template.Library()
register.filter(badges.kind_name)
register.filter(badges.outcome_badge)
register.filter(badges.state_badge)


@register.filter
def health(mailbox: Mailbox) -> str:
    """The dot of a mailbox: whether mail comes in."""
    if not mailbox.is_active or mailbox.state == Mailbox.State.NEW:
        return ""
    return "ok" if mailbox.state == Mailbox.State.OK else "danger"


@register.simple_tag
def domain_state(state: str) -> SafeString:
    """The badge of a finding about a sending domain."""
    labels = {
        "right": ("ok", "circle-check", _("OK")),
        "warning": ("warn", "triangle-alert", _("OK, with a remark")),
        "wrong": ("danger", "circle-alert", _("Errors")),
        "missing": ("warn", "circle-dashed", _("Missing")),
        "unknown": ("", "circle-question-mark", _("Unknown")),
    }
    kind, name, label = labels[state]
    return format_html('<span class="badge {}">{}{}</span>', kind, icon(name), label)


@register.inclusion_tag("mailboxes/accounts/_sender_preview.html")
def sender_preview(of: Queue | Mailbox, agent: User) -> dict[str, Any]:
    """In whose name answers leave at the addresses of a queue or a mailbox; by a mailbox's queue, if it has one."""
    addresses = list(of.addresses.select_related("queue"))
    queue = of if isinstance(of, Queue) else next((each.queue for each in addresses if each.queue), Queue())
    return {"previews": previews(queue, agent, addresses)}


@register.filter
def sending_warnings(mailbox: Mailbox) -> list[str]:
    """What will make customers see another sender. One query."""
    return warnings_of(mailbox, list(mailbox.addresses.all()))
