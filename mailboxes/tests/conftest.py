"""The stage of these tests: a mailbox on the mail server that runs in the test's own process."""

import pytest

from helpdesk.demo.mailserver import MailServer
from mailboxes.models import Mailbox, save_with_address
from mailboxes.tests.mails import SUPPORT
from tickets.models import Queue


@pytest.fixture
def support(mail_server: MailServer, queue: Queue) -> Mailbox:
    """The default mailbox, support@helpdesk.example, whose mail goes to the default queue."""
    mailbox = Mailbox(
        name="Support",
        imap_host="127.0.0.1",
        imap_port=mail_server.imap_port,
        imap_security=Mailbox.Security.PLAIN,
        imap_username="support",
        imap_password="sesame",
        smtp_host="127.0.0.1",
        smtp_port=mail_server.smtp_port,
        smtp_security=Mailbox.Security.PLAIN,
    )
    save_with_address(mailbox, SUPPORT, queue)
    return mailbox
