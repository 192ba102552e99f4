"""The check of a redirect: a mail to a further address, which proves the redirect by coming in (U22)."""

from django.conf import settings
from django.utils import translation

from helpdesk.wording.liquid import render_mail
from mailboxes.models import Address
from recipients.addressing.normalise import display
from tickets.models import Outbox
from tickets.text import references


def send_check(address: Address) -> Outbox:
    """Write the mail. When it comes in, `inbound.filters.our_own` confirms the redirect."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    mail = render_mail("redirect_check", language, {"address": display(address.address)})
    return Outbox.objects.create(
        kind=Outbox.Kind.REDIRECT_CHECK,
        recipient=address.address,
        token=references.new_token(0, settings.REFERENCE_KEYS),
        subject=mail.subject[:600],
        text=mail.text,
        html=mail.html,
        language=language,
    )
