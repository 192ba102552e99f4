"""One mailbox on either server, so that a test of reading mail holds for both."""

from typing import Self
from uuid import uuid4

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.servers.dovecot import Dovecot
from mailboxes.connections.account import Account
from mailboxes.fetching.imap_session import FolderState, Session


def mail(subject: str, body: str = "Hello") -> bytes:
    return f"From: Carla <carla@acme.example>\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()


class Mailbox:
    """One account on one of the two servers."""

    def __init__(self, server: MailServer | Dovecot) -> None:
        self.server = server
        self.user = f"support-{uuid4().hex[:8]}"
        if isinstance(server, MailServer):
            server.host(f"{self.user}@helpdesk.example", self.user, "sesame")

    def deliver(self, *messages: bytes) -> None:
        for message in messages:
            self.server.deliver(self.user, message)

    def open(self, folder: str = "INBOX", *, readonly: bool = False) -> "Opened":
        return Opened(self.account, folder, readonly=readonly)

    def folder(self, name: str) -> None:
        self.server.create_folder(self.user, name)

    def messages(self, folder: str = "INBOX") -> list[bytes]:
        return self.server.messages(self.user, folder)

    @property
    def account(self) -> Account:
        return self.server.imap_account(self.user)


class Opened(Session):
    """A session in which a folder has been opened."""

    def __init__(self, account: Account, folder: str = "INBOX", *, readonly: bool = False) -> None:
        super().__init__(account)
        self.wanted, self.readonly = folder, readonly

    def __enter__(self) -> Self:
        super().__enter__()
        self.state: FolderState = self.select(self.wanted, readonly=self.readonly)
        return self
