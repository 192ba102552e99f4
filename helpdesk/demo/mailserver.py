"""A mail server to try the helpdesk with: IMAP (pymap) and SMTP (aiosmtpd) in memory, in one thread of this process."""

import asyncio
import logging
import threading
from argparse import Namespace
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from typing import Any, Self, TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Identity, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from mailboxes.connections.account import Account, Security

HOST = "127.0.0.1"
HOSTNAME = "mail.demo.test"
LARGEST_MAIL = 64 * 1024 * 1024

logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of its own deprecations at each sign-in

Result = TypeVar("Result")


class MailServer:
    """Hosts mailboxes for a demonstration and for tests; everything is forgotten on `stop`.

    `accounts` maps user names to passwords, `addresses` maps the addresses we receive mail for to user names. Mail
    to any other address is kept for the user named `catch_all`, so that one can read what every customer received.
    UIDVALIDITY differs at each start, as the mail of the last start is gone.
    """

    def __init__(
        self,
        accounts: Mapping[str, str],
        addresses: Mapping[str, str] | None = None,
        catch_all: str = "everyone-else",
        imap_port: int = 0,
        smtp_port: int = 0,
    ) -> None:
        self.accounts = {catch_all: "", **accounts}
        self.addresses = {address.lower(): user for address, user in (addresses or {}).items()}
        self.catch_all = catch_all
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self.refused: dict[str, str] = {}  # recipient → SMTP reply, to show what a refusal looks like
        self._login: Login
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Listen on both ports; returns when they accept connections. Raises OSError when one is taken."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail server", daemon=True)
        self._thread.start()
        try:
            self._run(self._listen())
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close every connection and the thread. Stopping twice does nothing."""
        if self._thread is None:
            return
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def imap_account(self, user: str) -> Account:
        return Account(HOST, self.imap_port, Security.PLAIN, user, self.accounts[user])

    def smtp_account(self, user: str = "") -> Account:
        return Account(HOST, self.smtp_port, Security.PLAIN, user, self.accounts[user] if user else "")

    def host(self, address: str, user: str, password: str = "") -> None:
        """Receive mail for one more address; a user who is not known yet gets a mailbox."""
        if user not in self.accounts:
            self.accounts[user] = password
            self._run(self._open_account(user, password))
        self.addresses[address.lower()] = user

    def deliver(self, user: str, message: bytes, folder: str = "INBOX") -> None:
        """Put a message into a mailbox as it is, as if it had arrived there."""
        self._run(self._append(user, message, folder))

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Everything in a folder, oldest first, byte for byte."""
        return self._run(self._contents(user, folder))

    def create_folder(self, user: str, folder: str) -> None:
        self._run(self._create_folder(user, folder))

    def delete_folder(self, user: str, folder: str) -> None:
        self._run(self._delete_folder(user, folder))

    def user_for(self, address: str) -> str:
        """Whose mailbox mail to this address ends in; `name+tag@domain` is `name@domain`."""
        local, _, domain = address.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return self.addresses.get(address.lower()) or self.addresses.get(plain) or self.catch_all

    # The rest runs in the thread of the server.

    async def _listen(self) -> None:
        config = _Config()
        self._login = Login(config)
        for user, password in self.accounts.items():
            await self._open_account(user, password)
        imap = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(self._login, config))
        self._servers = [
            await asyncio.start_server(imap, HOST, self.imap_port),
            await self._loop.create_server(self._smtp_session, HOST, self.smtp_port),
        ]
        self.imap_port, self.smtp_port = (server.sockets[0].getsockname()[1] for server in self._servers)

    def _smtp_session(self) -> SMTP:
        return SMTP(
            self,
            hostname=HOSTNAME,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=self._loop,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        known = isinstance(given, LoginPassword) and self.accounts.get(given.login.decode("utf-8", "replace"))
        return AuthResult(
            success=known is not False and known == given.password.decode("utf-8", "replace"), handled=False
        )

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if reply := self.refused.get(address.lower()):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Deliver to each recipient, with the trace a real mail server adds (RFC 5321, 4.4)."""
        content = envelope.original_content or b""
        for recipient in dict.fromkeys(envelope.rcpt_tos):
            message = _trace(session, envelope, recipient).encode() + content
            await self._append(self.user_for(recipient), message, "INBOX")
        return "250 2.0.0 Delivered"

    async def _open_account(self, user: str, password: str) -> None:
        await self._identity(user).set(UserMetadata(self._login.config, user, password=password))

    async def _append(self, user: str, message: bytes, folder: str) -> None:
        async with self._identity(user).new_session() as session:
            await session.append_messages(folder, [AppendMessage(message, datetime.now(UTC))])

    async def _contents(self, user: str, folder: str) -> list[bytes]:
        async with self._identity(user).new_session() as session:
            mailbox = await session.mailbox_set.get_mailbox(folder)
            stored = [message async for message in mailbox.messages()]
            return [bytes(await message.load_content(FetchRequirement.CONTENT)) for message in stored]

    async def _create_folder(self, user: str, folder: str) -> None:
        async with self._identity(user).new_session() as session:
            await session.create_mailbox(folder)

    async def _delete_folder(self, user: str, folder: str) -> None:
        async with self._identity(user).new_session() as session:
            await session.delete_mailbox(folder)

    def _identity(self, user: str) -> Identity:
        return Identity(user, self._login, None, frozenset())

    async def _close(self) -> None:
        for server in getattr(self, "_servers", []):
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_default_executor()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)


class _Config(Config):
    """Settings of the library that suit a server without secrets and without a network."""

    def __init__(self) -> None:
        arguments = Namespace(passlib_cfg=None, proxy_protocol=None)
        super().__init__(
            arguments,
            host=HOST,
            port=0,
            demo_data=False,
            demo_user="",
            demo_password="",
            tls_enabled=False,
            reject_dnsbl=False,
            invalid_user_sleep=0.0,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
        )

    @property
    def greeting(self) -> bytes:
        """Without the library's DNS query for our own name at each connection."""
        return b"Demo mail server ready"


def _trace(session: Session, envelope: Envelope, recipient: str) -> str:
    sender = (envelope.mail_from or "").strip("<>")  # the library leaves the brackets of the null sender
    client = session.peer[0] if session.peer else "unknown"
    now = format_datetime(datetime.now(UTC))
    return (
        f"Return-Path: <{sender}>\r\n"
        f"Delivered-To: {recipient}\r\n"
        f"Received: from {session.host_name} ([{client}]) by {HOSTNAME} with ESMTP\r\n"
        f"\tid {next(_numbers)} for <{recipient}>; {now}\r\n"
    )


_numbers = count(1)
