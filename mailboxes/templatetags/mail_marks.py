"""The marks of mails and mailboxes in templates."""

from django import template

from mailboxes.accounts.sending_warnings import sending_warnings as warnings_of
from mailboxes.mail_log import badges
from mailboxes.models import Mailbox

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


@register.filter
def sending_warnings(mailbox: Mailbox) -> list[str]:
    """What will make customers see another sender. One query."""
    return warnings_of(mailbox, list(mailbox.addresses.all()))
