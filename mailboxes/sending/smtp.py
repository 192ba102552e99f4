"""An SMTP connection (RFC 5321), any number of mails over it, and whom the server refused."""

import base64
import re
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import TracebackType
from typing import Self

from django.utils.translation import gettext as _

from mailboxes.connections import sasl
from mailboxes.connections.account import (
    Account,
    ConnectionFailed,
    Report,
    Security,
    Step,
    StepResult,
    cut_off,
    hang_up,
    no_starttls,
    open_socket,
    refused_login,
    secured_by,
    signed_in,
    timed_out,
    tls_failure,
)
from mailboxes.connections.sentences import Sentence

AUTHENTICATION_CODES = {530, 534, 535, 538}  # RFC 4954: something is wrong with the account, not with the mail
PATIENCE = 4  # times the timeout, for one mail: a server may scan for a while before it answers (RFC 5321, 4.5.3.2.6)
SLOWEST_BYTES_PER_SECOND = 64 * 1024  # a large mail has so much more time
CHUNK_BYTES = 64 * 1024  # the timeout holds for each chunk, so that a slow line can still take a large mail


class Stage(StrEnum):
    """What exactly was refused. Only a refused RECIPIENT says something about that address."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"


@dataclass(frozen=True)
class Refusal:
    """The server's answer for one recipient: `code` as in RFC 5321 (4xx temporary, 5xx permanent) and its words."""

    code: int
    reply: str
    stage: Stage

    @property
    def temporary(self) -> bool:
        return self.code < 500


class Sender:
    """A connection to the submission server: `with Sender(account) as sender:`."""

    def __init__(self, account: Account, report: Report = lambda result: None) -> None:
        self.account = account
        self._report = report
        self._smtp: _Wire
        self._socket: socket.socket
        self._unconfirmed = False

    def __enter__(self) -> Self:
        self._socket = open_socket(self.account, self._report)
        try:
            with _deadline(lambda: self._socket, self.account.timeout * PATIENCE):
                self._smtp = self._greet(self._socket)
                if self.account.security is Security.STARTTLS:
                    self._start_tls()
                if self.account.username:
                    self._login()
        except BaseException as error:
            hang_up(self._socket)
            if isinstance(error, TimeoutError):
                raise timed_out(self.account, Step.CONNECT) from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            if kind is None:
                self._smtp.quit()
        self._smtp.close()

    def send(self, envelope_from: str, recipients: Sequence[str], message: bytes) -> dict[str, Refusal]:
        """Hand over one mail and say who was refused; everybody not named in the answer will get it.

        An empty `envelope_from` is the null sender. The bytes leave as they are, apart from line ends (CRLF) and dots.
        Takes `PATIENCE` timeouts at most, and what a slow line needs. An `unconfirmed` `ConnectionFailed` leaves open
        whether the server kept the mail: send it again under the same Message-ID.
        """
        content = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
        self._unconfirmed = False
        seconds = self.account.timeout * PATIENCE + len(content) / SLOWEST_BYTES_PER_SECOND
        with self._asking(Step.SEND), _deadline(lambda: self._socket, seconds):
            if refused := self._refused_sender(envelope_from, recipients, content):
                return dict.fromkeys(recipients, refused)
            refusals = {each: refusal for each in recipients if (refusal := self._refused_recipient(each))}
            accepted = [each for each in recipients if each not in refusals]
            if not accepted:
                self._smtp.rset()
                return refusals
            if refused := self._refused_message(content):
                refusals |= dict.fromkeys(accepted, refused)
            return refusals

    def _refused_sender(self, sender: str, recipients: Sequence[str], content: bytes) -> Refusal | None:
        smtp = self._smtp
        international = not all(each.isascii() for each in (sender, *recipients))
        header = content.partition(b"\r\n\r\n")[0]
        options = [f"SIZE={len(content)}"] if smtp.has_extn("size") else []
        if not content.isascii() and smtp.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if smtp.has_extn("smtputf8") and (international or not header.isascii()):
            options.append("SMTPUTF8")
            smtp.command_encoding = "utf-8"
        else:
            smtp.command_encoding = "ascii"
        return self._refused_address(Stage.SENDER, "MAIL FROM", sender, options)

    def _refused_recipient(self, recipient: str) -> Refusal | None:
        return self._refused_address(Stage.RECIPIENT, "RCPT TO", recipient, [])

    def _refused_address(self, stage: Stage, command: str, address: str, options: list[str]) -> Refusal | None:
        """Give one address. What could be read as another command or address never reaches the server."""
        if re.search(r"[\s<>\x00-\x1f\x7f]", address):
            return Refusal(553, _("This is not an email address."), stage)
        if not address.isascii() and self._smtp.command_encoding == "ascii":
            return Refusal(553, _("The server does not support addresses with letters beyond ASCII."), stage)
        code, reply = self._command(" ".join([f"{command}:<{address}>", *options]))
        return None if code < 300 else self._refusal(code, reply, stage)

    def _refused_message(self, content: bytes) -> Refusal | None:
        code, reply = self._command("DATA")
        if code != 354:
            return self._refusal(code, reply, Stage.MESSAGE)
        stuffed = memoryview(re.sub(rb"(?m)^\.", b"..", content))
        for start in range(0, len(stuffed), CHUNK_BYTES):
            self._smtp.send(stuffed[start : start + CHUNK_BYTES])
        self._unconfirmed = True
        self._smtp.send(b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n")
        with self._patience():
            code, reply = self._answer()
        self._unconfirmed = False
        return None if code < 300 else self._refusal(code, reply, Stage.MESSAGE)

    def _refusal(self, code: int, reply: bytes, stage: Stage) -> Refusal:
        if stage is not Stage.RECIPIENT or code in AUTHENTICATION_CODES:
            self._smtp.rset()
        if code in AUTHENTICATION_CODES and stage is not Stage.MESSAGE:
            raise self._refused_login(code, reply)
        return Refusal(code, self.account.quote(reply), stage)

    def _greet(self, connection: socket.socket) -> "_Wire":
        try:
            smtp = _Wire(self.account, connection)
            smtp.ehlo_or_helo_if_needed()
        except (OSError, ValueError) as error:
            if _is_timeout(error):
                raise timed_out(self.account, Step.CONNECT) from error
            code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else -1
            reply = self.account.quote(_words(error))
            message = Sentence.NO_SMTP.text(server=self.account.server, reply=reply)
            raise ConnectionFailed(Step.CONNECT, message, temporary=code < 500) from error
        return smtp

    def _start_tls(self) -> None:
        try:
            self._smtp.starttls(context=self.account.tls_context())
            assert self._smtp.sock is not None
            self._socket = self._smtp.sock
            self._smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPServerDisconnected as error:
            raise _broken(self.account, Step.STARTTLS, error) from error
        except smtplib.SMTPException as error:
            raise no_starttls(self.account, _words(error)) from error
        except (OSError, ValueError) as error:
            raise tls_failure(self.account, Step.STARTTLS, error) from error
        self._report(StepResult(Step.STARTTLS, ok=True, detail=secured_by(self._smtp.sock)))

    def _login(self) -> None:
        with self._asking(Step.LOGIN):
            code, reply = self._send_credentials()
        if code != 235:
            raise self._refused_login(code, reply)
        self._report(signed_in(self.account))

    def _send_credentials(self) -> tuple[int, bytes]:
        """PLAIN (RFC 4616), or LOGIN which older Exchange servers have; both carry any character."""
        user, password = self.account.username.encode(), self.account.password.encode()
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        if self.account.bearer:
            return self._send_token(offered)
        if "PLAIN" in offered:
            return self._command("AUTH PLAIN " + _base64(b"\0" + user + b"\0" + password))
        if "LOGIN" not in offered:
            return 504, _("The server offers no way to sign in on this connection").encode()
        code, reply = self._command("AUTH LOGIN")
        for secret in (user, password):
            if code == 334:
                code, reply = self._command(_base64(secret))
        return code, reply

    def _send_token(self, offered: Sequence[str]) -> tuple[int, bytes]:
        """One message; to a challenge, which is the reason of a refusal, the answer is nothing."""
        mechanism = sasl.chosen(offered)
        if not mechanism:
            return 504, _("The server offers no sign-in by OAuth2 on this connection").encode()
        response = sasl.initial_response(mechanism, self.account)
        code, reply = self._command(f"AUTH {mechanism} {base64.b64encode(response).decode()}")
        if code == 334:
            code, reply = self._command(base64.b64encode(sasl.refusal(mechanism, reply)).decode())
        return code, reply

    def _refused_login(self, code: int, reply: bytes) -> ConnectionFailed:
        return refused_login(self.account, f"{code} {self.account.quote(reply)}", for_now=code < 500)

    def _command(self, line: str) -> tuple[int, bytes]:
        self._smtp.putcmd(line)
        return self._answer()

    def _answer(self) -> tuple[int, bytes]:
        """The next reply; what is no reply, or says that the server goes away (421), ends the connection."""
        code, reply = self._smtp.getreply()
        if code == 421 or not 200 <= code < 600:
            raise smtplib.SMTPServerDisconnected(f"{code} {self.account.quote(reply)}")
        return code, reply

    @contextmanager
    def _patience(self) -> Iterator[None]:
        self._socket.settimeout(self.account.timeout * PATIENCE)
        yield
        self._socket.settimeout(self.account.timeout)

    @contextmanager
    def _asking(self, step: Step) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            self._smtp.close()
            failure = _broken(self.account, step, error)
            failure.unconfirmed = self._unconfirmed
            raise failure from error


@contextmanager
def _deadline(connection: Callable[[], socket.socket], seconds: float) -> Iterator[None]:
    """End the connection when the time is over, also that of a server which says a byte now and then."""
    over = threading.Event()

    def end() -> None:
        over.set()
        with suppress(OSError):
            socket.socket.shutdown(connection(), socket.SHUT_RDWR)  # of TLS, too, whose own would wait for the other

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, ValueError, ConnectionFailed) as error:
        if over.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        timer.join()  # what it has begun is over, and does not meet the next mail


def test_connection(account: Account) -> list[StepResult]:
    """Try everything sending needs up to the first failure, without sending anything."""
    results: list[StepResult] = []
    try:
        with Sender(account, results.append):
            pass
    except ConnectionFailed as failure:
        results.append(failure.result)
    return results


class _Wire(smtplib.SMTP):
    """smtplib over a socket of ours, so that each step of connecting has its own error."""

    def __init__(self, account: Account, connection: socket.socket) -> None:
        self._connection = connection
        super().__init__(account.host, account.port, local_hostname=_our_name(), timeout=account.timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._connection


def _broken(account: Account, step: Step, error: Exception) -> ConnectionFailed:
    return timed_out(account, step) if _is_timeout(error) else cut_off(account, step, error)


def _is_timeout(error: Exception) -> bool:
    """smtplib hides a timeout behind its own exception."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _words(error: Exception) -> str:
    """What the server answered, as it said it, or what smtplib missed in it."""
    if not isinstance(error, smtplib.SMTPResponseException):
        return str(error)
    reply = error.smtp_error
    return f"{error.smtp_code} {reply.decode('utf-8', 'replace') if isinstance(reply, bytes) else reply}"


@cache
def _our_name() -> str:
    """What we call ourselves in EHLO; asked once, as the answer may need a slow DNS query."""
    name = socket.getfqdn()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _base64(secret: bytes) -> str:
    return base64.b64encode(secret).decode()
