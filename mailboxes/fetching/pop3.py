"""A POP3 session (RFC 1939), with the questions and answers of an IMAP one: a message's UID is the hash of its UIDL.

A server without UIDL has its messages told apart by a hash of header and size. What is deleted is gone when the session
is committed, not before.
"""

import base64
import hashlib
import poplib
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Self

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
from mailboxes.fetching.imap_client import ServerRefused
from mailboxes.fetching.imap_session import HEADER_BYTES, Envelope, Fetched, FolderState
from mailboxes.parsing.header.dates import parse_date

LINE_BYTES = 32 * 1024 * 1024  # poplib's 2,048 are less than real mails have
LIST_BYTES = 64 * 1024 * 1024  # of UIDL and LIST
MOST_TIMES = 4  # a mail that is so much larger than the largest is no mail, and ends the connection
FOR_NOW = ("[IN-USE]", "[LOGIN-DELAY]", "[SYS/TEMP]")  # RFC 2449, RFC 3206
FEW_MESSAGES = 200  # so many headers are looked at for their date while somebody waits


class Pop3Session:
    """A signed-in connection. Every method raises `ConnectionFailed`; only a `ServerRefused` leaves it usable.

    `largest`: bytes of the largest mail that is handed on, whatever the server said of its size.
    """

    def __init__(
        self, account: Account, report: Report = lambda result: None, *, largest: int = 1024 * 1024 * 1024
    ) -> None:
        self.account, self._report, self._largest = account, report, largest
        self._pop: _Wire
        self._socket: socket.socket
        self._sizes: dict[int, int] = {}
        self._numbers: dict[int, int] = {}

    def __enter__(self) -> Self:
        self._socket = open_socket(self.account, self._report)
        try:
            self._greet()
            if self.account.security is Security.STARTTLS:
                self._start_tls()
            self._login()
        except BaseException:
            hang_up(self._socket)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave; what was marked as deleted stays, unless `commit` came before."""
        with suppress(Exception):
            self._pop.close()
        hang_up(self._socket)

    def select(self, folder: str, *, readonly: bool) -> FolderState:
        """POP3 has one folder. Its messages are listed once: they are the same until the session ends (RFC 1939)."""
        with self._asking(Step.LIST):
            self._sizes = {number: int(size) for number, size in self._pairs("LIST") if size.isdigit()}
        known = self._uidls()
        self._numbers = {}
        for number in sorted(self._sizes):
            text = known.get(number) or self._fingerprint(number)
            key, copies = _key(text), 1
            while key in self._numbers:  # two messages that look the same
                copies += 1
                key = _key(f"{text} #{copies}")
            self._numbers[key] = number
        return FolderState("", 1, None, len(self._sizes))

    def uids_after(self, uid: int) -> list[int]:
        """All of them, in the order of the server: hashes have none."""
        return [*self._numbers]

    def uids_since(self, day: date, uids: Sequence[int]) -> list[int]:
        """Those that came on `day` or later, by their topmost Received, or whose header does not say."""
        found = []
        for uid in uids:
            at = self.arrived_at(uid)
            if at is None or timezone.localdate(at) >= day:
                found.append(uid)
        return found

    def arrived_at(self, uid: int) -> datetime | None:
        """When the server took the message in, by its topmost Received; None if the header does not say."""
        return received_at(self.headers(uid) or b"")

    def sizes_and_dates(self, uids: Sequence[int]) -> dict[int, Envelope]:
        """Sizes alone: POP3 knows no dates."""
        listed = ((uid, self._numbers.get(uid)) for uid in uids)
        return {uid: Envelope(self._sizes[number], None, frozenset()) for uid, number in listed if number}

    def raw(self, uid: int) -> bytes | None:
        number = self._numbers.get(uid)
        if number is None:
            return None
        with self._asking(Step.FETCH):
            raw = self._pop.read(f"RETR {number}", self._largest)
        if raw is None:
            raise ServerRefused(Step.FETCH, Sentence.TOO_LARGE.text(), temporary=True)
        return raw or None

    def raw_many(
        self, envelopes: Mapping[int, Envelope], batch_bytes: int = 0, batch_messages: int = 0
    ) -> Iterator[Fetched]:
        """Every message in turn, one by one."""
        for uid in envelopes:
            try:
                yield Fetched(uid, self.raw(uid))
            except ServerRefused as refusal:
                yield Fetched(uid, None, refusal.message)

    def headers(self, uid: int) -> bytes | None:
        """The header, at most its first 256 KB; empty where the server does not know TOP, None if it is gone."""
        number = self._numbers.get(uid)
        try:
            return self._top(number)[:HEADER_BYTES] if number else None
        except ServerRefused:
            return b""

    def delete(self, uids: Sequence[int]) -> None:
        """Mark as deleted; what is gone already needs nothing."""
        for uid in uids:
            if number := self._numbers.get(uid):
                with self._asking(Step.CHANGE):
                    self._pop.dele(number)

    def commit(self) -> None:
        """End the session, so that what is marked as deleted is deleted. Nothing can be asked afterwards."""
        with self._asking(Step.CHANGE):
            self._pop.quit()

    def mark_seen(self, uids: Sequence[int]) -> None:
        """POP3 knows no flags."""

    def move(self, uids: Sequence[int], folder: str) -> None:
        """POP3 knows no folders."""

    def _greet(self) -> None:
        try:
            self._pop = _Wire(self.account, self._socket)
        except TimeoutError as error:
            raise timed_out(self.account, Step.CONNECT) from error
        except (poplib.error_proto, ValueError) as error:
            reply = self.account.quote(_words(error))
            message = Sentence.NO_POP3.text(server=self.account.server, reply=reply)
            raise ConnectionFailed(Step.CONNECT, message, temporary="EOF" in str(error)) from error
        except OSError as error:
            raise cut_off(self.account, Step.CONNECT, error) from error

    def _start_tls(self) -> None:
        try:
            self._pop.stls(self.account.tls_context())
            self._socket = self._pop.sock
        except OSError as error:
            raise tls_failure(self.account, Step.STARTTLS, error) from error
        except (poplib.error_proto, ValueError) as error:
            raise no_starttls(self.account, _words(error)) from error
        assert self._report is not None
        self._report(StepResult(Step.STARTTLS, ok=True, detail=secured_by(self._socket)))

    def _login(self) -> None:
        """USER and PASS carry any character but the ends of lines."""
        user, password = self.account.username, self.account.password
        try:
            with self._asking(Step.LOGIN):
                if re.search(r"[\r\n\0]", user + password):
                    raise poplib.error_proto(b"-ERR " + _("A user name or password must be a single line").encode())
                if self.account.bearer:
                    self._send_token()
                else:
                    self._pop.user(user)
                    self._pop.pass_(password)
        except ServerRefused as refusal:
            reply = self.account.quote(_words(refusal.__cause__ or refusal))
            raise refused_login(self.account, reply, for_now=any(code in reply for code in FOR_NOW)) from refusal
        self._report(signed_in(self.account))

    def _send_token(self) -> None:
        """AUTH (RFC 5034): the token in a line of its own, as it is longer than a command may be."""
        mechanism = sasl.chosen(self._pop.capa().get("SASL", []))
        if not mechanism:
            raise poplib.error_proto(b"-ERR " + _("The server offers no sign-in by OAuth2 on this connection").encode())
        reply = self._pop.say(f"AUTH {mechanism}")
        if reply.startswith(b"+"):
            reply = self._pop.say(base64.b64encode(sasl.initial_response(mechanism, self.account)).decode())
        if reply.startswith(b"+ "):  # the reason of a refusal
            reply = self._pop.say(base64.b64encode(sasl.refusal(mechanism, reply[2:])).decode())
        if not reply.startswith(b"+OK"):
            raise poplib.error_proto(reply)

    def _uidls(self) -> dict[int, str]:
        try:
            with self._asking(Step.LIST):
                return {number: text for number, text in self._pairs("UIDL") if text}
        except ServerRefused:
            return {}

    def _pairs(self, command: str) -> Iterator[tuple[int, str]]:
        """The lines of a listing that are a number and a word."""
        listing = self._pop.read(command, LIST_BYTES) or b""
        for line in listing.splitlines():
            number, _space, rest = line.decode("ascii", "replace").partition(" ")
            if number.isdigit() and len(number) < 10 and int(number):
                yield int(number), rest.split(" ")[0].strip()

    def _fingerprint(self, number: int) -> str:
        """What tells a message from others where the server does not: its header and size, else all of it."""
        try:
            content = self._top(number)
        except ServerRefused:
            with self._asking(Step.FETCH):
                content = self._pop.read(f"RETR {number}", self._largest) or b""
        return f"{hashlib.sha256(content).hexdigest()} {self._sizes[number]}"

    def _top(self, number: int) -> bytes:
        with self._asking(Step.FETCH):
            return self._pop.read(f"TOP {number} 0", self._largest) or b""

    @contextmanager
    def _asking(self, step: Step) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            self._end()
            raise timed_out(self.account, step) from error
        except poplib.error_proto as error:
            if isinstance(error.args[0], bytes):
                reply = self.account.quote(_words(error))
                message = Sentence.REFUSED.text(server=self.account.server, reply=reply)
                raise ServerRefused(step, message, temporary=True) from error
            self._end()
            raise cut_off(self.account, step, error) from error
        except (OSError, EOFError, ValueError, MemoryError) as error:
            self._end()
            raise cut_off(self.account, step, error) from error

    def _end(self) -> None:
        hang_up(self._socket)


class _Wire(poplib.POP3):
    """poplib over a socket of ours, with bytes as they are and lines as long as real mails have."""

    def __init__(self, account: Account, connection: socket.socket) -> None:
        self._connection = connection
        super().__init__(account.host, account.port, account.timeout)

    def _create_socket(self, timeout: float) -> socket.socket:
        return self._connection

    def _putline(self, line: bytes) -> None:
        """In any encoding that a user name may need."""
        self.sock.sendall(line + b"\r\n")

    def _putcmd(self, line: str) -> None:
        self._putline(line.encode())

    def say(self, line: str) -> bytes:
        """The answer to one line, whatever it is."""
        self._putcmd(line)
        answer: bytes = self._getline()[0]  # type: ignore[attr-defined]  # poplib's own
        return answer

    def read(self, command: str, most: int) -> bytes | None:
        """The lines of a long answer, byte for byte; None if they are more than `most` bytes, which are not kept."""
        self._shortcmd(command)  # type: ignore[attr-defined]  # poplib's own
        file: Any = self.file
        lines: list[bytes] = []
        held = 0
        while (line := file.readline(LINE_BYTES + 1)) not in (b".\r\n", b".\n"):
            if not line.endswith(b"\n"):
                raise poplib.error_proto("-ERR EOF" if len(line) <= LINE_BYTES else "line too long")
            held += len(line)
            if held <= most:
                lines.append(line[1:] if line.startswith(b"..") else line)
            elif held > MOST_TIMES * most:
                raise poplib.error_proto("too much")
        return b"".join(lines) if held <= most else None


def received_at(raw: bytes) -> datetime | None:
    """When the last server noted that it got the mail, else when it says it was written; never in the future."""
    header = re.split(rb"\r?\n\r?\n", raw[:HEADER_BYTES], maxsplit=1)[0]
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", header).decode("utf-8", "replace")
    found = re.search(r"(?im)^received:.*;(.*)$", unfolded) or re.search(r"(?im)^date:(.*)$", unfolded)
    at = parse_date(found[1].strip()) if found else None
    return min(at.astimezone(UTC), timezone.now()) if at else None


def test_connection(
    account: Account,
    count: Callable[[Pop3Session], StepResult] | None = None,  # noqa: PT028 - no test of pytest
) -> list[StepResult]:
    """Try everything fetching needs, up to the first failure, without changing anything."""
    results: list[StepResult] = []
    try:
        with Pop3Session(account, results.append) as session:
            held = session.select("", readonly=True).exists
            listed = ngettext("The mailbox holds %(count)d message.", "The mailbox holds %(count)d messages.", held)
            results.append(StepResult(Step.LIST, ok=True, detail=listed % {"count": held}))
            results += [count(session)] if count else []
    except ConnectionFailed as failure:
        results.append(failure.result)
    return results


def _key(text: str) -> int:
    """63 bits, as databases have them for whole numbers."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1 or 1


def _words(error: object) -> str:
    said = error.args[0] if isinstance(error, Exception) and error.args else error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return text.removeprefix("-ERR").strip()
