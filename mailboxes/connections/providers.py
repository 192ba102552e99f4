"""The servers of well-known providers, as they publish them for ordinary mail programs."""

from dataclasses import dataclass

from mailboxes.connections.account import Security


@dataclass(frozen=True)
class Provider:
    """The servers of a provider; IMAP is on port 993 with TLS everywhere."""

    key: str
    name: str
    imap_host: str
    smtp_host: str
    smtp_port: int = 465
    smtp_security: Security = Security.TLS

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
        }


PROVIDERS = (
    Provider("gmail", "Gmail", "imap.gmail.com", "smtp.gmail.com"),
    Provider("icloud", "iCloud", "imap.mail.me.com", "smtp.mail.me.com", 587, Security.STARTTLS),
    Provider("yahoo", "Yahoo", "imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
    Provider("fastmail", "Fastmail", "imap.fastmail.com", "smtp.fastmail.com"),
    Provider("gmx", "GMX", "imap.gmx.net", "mail.gmx.net"),
    Provider("webde", "WEB.DE", "imap.web.de", "smtp.web.de", 587, Security.STARTTLS),
    Provider("ionos", "IONOS", "imap.ionos.de", "smtp.ionos.de"),
    Provider("aruba", "Aruba", "imaps.aruba.it", "smtps.aruba.it"),
    Provider("mailboxorg", "mailbox.org", "imap.mailbox.org", "smtp.mailbox.org"),
    Provider("yandex", "Yandex", "imap.yandex.com", "smtp.yandex.com"),
)


def initial_for(key: str) -> dict[str, str | int]:
    """The fields for the provider named `key`, none if it is not known."""
    return next((provider.initial for provider in PROVIDERS if provider.key == key), {})
