"""The badges of outcomes and states: a tone and an icon, and always words."""

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.markup import icon
from mailboxes.models import InboundEmail, Outcome
from mailboxes.parsing import Kind
from tickets.models import Outbox

OUTCOMES: dict[str, tuple[str, str]] = {
    "": ("", "clock"),
    Outcome.TICKET: ("ok", "ticket"),
    Outcome.COMMENT: ("ok", "message-square"),
    Outcome.HELD: ("warn", "hand"),
    Outcome.DUPLICATE: ("", "copy"),
    Outcome.LOOP: ("", "repeat"),
    Outcome.BOUNCE: ("warn", "mail-x"),
    Outcome.AUTOMATIC: ("", "bot"),
    Outcome.BANNED: ("danger", "ban"),
    Outcome.DENIED: ("danger", "shield-ban"),
    Outcome.DELETED_BY_RULE: ("", "trash-2"),
    Outcome.UNHANDLED: ("warn", "circle-question-mark"),
    Outcome.REFUSED: ("warn", "user-x"),
    Outcome.REDIRECT_CHECK: ("", "route"),
    Outcome.TOO_LARGE: ("warn", "weight"),
    Outcome.FAILED: ("danger", "triangle-alert"),
    Outcome.QUARANTINED: ("danger", "triangle-alert"),
}
STATES: dict[str, tuple[str, str]] = {
    Outbox.State.WAITING: ("accent", "clock"),
    Outbox.State.SENT: ("ok", "check"),
    Outbox.State.FAILED: ("danger", "triangle-alert"),
    Outbox.State.BOUNCED: ("warn", "mail-x"),
    Outbox.State.CANCELLED: ("", "x"),
}


KINDS: dict[str, str | Promise] = {
    Kind.MESSAGE: _("Message"),
    Kind.AUTO_REPLY: _("Automatic reply"),
    Kind.BOUNCE: _("Delivery failure"),
    Kind.DELIVERY_WARNING: _("Delivery delayed"),
    Kind.DELIVERY_SUCCESS: _("Delivery confirmed"),
    Kind.FEEDBACK_REPORT: _("Spam complaint"),
    Kind.CALENDAR_ANSWER: _("Answer to an invitation"),
}


def kind_name(kind: str) -> str | Promise:
    """What a mail is, before anything was asked about its sender."""
    return KINDS.get(kind, kind)


def outcome_badge(mail: InboundEmail) -> SafeString:
    """What became of a mail."""
    label = mail.get_outcome_display() if mail.outcome else gettext("Not processed yet")
    return _badge(*OUTCOMES.get(mail.outcome, ("", "circle")), label)


def state_badge(mail: Outbox) -> SafeString:
    """Where an outgoing mail is."""
    return _badge(*STATES.get(mail.state, ("", "circle")), mail.get_state_display())


def _badge(tone: str, picture: str, label: str) -> SafeString:
    return format_html('<span class="badge {}">{}{}</span>', tone, icon(picture), label)
