"""An account on a mail server and the steps of signing in to it: what IMAP and SMTP share."""

import errno
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

from mailboxes.connections.sentences import Sentence


class Security(StrEnum):
    """How the connection is protected. Nothing ever falls back from one to a weaker one."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


class Step(StrEnum):
    """The steps of talking to a server, in order, as an administrator reads them in *Test connection*."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    STARTTLS = "starttls"
    LOGIN = "login"
    FOLDER = "folder"
    LIST = "list"
    COUNT = "count"  # what would be taken in
    FETCH = "fetch"
    CHANGE = "change"  # flag, move or delete
    SEND = "send"


@dataclass(frozen=True)
class Account:
    """A server and how to sign in there; an empty user name means no sign-in (SMTP relays).

    `timeout` is in seconds and holds for each read and write. `authorities` are certificates of one's own
    authorities as PEM, which are believed beside those that everybody believes;
    `verify=False` accepts any certificate and is for servers under the administrator's own roof.
    """

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    authorities: str = field(default="", repr=False)
    verify: bool = True
    program: str = ""  # of this machine, in place of a server
    bearer: str = field(default="", repr=False)  # an OAuth2 access token, in place of a password

    @property
    def server(self) -> str:
        return f"{self.host}:{self.port}"

    def tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.authorities:
            context.load_verify_locations(cadata=self.authorities)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def quote(self, reply: bytes | str | object) -> str:
        """What the server said, on one line, shortened, and without our password should it have echoed it."""
        text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
        for secret in filter(None, (self.password, self.bearer)):
            text = text.replace(secret, "…")
        text = " ".join("".join(character if character.isprintable() else " " for character in text).split())
        return text if len(text) <= 300 else text[:299] + "…"


@dataclass(frozen=True)
class StepResult:
    """One line of *Test connection*: the step, whether it worked, and a sentence about it."""

    step: Step
    ok: bool
    detail: str
    folders: tuple[str, ...] = ()  # those that can be chosen


Report = Callable[[StepResult], None]


class ConnectionFailed(Exception):  # noqa: N818 - an outcome, named like the others
    """The server could not be used; `message` is a sentence for an administrator that says what to do.

    `temporary` tells whether trying again later, with nothing changed, may help.
    """

    #: Whether the server was given a whole mail and did not say what it made of it.
    unconfirmed = False

    def __init__(self, step: Step, message: str, *, temporary: bool) -> None:
        super().__init__(message)
        self.step = step
        self.message = message
        self.temporary = temporary

    @property
    def result(self) -> StepResult:
        return StepResult(self.step, ok=False, detail=self.message)


class TlsFailed(ConnectionFailed):
    """No safe connection: a bad certificate, no TLS on that port, or STARTTLS missing or refused."""


class Silent(ConnectionFailed):
    """The server said nothing in time; the next question would wait as long."""


class LoginRefused(ConnectionFailed):
    """The server knows us and says no; trying again with the same password only locks the account."""


def open_socket(account: Account, report: Report) -> socket.socket:
    """Resolve, connect and, for TLS, shake hands: the part that is the same for every protocol."""
    _resolve(account)
    report(StepResult(Step.RESOLVE, ok=True, detail=_("The name %(host)s is known.") % {"host": account.host}))
    plain = _connect(account)
    report(StepResult(Step.CONNECT, ok=True, detail=_("%(server)s answers.") % {"server": account.server}))
    if account.security is not Security.TLS:
        return plain
    secured = _shake_hands(account, plain)
    report(StepResult(Step.TLS, ok=True, detail=secured_by(secured)))
    return secured


def _resolve(account: Account) -> None:
    try:
        if not account.host:
            raise socket.gaierror(socket.EAI_NONAME, "no name given")
        socket.getaddrinfo(account.host, account.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, OverflowError) as error:
        temporary = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        message = Sentence.HOST_UNKNOWN.text(host=account.host)
        raise ConnectionFailed(Step.RESOLVE, message, temporary=temporary) from error


def _connect(account: Account) -> socket.socket:
    try:
        connection = socket.create_connection((account.host, account.port), account.timeout)
        # imaplib sends a command in two pieces, and the second would wait 40 ms for the answer to the first.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    except TimeoutError as error:
        raise timed_out(account, Step.CONNECT) from error
    except OSError as error:
        message = Sentence.UNREACHABLE.text(server=account.server, reason=reason_of(account, error))
        raise ConnectionFailed(Step.CONNECT, message, temporary=True) from error


def _shake_hands(account: Account, plain: socket.socket) -> ssl.SSLSocket:
    try:
        return account.tls_context().wrap_socket(plain, server_hostname=account.host)
    except (OSError, ValueError) as error:
        plain.close()
        raise tls_failure(account, Step.TLS, error) from error


def tls_failure(account: Account, step: Step, error: Exception) -> ConnectionFailed:
    """Say why a handshake failed: the certificate, a port without TLS or a slow server."""
    if isinstance(error, TimeoutError):
        return timed_out(account, step)
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message.rstrip(".")
        return TlsFailed(
            step, Sentence.CERTIFICATE_UNTRUSTED.text(server=account.server, reason=reason), temporary=False
        )
    if isinstance(error, ssl.SSLError | ValueError):
        reason = getattr(error, "reason", None) or account.quote(error)
        return TlsFailed(step, Sentence.NO_TLS.text(server=account.server, reason=reason), temporary=False)
    return cut_off(account, step, error)


def no_starttls(account: Account, reply: str) -> TlsFailed:
    """STARTTLS or nothing: a server that does not offer it may be an attacker who strips the offer (RFC 8314)."""
    message = Sentence.NO_STARTTLS.text(server=account.server, reply=account.quote(reply))
    return TlsFailed(Step.STARTTLS, message, temporary=False)


def signed_in(account: Account) -> StepResult:
    return StepResult(Step.LOGIN, ok=True, detail=_("%(user)s is signed in.") % {"user": account.username})


def refused_login(account: Account, reply: str, *, for_now: bool) -> ConnectionFailed:
    """Nobody is let in, `for_now`; or this user name and password are wrong. `reply` is quoted already."""
    if for_now:
        message = Sentence.ALL_SIGN_INS_REFUSED.text(server=account.server, reply=reply)
        return ConnectionFailed(Step.LOGIN, message, temporary=True)
    sentence = Sentence.TOKEN_REFUSED if account.bearer else Sentence.PASSWORD_REFUSED
    message = sentence.text(server=account.server, user=account.username or Sentence.NO_USER.text(), reply=reply)
    return LoginRefused(Step.LOGIN, message, temporary=False)


def secured_by(connection: socket.socket | None) -> str:
    """Say how the connection is encrypted; one that is not never gets this far."""
    assert isinstance(connection, ssl.SSLSocket)
    return _("The connection is encrypted with %(version)s.") % {"version": connection.version()}


def timed_out(account: Account, step: Step) -> ConnectionFailed:
    message = Sentence.TIMED_OUT.text(server=account.server, seconds=account.timeout)
    return Silent(step, message, temporary=True)


def cut_off(account: Account, step: Step, error: object) -> ConnectionFailed:
    """The connection broke, or what came over it made no sense; both end the connection and ask for another one."""
    reason = reason_of(account, error) or type(error).__name__
    return ConnectionFailed(step, Sentence.CONNECTION_LOST.text(server=account.server, reason=reason), temporary=True)


def reason_of(account: Account, error: object) -> str:
    """Why a connection failed, in words: the usual reasons translated, others as the system or the server says them."""
    number = error.errno if isinstance(error, OSError) else None
    text = account.quote(error)
    if number is None and (found := re.search(r"\[Errno (\d+)\]", text)):
        number = int(found[1])
    if number == errno.ECONNREFUSED:
        return Sentence.PORT_CLOSED.text()
    if number in (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED) or "EOF" in text:
        return Sentence.CLOSED_BY_SERVER.text()
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return Sentence.NO_ROUTE.text()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return re.sub(r"^(socket error: )?\[Errno -?\d+\] ", "", text)


def hang_up(connection: socket.socket) -> None:
    """Close without good-bye, whatever state the other side is in."""
    with suppress(OSError):
        connection.close()
