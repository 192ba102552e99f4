"""The servers of well-known providers, as they publish them for ordinary mail programs, and what each needs first."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mailboxes.connections.account import Security

_APP_PASSWORD = _(
    "It needs an app password, created in the security settings of the account, instead of the usual one."
)
_IMAP_ON = _("IMAP has to be switched on first, in the mail settings of the account.")
_NO_PASSWORD = _(
    "It accepts no passwords: you sign in on Microsoft's page, through an application that you register once."
)
_OWN_PASSWORD = _("The address is the user name, and its usual password is the password.")


@dataclass(frozen=True)
class Provider:
    """The servers of a provider; IMAP is on port 993 with TLS everywhere.

    `needs` are sentences for who sets a mailbox up; `sign_in` is "microsoft" where no password is taken any more.
    """

    key: str
    name: str
    imap_host: str
    smtp_host: str
    smtp_port: int = 465
    smtp_security: Security = Security.TLS
    needs: tuple[str | Promise, ...] = (_OWN_PASSWORD,)
    sign_in: str = "password"

    @property
    def initial(self) -> dict[str, str | int]:
        """The fields of the mailbox form that follow from the provider."""
        return {
            "imap_host": self.imap_host,
            "imap_port": 993,
            "imap_security": Security.TLS.value,
            "smtp_host": self.smtp_host,
            "smtp_port": self.smtp_port,
            "smtp_security": self.smtp_security.value,
            "sign_in": self.sign_in,
        }


PROVIDERS = (
    Provider(
        "gmail",
        "Gmail",
        "imap.gmail.com",
        "smtp.gmail.com",
        needs=(
            _APP_PASSWORD,
            _("App passwords need 2-Step Verification. In Google Workspace, “Sign in with Google” works without one."),
        ),
    ),
    Provider(
        "microsoft365",
        "Microsoft 365",
        "outlook.office365.com",
        "smtp.office365.com",
        587,
        Security.STARTTLS,
        needs=(
            _NO_PASSWORD,
            _("IMAP and Authenticated SMTP have to be switched on for the mailbox, in the Exchange admin center."),
        ),
        sign_in="microsoft",
    ),
    Provider(
        "outlook",
        "Outlook.com",
        "outlook.office365.com",
        "smtp-mail.outlook.com",
        587,
        Security.STARTTLS,
        needs=(
            _NO_PASSWORD,
            _IMAP_ON,
        ),
        sign_in="microsoft",
    ),
    Provider(
        "icloud",
        "iCloud",
        "imap.mail.me.com",
        "smtp.mail.me.com",
        587,
        Security.STARTTLS,
        needs=(_APP_PASSWORD, _("The user name is the part of the iCloud address before the @.")),
    ),
    Provider("yahoo", "Yahoo", "imap.mail.yahoo.com", "smtp.mail.yahoo.com", needs=(_APP_PASSWORD,)),
    Provider(
        "zoho",
        "Zoho",
        "imap.zoho.com",
        "smtp.zoho.com",
        needs=(
            _IMAP_ON,
            _("With two-factor authentication it needs an app password."),
            _("In Europe its servers end in .eu; those of organisations are called imappro and smtppro."),
        ),
    ),
    Provider("gmx", "GMX", "imap.gmx.net", "mail.gmx.net", needs=(_IMAP_ON, _OWN_PASSWORD)),
    Provider("webde", "WEB.DE", "imap.web.de", "smtp.web.de", 587, Security.STARTTLS, needs=(_IMAP_ON, _OWN_PASSWORD)),
    Provider("fastmail", "Fastmail", "imap.fastmail.com", "smtp.fastmail.com", needs=(_APP_PASSWORD,)),
    Provider("ovh", "OVH", "ssl0.ovh.net", "ssl0.ovh.net"),
    Provider("ionos", "IONOS", "imap.ionos.de", "smtp.ionos.de"),
    Provider("aruba", "Aruba", "imaps.aruba.it", "smtps.aruba.it"),
    Provider("mailboxorg", "mailbox.org", "imap.mailbox.org", "smtp.mailbox.org"),
    Provider("yandex", "Yandex", "imap.yandex.com", "smtp.yandex.com", needs=(_IMAP_ON, _APP_PASSWORD)),
)


def provider_named(key: str) -> Provider | None:
    return next((provider for provider in PROVIDERS if provider.key == key), None)
