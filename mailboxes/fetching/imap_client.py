"""An IMAP connection: opening it, signing in, and what its errors mean. `imap_session` builds on this."""

import ast
import imaplib
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _
from imapclient import IMAPClient
from imapclient.exceptions import ProtocolError

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

# What imaplib and IMAPClient raise on bytes that are no IMAP; a literal of absurd size ends in the last two.
GARBLED = (
    ProtocolError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    OverflowError,
    MemoryError,
)

# RFC 5530 and what Gmail, Dovecot and Exchange say when nothing is wrong with the account itself.
PASSING = {"UNAVAILABLE", "INUSE", "LIMIT", "OVERQUOTA", "SERVERBUG", "TRYAGAIN", "THROTTLED", "TIMEOUT"}


class ServerRefused(ConnectionFailed):
    """The server answered NO or BAD; the connection can still be used."""


class FolderGone(ServerRefused):
    """The folder does not exist (any more), or cannot hold messages."""

    def __init__(self, account: Account, folder: str, step: Step = Step.FOLDER) -> None:
        message = Sentence.NO_FOLDER.text(folder=folder, user=account.username, server=account.server)
        super().__init__(step, message, temporary=False)
        self.folder = folder


def open_client(account: Account, report: Report) -> IMAPClient:
    """Connect, secure and sign in; each step that worked is reported, the first that did not raises."""
    connection = open_socket(account, report)
    try:
        client = _greet(account, connection)
        if account.security is Security.STARTTLS:
            _start_tls(account, client, report)
        _login(account, client, report)
    except BaseException:
        hang_up(connection)
        raise
    return client


@contextmanager
def translated(account: Account, step: Step) -> Iterator[None]:
    """Turn whatever the library raises into one of our errors; only `ServerRefused` leaves a usable connection."""
    try:
        yield
    except TimeoutError as error:
        raise timed_out(account, step) from error
    except (imaplib.IMAP4.abort, OSError, EOFError, *GARBLED) as error:
        raise cut_off(account, step, error) from error
    except imaplib.IMAP4.error as error:
        message = Sentence.REFUSED.text(server=account.server, reply=account.quote(reply_of(error)))
        raise ServerRefused(step, message, temporary=True) from error


def reply_of(error: Exception) -> str:
    """The server's words; imaplib hands some of them over as the repr of bytes."""
    text = str(error)
    quoted = re.search(r"b(['\"]).*\1", text, re.DOTALL)
    if quoted is None:
        return text
    try:
        return str(ast.literal_eval(quoted[0]).decode("utf-8", "replace"))
    except (ValueError, SyntaxError, AttributeError):
        return quoted[0][2:-1]


def response_code(error: Exception) -> str:
    """The code in brackets that begins a reply (RFC 5530), or an empty string."""
    code = re.search(r"\[([A-Z][A-Z0-9-]+)", reply_of(error))
    return code[1] if code else ""


class _Wire(imaplib.IMAP4):
    """imaplib over a socket of ours, so that each step of connecting has its own error."""

    def __init__(self, account: Account, connection: socket.socket) -> None:
        self._connection = connection
        super().__init__(account.host, account.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._connection

    @property
    def debug(self) -> int:
        return 0

    @debug.setter
    def debug(self, level: int) -> None:
        """IMAPClient asks for a level at which imaplib writes the repr of every message: four times its size."""


class _Client(IMAPClient):  # type: ignore[misc] # the library has no types
    def __init__(self, account: Account, wire: _Wire) -> None:
        self._wire = wire
        super().__init__(account.host, account.port, ssl=False, timeout=account.timeout)
        self.normalise_times = False  # aware times, not the server's guess at our zone

    def _create_IMAP4(self) -> _Wire:  # noqa: N802 - the library's name
        return self._wire


def _greet(account: Account, connection: socket.socket) -> IMAPClient:
    try:
        return _Client(account, _Wire(account, connection))
    except TimeoutError as error:
        raise timed_out(account, Step.CONNECT) from error
    except OSError as error:
        raise cut_off(account, Step.CONNECT, error) from error
    except (imaplib.IMAP4.error, *GARBLED) as error:
        if "EOF" in str(error):
            raise cut_off(account, Step.CONNECT, error) from error
        busy = "BYE" in str(error)
        message = Sentence.NO_IMAP.text(server=account.server, reply=account.quote(reply_of(error)))
        raise ConnectionFailed(Step.CONNECT, message, temporary=busy) from error


def _start_tls(account: Account, client: IMAPClient, report: Report) -> None:
    try:
        client.starttls(account.tls_context())
    except OSError as error:
        raise tls_failure(account, Step.STARTTLS, error) from error
    except (imaplib.IMAP4.error, *GARBLED) as error:
        raise no_starttls(account, reply_of(error)) from error
    report(StepResult(Step.STARTTLS, ok=True, detail=secured_by(client.socket())))


def _login(account: Account, client: IMAPClient, report: Report) -> None:
    try:
        with translated(account, Step.LOGIN):
            _send_credentials(account, client)
    except ServerRefused as refusal:
        raise _refused_login(account, refusal) from refusal
    report(signed_in(account))


def _send_credentials(account: Account, client: IMAPClient) -> None:
    """SASL PLAIN carries any character (RFC 4616); LOGIN carries ASCII, and only what is quoted is safe in it."""
    if account.bearer:
        _send_token(account, client)
        return
    if client.has_capability("AUTH=PLAIN"):
        client.plain_login(account.username, account.password)
        return
    if client.has_capability("LOGINDISABLED"):
        raise imaplib.IMAP4.error(_("The server allows no sign-in on this connection: choose TLS or STARTTLS"))
    if not (account.username + account.password).isascii() or re.search(
        r"[\r\n\0]", account.username + account.password
    ):
        raise imaplib.IMAP4.error(_("The server accepts only plain letters and digits in user names and passwords"))
    user = account.username.replace("\\", "\\\\").replace('"', '\\"')
    client.login(f'"{user}"', account.password)


def _send_token(account: Account, client: IMAPClient) -> None:
    """One message; to a challenge, which is the reason of a refusal, the answer is nothing."""
    mechanism = sasl.chosen(str(each, "ascii", "replace").removeprefix("AUTH=") for each in client.capabilities())
    if not mechanism:
        raise imaplib.IMAP4.error(_("The server offers no sign-in by OAuth2 on this connection"))
    replies = iter([sasl.initial_response(mechanism, account)])
    client.sasl_login(mechanism, lambda challenge: next(replies, sasl.refusal(mechanism, challenge)))


def _refused_login(account: Account, refusal: ServerRefused) -> ConnectionFailed:
    reason = refusal.__cause__ or refusal
    reply = account.quote(reply_of(reason if isinstance(reason, Exception) else refusal))
    for_now = response_code(refusal) in PASSING or "too many" in reply.lower()
    return refused_login(account, reply, for_now=for_now)
