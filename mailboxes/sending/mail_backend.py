"""Django's mail backend: links that open an account go straight to the default mailbox's server, or the installation's.

Never by the outbox: what it holds, administrators can read for ever; a link to choose a password, or to sign in to the
portal, is for one person alone.
"""

from collections.abc import Sequence
from email.utils import make_msgid
from smtplib import SMTPException

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.utils.translation import gettext as _

from mailboxes.connections.account import ConnectionFailed
from mailboxes.models import Mailbox
from mailboxes.oauth.tokens import account_for
from mailboxes.sending.installation import installation_address, installation_mailbox
from mailboxes.sending.sendmail import LocalSender, open_sender
from mailboxes.sending.smtp import Sender


class MailboxBackend(BaseEmailBackend):
    """Django's `send_mail` by the default mailbox. Raises SMTPException with a sentence if a mail did not leave."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        try:
            return self._send(email_messages)
        except SMTPException:
            if self.fail_silently:
                return 0
            raise

    def _send(self, mails: Sequence[EmailMessage]) -> int:
        default = Mailbox.objects.filter(is_default=True).prefetch_related("addresses").first()
        mailbox = default if default and default.can_send else installation_mailbox()
        if mailbox is None:
            raise SMTPException(_("No mailbox can send yet; set up its SMTP server."))
        address = (default and default.address) or installation_address()
        try:
            with open_sender(account_for(mailbox, mailbox.smtp_account)) as sender:
                for mail in mails:
                    _send_one(sender, (default or mailbox).name, address, mail)
        except ConnectionFailed as failure:
            raise SMTPException(failure.message) from failure
        return len(mails)


def _send_one(sender: Sender | LocalSender, name: str, address: str, mail: EmailMessage) -> None:
    """One mail from the mailbox's own address, as a server refuses others."""
    mail.from_email = f'"{_quotable(name)}" <{address}>'
    mail.extra_headers.setdefault("Auto-Submitted", "auto-generated")
    mail.extra_headers.setdefault("Message-ID", make_msgid(domain=address.rpartition("@")[2]))
    refusals = sender.send(address, mail.recipients(), mail.message().as_bytes())
    for recipient, refusal in refusals.items():
        refused = _("The server refused %(recipient)s: %(code)d %(reply)s")
        raise SMTPException(refused % {"recipient": recipient, "code": refusal.code, "reply": refusal.reply})


def _quotable(name: str) -> str:
    return name.replace("\\", "").replace('"', "")
