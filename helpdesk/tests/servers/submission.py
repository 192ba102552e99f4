"""An SMTP server that takes mail with clear text, STARTTLS or TLS, keeps it, and refuses what a test wants refused."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from helpdesk.tests.servers.processes import HOST, free_port
from mailboxes.connections.account import Account, Security

PASSWORD = "sesame"


@dataclass(frozen=True)
class Received:
    """One accepted mail as it came over the line."""

    sender: str
    recipients: list[str]
    content: bytes
    options: list[str] = field(default_factory=list)


class Submission:
    """It listens at `port`, or a free one.

    `answers` maps a sender, a recipient, or "DATA" to the reply they get; everybody else is welcome.
    Every accepted mail is kept in `received` and handed to `then`. While it is `silent_after_data` it takes mails in,
    counts them as `unanswered` and says nothing. `most` mails are taken over one connection, if it says so, and
    `sign_ins` are counted.
    """

    def __init__(
        self,
        security: Security = Security.PLAIN,
        certificate: str = "",
        key: str = "",
        then: Callable[[Received], None] = lambda mail: None,
        port: int = 0,
        **options: Any,
    ) -> None:
        self.security = security
        self.certificate = certificate
        self.then = then
        self.received: list[Received] = []
        self.answers: dict[str, str] = {}
        self.silent_after_data, self.unanswered = False, 0
        self.most, self.sign_ins = 0, 0
        context = None
        if security is not Security.PLAIN:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate, key)
        self._controller = Controller(
            self,
            HOST,
            port or free_port(),
            ready_timeout=60.0,
            ssl_context=context if security is Security.TLS else None,
            tls_context=context if security is Security.STARTTLS else None,
            auth_require_tls=security is Security.STARTTLS,
            authenticator=self._authenticate,
            **options,
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def account(self, user: str = "support", password: str = PASSWORD, timeout: float = 60.0) -> Account:
        authorities = Path(self.certificate).read_text() if self.certificate else ""
        return Account(HOST, self.port, self.security, user, password, timeout, authorities=authorities)

    def _authenticate(self, server: Any, session: Any, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        self.sign_ins += 1
        return AuthResult(success=given.password == PASSWORD.encode(), handled=False)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.answers:
            return self.answers[address]
        session.mails = getattr(session, "mails", 0) + 1
        if self.most and session.mails > self.most:
            return "421 4.7.0 Too many mails over this connection"
        envelope.mail_from, envelope.mail_options = address, options
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        if self.silent_after_data:
            self.unanswered += 1
            await asyncio.sleep(3600)
        sender = (envelope.mail_from or "").strip("<>")
        mail = Received(sender, envelope.rcpt_tos, envelope.original_content or b"", envelope.mail_options)
        self.received.append(mail)
        self.then(mail)
        return "250 OK"
