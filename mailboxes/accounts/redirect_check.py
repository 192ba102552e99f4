"""The check of a redirect: a mail to a further address, which proves the redirect by coming in (U22)."""

from django.conf import settings
from django.utils import translation

from helpdesk.wording.liquid import render_mail
from mailboxes.models import Address
from recipients.addressing.normalise import display
from tickets.models import Outbox
from tickets.notifications.outgoing import outgoing


def send_check(address: Address) -> Outbox:
    """Write the mail. When it comes in, `inbound.filters.our_own` confirms the redirect."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    mail = render_mail("redirect_check", language, {"address": display(address.address)})
    check = outgoing(Outbox.Kind.REDIRECT_CHECK, address.address, mail, language=language)
    check.save()
    return check
