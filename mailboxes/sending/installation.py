"""How mail leaves while no mailbox can send it: by the server and in the name that the environment says (U07)."""

from django.conf import settings

from mailboxes.connections.account import Security
from mailboxes.models import Mailbox
from recipients.addressing.normalise import normalise
from recipients.models import Branding


def installation_mailbox() -> Mailbox | None:
    """A mailbox that is in no database: `EMAIL_URL` and `DEFAULT_FROM_EMAIL`; None without a server."""
    if not settings.EMAIL_HOST:
        return None
    security = Security.TLS if settings.EMAIL_USE_SSL else Security.PLAIN
    return Mailbox(
        name=installation_name(),
        smtp_host=settings.EMAIL_HOST,
        smtp_port=settings.EMAIL_PORT,
        smtp_security=(Security.STARTTLS if settings.EMAIL_USE_TLS else security).value,
        smtp_username=settings.EMAIL_HOST_USER,
        smtp_password=settings.EMAIL_HOST_PASSWORD,
    )


def installation_name() -> str:
    return Branding.current().name or "Helpdesk"


def installation_address() -> str:
    """The normalised address of a fresh system."""
    return normalise(settings.DEFAULT_FROM_EMAIL)
