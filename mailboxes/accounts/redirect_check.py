"""The check of a redirect: a mail to a further address, which proves the redirect by coming in (U22, U24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from helpdesk.wording.liquid import render_mail
from mailboxes.models import Address, Mailbox
from recipients.addressing.normalise import display
from tickets.models import Outbox
from tickets.notifications.outgoing import outgoing

LATE = timedelta(minutes=3)  # mail between two servers takes seconds; a poll takes a minute

NOT_CHECKED, FORWARDS, WORKS = _("Not checked"), _("Forwards"), _("Works")
LEAVING, UNDELIVERED, ON_ITS_WAY, LATE_LABEL = _("Sending"), _("Not delivered"), _("On its way"), _("Not arrived yet")


@dataclass(frozen=True, slots=True)
class Redirect:
    """What is known of one: a label with its mark, since when, and `look_at`: what to see to, as sentences."""

    label: str | Promise
    mark: str
    icon: str
    since: datetime | None = None
    look_at: tuple[str | Promise, ...] = ()
    error: str = ""


def send_check(address: Address) -> Outbox:
    """Write the mail. When it comes in, `inbound.filters.our_own` confirms the redirect."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    mail = render_mail("redirect_check", language, {"address": display(address.address)})
    check = outgoing(Outbox.Kind.REDIRECT_CHECK, address.address, mail, language=language)
    check.save()
    return check


def redirects(addresses: Sequence[Address], now: datetime) -> list[tuple[Address, Redirect]]:
    """Each further address with what is known of its redirect. One query."""
    checks = Outbox.objects.filter(
        kind=Outbox.Kind.REDIRECT_CHECK, recipient__in=[each.address for each in addresses]
    ).order_by("pk")
    newest = {check.recipient: check for check in checks.only("recipient", "state", "error", "created_at", "sent_at")}
    return [(each, state(each, newest.get(each.address), now)) for each in addresses]


def state(address: Address, check: Outbox | None, now: datetime) -> Redirect:
    """What an address and the newest check that was sent to it say at the moment `now`."""
    if address.forwards_since and not (check and check.created_at > address.forwards_since):
        return Redirect(FORWARDS, "warn", "forward", address.forwards_since)
    if check is None or (address.verified_at and address.verified_at >= check.created_at):
        return _settled(address)
    if check.state in (Outbox.State.FAILED, Outbox.State.BOUNCED):
        look_at = (_("The check could not be delivered. Fix that, then check again."),)
        return Redirect(UNDELIVERED, "danger", "circle-alert", check.created_at, look_at, check.error)
    if check.state != Outbox.State.SENT:
        waits = (_("The check waits in the outbox."),) if check.error else ()
        return Redirect(LEAVING, "warn", "clock", check.created_at, waits, check.error)
    sent = check.sent_at or check.created_at
    if now - sent < LATE:
        return Redirect(ON_ITS_WAY, "warn", "clock", sent)
    return Redirect(LATE_LABEL, "warn", "clock-alert", sent, tuple(_where_to_look(address.mailbox)))


def _settled(address: Address) -> Redirect:
    if not address.verified_at:
        return Redirect(NOT_CHECKED, "warn", "circle-dashed")
    if not address.arrived_from:
        return Redirect(WORKS, "ok", "circle-check", address.verified_at)
    said = _(
        "The check arrived, but as if written by %(address)s: the sending server puts its own account "
        "into From. Customers will see that address, too, until the account may send as the helpdesk's "
        "addresses."
    ) % {"address": display(address.arrived_from)}
    return Redirect(WORKS, "warn", "triangle-alert", address.verified_at, (said,))


def _where_to_look(mailbox: Mailbox) -> list[str | Promise]:
    """What keeps a check from coming in, the likeliest first."""
    fetched: list[str | Promise] = []
    if not mailbox.is_active or mailbox.state != Mailbox.State.OK:
        fetched = [_("%(mailbox)s is not fetched at the moment: nothing can come in.") % {"mailbox": mailbox}]
    return [
        *fetched,
        _("Is the redirect switched on at the address's provider, and has it confirmed where it leads?"),
        _("Is it in the spam folder of %(mailbox)s, or of the address itself?") % {"mailbox": mailbox},
        _(
            "Does the provider block mail that is redirected automatically? Microsoft 365 does, until "
            "“automatic forwarding” is allowed."
        ),
    ]
