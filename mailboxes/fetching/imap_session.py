"""An IMAP session: reading a folder and acting on its messages, addressed by UID only (RFC 3501)."""

import errno
import re
import select
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from types import TracebackType
from typing import Any, Self

from django.utils.translation import ngettext
from imapclient import IMAPClient

from mailboxes.connections.account import Account, ConnectionFailed, Report, Step, StepResult
from mailboxes.fetching.imap_client import PASSING, FolderGone, ServerRefused, open_client, response_code, translated

__all__ = [
    "Envelope",
    "Fetched",
    "Folder",
    "FolderGone",
    "FolderState",
    "ServerRefused",
    "Session",
    "test_connection",
]

UIDS_PER_COMMAND = 500  # a command line stays under the 8 KB that RFC 7162 promises
UIDS_PER_SEARCH = 80_000  # an answer stays under imaplib's 1,000,000 characters a line
BATCH_BYTES = 8 * 1024 * 1024
BATCH_MESSAGES = 100
HEADER_BYTES = 256 * 1024
LONGEST_LINE = 1024 * 1024
_EXISTS = re.compile(rb"\* \d+ EXISTS\b", re.IGNORECASE)
UNSELECTABLE = {b"\\noselect", b"\\nonexistent"}  # RFC 5258


@dataclass(frozen=True)
class FolderState:
    """What the server says of a folder when it is opened. UIDs mean nothing once `uidvalidity` has changed."""

    name: str
    uidvalidity: int
    uidnext: int | None
    exists: int


@dataclass(frozen=True)
class Folder:
    """A folder of the account; one that is not `selectable` only holds others."""

    name: str
    selectable: bool


@dataclass(frozen=True)
class Envelope:
    """What is known of a message before it is fetched. `size` is in bytes, `internaldate` in UTC."""

    size: int
    internaldate: datetime | None
    flags: frozenset[str]


@dataclass(frozen=True)
class Fetched:
    """One message of a batch. Without `raw` it was expunged meanwhile, or `refusal` says why the server keeps it."""

    uid: int
    raw: bytes | None
    refusal: str = ""


class Session:
    """A signed-in connection: `with Session(account) as session:`.

    Every method raises `ConnectionFailed`; after anything but a `ServerRefused` the session is over.
    """

    def __init__(self, account: Account, report: Report = lambda result: None) -> None:
        self.account = account
        self._report = report
        self._client: IMAPClient = None
        self._folder: FolderState | None = None
        self._idling = False  # then the server answers nothing but the end of it
        self._half = b""  # of a line, while idling

    def __enter__(self) -> Self:
        self._client = open_client(self.account, self._report)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Sign out. LOGOUT, not CLOSE: CLOSE would expunge what other programs marked as deleted."""
        with suppress(Exception):
            if self._client is not None and not self._idling:
                self._client.logout()
        self._shut()

    def select(self, folder: str, *, readonly: bool) -> FolderState:
        """Open a folder; read-only opening (EXAMINE) changes nothing on the server, not even \\Recent."""
        if not folder or not folder.isprintable():
            raise FolderGone(self.account, folder)
        try:
            with self._asking(Step.FOLDER):
                reply = self._client.select_folder(folder, readonly)
                self._folder = _folder_state(folder, reply)
        except ServerRefused as refusal:
            raise self._why_not(folder, refusal) from refusal
        return self._folder

    def list_folders(self) -> list[Folder]:
        with self._asking(Step.LIST):
            listed = self._client.list_folders()
            return [
                Folder(name, not UNSELECTABLE & {flag.lower() for flag in flags}) for flags, _delimiter, name in listed
            ]

    def uids_after(self, uid: int) -> list[int]:
        """The UIDs above `uid`, ascending. `*` alone also matches the last message below it, so that is left out."""
        found: set[int] = set()
        with self._asking(Step.LIST):
            for span in self._spans(uid):
                found.update(self._client.search(["UID", span]))
        return sorted(each for each in found if each > uid)

    def uids_since(self, day: date, uids: Sequence[int]) -> list[int]:
        """Those of `uids`, a folder's up to some UID, that came on `day` or later."""
        with self._asking(Step.LIST):
            found = {*self._client.search(["SINCE", day])}
        return [uid for uid in uids if uid in found]

    def arrived_at(self, uid: int) -> datetime | None:
        """When the server took the message in, to the second; None if it is gone."""
        envelope = self.sizes_and_dates([uid]).get(uid)
        return envelope.internaldate if envelope else None

    def sizes_and_dates(self, uids: Sequence[int]) -> dict[int, Envelope]:
        """Size, date and flags of each message that is still there."""
        known: dict[int, Envelope] = {}
        for chunk in _chunks(uids, UIDS_PER_COMMAND):
            answers = self._fetch(chunk, ["RFC822.SIZE", "INTERNALDATE", "FLAGS"])
            known |= {uid: _envelope(answer) for uid, answer in answers.items()}
        return known

    def raw(self, uid: int) -> bytes | None:
        """The whole message, byte for byte, without marking it as seen; None when it was expunged meanwhile."""
        return self._section([uid], "BODY[]").get(uid)

    def raw_many(
        self, envelopes: Mapping[int, Envelope], batch_bytes: int = BATCH_BYTES, batch_messages: int = BATCH_MESSAGES
    ) -> Iterator[Fetched]:
        """Every message in turn, fetched in batches of at most so many bytes (or one larger message) and messages.

        Where the server refuses a batch, its messages are fetched one by one: one it cannot read stops no other.
        """
        for batch in _batches(envelopes, batch_bytes, batch_messages):
            try:
                found = self._section(batch, "BODY[]")
            except ServerRefused:
                yield from map(self._one_of_many, batch)
            else:
                for uid in batch:
                    yield Fetched(uid, found.pop(uid, None))

    def headers(self, uid: int) -> bytes | None:
        """The header of a message that is too large to fetch, at most its first 256 KB; None when it is gone."""
        return self._section([uid], "BODY[HEADER]", f"<0.{HEADER_BYTES}>").get(uid)

    def can_idle(self) -> bool:
        with self._asking(Step.LIST):
            return bool(self._client.has_capability("IDLE"))

    def begin_idle(self) -> None:
        """From here on until `end_idle` the server tells of changes by itself (RFC 2177)."""
        with self._asking(Step.LIST):
            self._client.idle()
            self._idling, self._half = True, b""

    def heard(self, seconds: float) -> bool:
        """Whether a message comes into the folder within so many seconds.

        IMAPClient's own `idle_check` misses what its buffer holds already, ends at half a line, and takes an end of
        the connection for silence.
        """
        connection = self._client.socket()
        with self._asking(Step.LIST):
            connection.setblocking(False)
            try:
                received = self._at_hand()
                if not received and select.select([connection], [], [], seconds)[0]:
                    received = self._at_hand()
                    if received == b"":
                        raise ConnectionResetError(errno.ECONNRESET, "EOF")
            finally:
                connection.settimeout(self.account.timeout)
            *lines, self._half = (self._half + (received or b"")).split(b"\n")
            if len(self._half) > LONGEST_LINE or any(line.startswith(b"* BYE") for line in lines):
                raise ConnectionResetError(errno.ECONNRESET, "BYE")
        return any(_EXISTS.match(line) for line in lines)

    def end_idle(self) -> bool:
        """Whether a message came at the last moment. A line that has begun is read to its end first."""
        came = bool(self._half) and self.heard(self.account.timeout)
        with self._asking(Step.LIST):
            if self._half:
                raise ConnectionResetError(errno.ECONNRESET, "half a line")
            _text, answers = self._client.idle_done()
            self._idling = False
        return came or any(b"EXISTS" in answer[1:2] for answer in answers)

    def _at_hand(self) -> bytes | None:
        """What can be read without waiting: b"" at the end of the connection, None if that is nothing so far."""
        file = self._client._imap.file
        chunks: list[bytes] = []
        while True:
            try:
                chunk = file.read1(65536)
            except (BlockingIOError, ssl.SSLWantReadError):
                break
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
        return b"".join(chunks) or None

    def mark_seen(self, uids: Sequence[int]) -> None:
        with self._asking(Step.CHANGE):
            for chunk in _chunks(uids, UIDS_PER_COMMAND):
                self._client.add_flags(chunk, [b"\\Seen"], silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """MOVE (RFC 6851), else copy and delete. Run again after a broken connection it may leave a second copy."""
        for chunk in _chunks(uids, UIDS_PER_COMMAND):
            try:
                with self._asking(Step.CHANGE):
                    if self._client.has_capability("MOVE"):
                        self._client.move(chunk, folder)
                        continue
                    self._client.copy(chunk, folder)
            except ServerRefused as refusal:
                if response_code(refusal) in {"TRYCREATE", "NONEXISTENT"}:
                    raise FolderGone(self.account, folder, Step.CHANGE) from refusal
                raise
            self.delete(chunk)

    def delete(self, uids: Sequence[int]) -> None:
        """Delete these and no others: a bare EXPUNGE would take along what other programs marked as deleted.

        A server without UIDPLUS (RFC 4315) keeps them marked \\Deleted until the owner's mail program expunges.
        """
        with self._asking(Step.CHANGE):
            for chunk in _chunks(uids, UIDS_PER_COMMAND):
                self._client.add_flags(chunk, [b"\\Deleted"], silent=True)
                if self._client.has_capability("UIDPLUS"):
                    self._client.uid_expunge(chunk)

    def _spans(self, uid: int) -> Iterator[str]:
        """One search for a folder of usual size, else so many searches that no answer is too long a line."""
        state = self._folder
        first = uid + 1
        if state and state.exists > UIDS_PER_SEARCH and state.uidnext:
            for first in range(uid + 1, state.uidnext, UIDS_PER_SEARCH):
                yield f"{first}:{first + UIDS_PER_SEARCH - 1}"
            first = max(first, state.uidnext)
        yield f"{first}:*"

    def _one_of_many(self, uid: int) -> Fetched:
        try:
            return Fetched(uid, self.raw(uid))
        except ServerRefused as refusal:
            return Fetched(uid, None, refusal.message)

    def _section(self, uids: Sequence[int], section: str, span: str = "") -> dict[int, bytes]:
        """A part of each message, with PEEK so that no flag changes."""
        answers = self._fetch(uids, [section.replace("BODY", "BODY.PEEK") + span])
        key = section.encode() + (b"<0>" if span else b"")
        found: dict[int, bytes] = {}
        for uid in uids:
            content = answers.pop(uid, {}).get(key)
            if isinstance(content, bytes):
                found[uid] = content
        return found

    def _fetch(self, uids: Sequence[int], items: list[str]) -> dict[int, dict[bytes, Any]]:
        with self._asking(Step.FETCH):
            answers: dict[int, dict[bytes, Any]] = self._client.fetch(uids, items)
            return answers

    def _why_not(self, folder: str, refusal: ServerRefused) -> ConnectionFailed:
        """A folder was refused: is it gone, or is it there and the server in trouble?"""
        code = response_code(refusal)
        if code in PASSING:
            return refusal
        if code != "NONEXISTENT" and Folder(folder, selectable=True) in self.list_folders():
            return refusal
        return FolderGone(self.account, folder)

    @contextmanager
    def _asking(self, step: Step) -> Iterator[None]:
        try:
            with translated(self.account, step):
                yield
        except ServerRefused:
            raise
        except ConnectionFailed:
            self._shut()
            raise

    def _shut(self) -> None:
        """Close the socket at once: a server that hangs would let a polite LOGOUT wait for as long again."""
        with suppress(Exception):
            if self._client is not None:
                self._client.shutdown()


def test_connection(
    account: Account,
    folder: str,
    count: Callable[[Session], StepResult] | None = None,  # noqa: PT028 - no test of pytest
) -> list[StepResult]:
    """Try everything fetching needs, up to the first failure. Read-only: no message, flag or folder is touched.

    `count` says of the open folder what would be taken in. A folder that is not there fails, and those that are follow.
    """
    results: list[StepResult] = []
    try:
        with Session(account, results.append) as session:
            try:
                state = session.select(folder, readonly=True)
            except FolderGone as gone:
                return [*results, replace(gone.result, folders=_listed(session).folders)]
            opened = ngettext(
                "“%(folder)s” can be opened; it holds %(count)d message.",
                "“%(folder)s” can be opened; it holds %(count)d messages.",
                state.exists,
            )
            opened %= {"folder": folder, "count": state.exists}
            results.append(StepResult(Step.FOLDER, ok=True, detail=opened))
            results += [count(session)] if count else []
            results.append(_listed(session))
    except ConnectionFailed as failure:
        results.append(failure.result)
    return results


def _listed(session: Session) -> StepResult:
    folders = session.list_folders()
    count = len(folders)
    listed = ngettext("The account has %(count)d folder.", "The account has %(count)d folders.", count)
    names = tuple(each.name for each in folders if each.selectable)
    return StepResult(Step.LIST, ok=True, detail=listed % {"count": count}, folders=names)


def _folder_state(folder: str, reply: Mapping[bytes, Any]) -> FolderState:
    return FolderState(folder, reply.get(b"UIDVALIDITY", 0), reply.get(b"UIDNEXT"), reply[b"EXISTS"])


def _envelope(answer: Mapping[bytes, Any]) -> Envelope:
    size, date, flags = answer.get(b"RFC822.SIZE"), answer.get(b"INTERNALDATE"), answer.get(b"FLAGS") or ()
    return Envelope(
        size=size if isinstance(size, int) else 0,
        internaldate=date.astimezone(UTC) if isinstance(date, datetime) else None,
        flags=frozenset(str(flag, "ascii", "replace") for flag in flags if isinstance(flag, bytes)),
    )


def _chunks(uids: Sequence[int], size: int) -> Iterator[list[int]]:
    remaining = iter(uids)
    while chunk := list(islice(remaining, size)):
        yield chunk


def _batches(envelopes: Mapping[int, Envelope], most_bytes: int, most: int) -> Iterator[list[int]]:
    batch: list[int] = []
    held = 0
    for uid, envelope in envelopes.items():
        if batch and (held + envelope.size > most_bytes or len(batch) >= most):
            yield batch
            batch, held = [], 0
        batch.append(uid)
        held += envelope.size
    if batch:
        yield batch
