"""The fetch of a folder: each message into the ledger, once, and then flagged, moved or deleted on the server.

A batch: raw mails to the archive, their rows and the cursor in one commit, all of them processed in another one,
and only then the server is told to flag, move or delete what is processed. A worker that is killed in between leaves
rows that say how far it came; the next fetch goes on from there (L01, L02, L03, L04, L05, L06, L12, L13).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk import limits
from mailboxes.connections.account import ConnectionFailed, LoginRefused, Step
from mailboxes.connections.sentences import Sentence
from mailboxes.fetching import beginning, reconciliation
from mailboxes.fetching.imap_session import Envelope, FolderState, ServerRefused, Session
from mailboxes.fetching.pop3 import Pop3Session, received_at
from mailboxes.inbound.pipeline import process_batch
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.models.mailbox import lease
from mailboxes.oauth.tokens import account_for, may_be_stale
from mailboxes.sending import notices
from mailboxes.storage import archive

UIDS_AT_ONCE = 1000  # sizes and dates are asked for so many messages at a time
BATCH_MESSAGES = 50
BATCH_BYTES = 2 * 1024 * 1024
MOST_SILENT = 20  # mails that are listed and not handed over, each a row of its own


class Superseded(ConnectionFailed):
    """The lease ran out while this worker was slow, and another one has taken over. Nothing is lost or doubled."""

    def __init__(self) -> None:
        message = _("A part of the mailbox took too long to fetch; another worker continues.")
        super().__init__(Step.FETCH, message, temporary=True)


class StorageTrouble(ConnectionFailed):
    """The helpdesk itself lacks what it needs to take mail in; `message` says what."""

    def __init__(self, message: str) -> None:
        super().__init__(Step.FETCH, message, temporary=True)


@dataclass(frozen=True, slots=True)
class _Arrived:
    """One message of the folder: its bytes, or its header alone, or the server's refusal to hand it over."""

    uid: int
    envelope: Envelope
    raw: bytes | None
    headers_only: bool = False
    refusal: str = ""


class FolderFetch:
    """One connection, one folder, one worker."""

    def __init__(
        self,
        mailbox: Mailbox,
        found: Callable[[int], None],
        processed: Callable[[list[InboundEmail]], None],
    ) -> None:
        self.mailbox, self._found, self._processed = mailbox, found, processed
        self._renewed = time.monotonic()
        self._refusal: ServerRefused | None = None
        self._deleted: list[int] = []  # rows whose mail is deleted as soon as the session is committed
        self.session: Session | Pop3Session
        self.folder: FolderState

    def run(self) -> str:
        """Take in whatever is new. Returns a sentence about what was special, "" if nothing was.

        Raises `ConnectionFailed`, at the end if the server refused no more than to flag, move or delete.
        """
        mailbox = self.mailbox
        with opened(mailbox) as self.session:
            self.folder = self.session.select(mailbox.folder, readonly=mailbox.after_fetch == Mailbox.AfterFetch.KEEP)
            special = self._start_over() if mailbox.uidvalidity != self.folder.uidvalidity else ""
            new = reconciliation.compare(mailbox, self.folder, self.session)
            self._found(len(new))
            for start in range(0, len(new), UIDS_AT_ONCE):
                self._fetch_some(new[start : start + UIDS_AT_ONCE])
            self._ask_again()
            self._finish_server_actions()
            if new and (left := reconciliation.compare(mailbox, self.folder, self.session)):
                self._take_in_silent(sorted({*new} & {*left}))
            if isinstance(self.session, Pop3Session):
                self._commit(self.session)
        if self._refusal:
            raise self._refusal
        return special

    def _commit(self, session: Pop3Session) -> None:
        """POP3 deletes at the end of a session, and only then is it done."""
        session.commit()
        done = InboundEmail.ServerAction.DONE
        InboundEmail.objects.filter(pk__in=self._deleted).update(server_action=done)

    def _start_over(self) -> str:
        """The server has numbered the folder anew: every message is looked at again, known ones end as duplicates."""
        mailbox, known = self.mailbox, self.mailbox.uidvalidity
        mailbox.uidvalidity, mailbox.last_uid = self.folder.uidvalidity, 0
        mailbox.save(update_fields=["uidvalidity", "last_uid"])
        beginning.begin(mailbox, self.session)
        if known is None:
            return ""
        return Sentence.RENUMBERED.text(day=timezone.localdate())

    def _fetch_some(self, uids: Sequence[int]) -> None:
        envelopes = self.session.sizes_and_dates(uids)
        small = {uid: each for uid, each in envelopes.items() if each.size <= self.mailbox.max_message_bytes}
        with archive.saving() as begin:
            for batch, names in _archived(self._batches(small), begin):
                self._take_in(batch, names)
        for uid in envelopes.keys() - small.keys():
            header = self.session.headers(uid)
            self._take_in([_Arrived(uid, envelopes[uid], header, headers_only=True)] if header is not None else [])

    def _batches(self, envelopes: Mapping[int, Envelope]) -> Iterator[list[_Arrived]]:
        """Bounded in messages and bytes. What was expunged meanwhile is left out."""
        batch: list[_Arrived] = []
        held = 0
        for fetched in self.session.raw_many(envelopes, BATCH_BYTES, BATCH_MESSAGES):
            self._stay()
            if fetched.raw is None and not fetched.refusal:
                continue
            size = len(fetched.raw or b"")
            if batch and held + size > BATCH_BYTES:
                yield batch
                batch, held = [], 0
            batch.append(_Arrived(fetched.uid, envelopes[fetched.uid], fetched.raw, refusal=fetched.refusal))
            held += size
            if len(batch) == BATCH_MESSAGES:
                yield batch
                batch, held = [], 0
        if batch:
            yield batch

    def _take_in(self, batch: list[_Arrived], names: Sequence[Future[str]] = ()) -> None:
        """Archive and commit, process, then the server. `names` in the archive, if the batch is on its way there."""
        if not batch:
            return
        named = [each.result() for each in names] or archive.save_many([each.raw or b"" for each in batch])
        rows = [self._row(each, name) for each, name in zip(batch, named, strict=True)]
        try:
            with transaction.atomic():
                InboundEmail.objects.bulk_create(rows)
                self._advance(max(each.uid for each in batch))
        except IntegrityError:
            raise Superseded from None
        raws = [each.raw for each in batch]
        batch.clear()  # one mail after the other can be forgotten
        waiting = ((row, raws.pop(0)) for row in rows)
        processed = process_batch((row, raw) for row, raw in waiting if raw is not None)
        self._processed(processed)
        self._act([row for row in processed if row.is_processed])
        if lacking := next((row.postponed for row in processed if row.postponed), ""):
            raise StorageTrouble(lacking)
        self._stay(even_if_young=True)

    def _received_at(self, arrived: _Arrived) -> datetime:
        return self._dated(arrived) or timezone.now()

    def _dated(self, arrived: _Arrived) -> datetime | None:
        """When the server says that it came; over POP3 what the mail's own header says of that."""
        if isinstance(self.session, Pop3Session):
            return received_at(arrived.raw or b"")
        return arrived.envelope.internaldate

    def _row(self, arrived: _Arrived, sha256: str) -> InboundEmail:
        """The ledger row. What is too large stays on the server as it is, whatever is done with the others."""
        acts = self.mailbox.after_fetch != Mailbox.AfterFetch.KEEP and not arrived.headers_only
        actions = InboundEmail.ServerAction
        row = InboundEmail(
            mailbox=self.mailbox,
            folder=self.folder.name,
            uidvalidity=self.folder.uidvalidity,
            uid=arrived.uid,
            received_at=self._received_at(arrived),
            size=arrived.envelope.size or len(arrived.raw or b""),
            raw_sha256=sha256 if arrived.raw is not None else "",
            headers_only=arrived.headers_only,
            silent=self.mailbox.is_of_the_past(arrived.uid, self._dated(arrived)),
            attempts=1,
            next_attempt_at=timezone.now() + lease(),
            server_action=actions.PENDING if acts else actions.NONE,
        )
        if arrived.raw is None:
            row.outcome, row.reason = Outcome.FAILED, _refused(arrived.refusal)
        return row

    def _take_in_silent(self, uids: Sequence[int]) -> None:
        """What the server lists, before and after, and did not hand over, though it refused nothing: asked once more.

        Then each is a row, asked for again like what is refused, and people are told once. Too many are no trouble of
        single mails, but of the server.
        """
        refusals: dict[int, str] = {}
        for uid in uids[: MOST_SILENT + 1]:
            try:
                raw = self.session.raw(uid)
            except ServerRefused as refusal:
                refusals[uid] = refusal.message
                continue
            if raw is not None:
                self._take_in([_Arrived(uid, self._envelope(uid), raw)])
                uids = [each for each in uids if each != uid]
        if len(uids) > MOST_SILENT:
            raise ConnectionFailed(Step.FETCH, Sentence.DELIVERS_NOTHING.text(count=len(uids)), temporary=True)
        if not uids:
            return
        why = {uid: refusals.get(uid) or _silence() for uid in uids}
        self._take_in([_Arrived(uid, self._envelope(uid), None, refusal=said) for uid, said in why.items()])
        notices.mail_is_not_handed_over(self.mailbox.name, len(uids))
        reconciliation.compare(self.mailbox, self.folder, self.session)

    def _envelope(self, uid: int) -> Envelope:
        return self.session.sizes_and_dates([uid]).get(uid) or Envelope(0, None, frozenset())

    def _advance(self, uid: int) -> None:
        """The cursor, in the commit of the rows it stands for."""
        self.mailbox.last_uid = max(self.mailbox.last_uid, uid)
        Mailbox.objects.filter(pk=self.mailbox.pk, last_uid__lt=uid, uidvalidity=self.folder.uidvalidity).update(
            last_uid=uid
        )

    def _ask_again(self) -> None:
        """What the server refused to hand over last time, while its pauses last; then it stays in the log as it is."""
        refused = InboundEmail.objects.filter(
            self._here(), raw_sha256="", processed_at__isnull=True, next_attempt_at__lte=timezone.now()
        )
        for row in refused:
            try:
                raw = self.session.raw(row.uid or 0)
            except ServerRefused as refusal:
                self._refused_again(row, refusal.message)
                continue
            if raw is None and self.session.sizes_and_dates([row.uid or 0]):
                self._refused_again(row, _silence())
                continue
            if raw is None:
                row.conclude(Outcome.QUARANTINED, _("It was deleted on the server before it could be fetched."))
                continue
            row.raw_sha256, row.size = archive.save(raw), len(raw)
            row.save(update_fields=["raw_sha256", "size"])
            self._act([row for row in process_batch([(row, raw)]) if row.is_processed])

    def _refused_again(self, row: InboundEmail, refusal: str) -> None:
        row.attempts += 1
        row.save(update_fields=["attempts"])
        if row.attempts > limits.MAIL_ATTEMPTS.amount:
            row.server_action = InboundEmail.ServerAction.NONE
            row.save(update_fields=["server_action"])
            row.conclude(Outcome.QUARANTINED, _refused(refusal))
        else:
            row.fail("", _refused(refusal))

    def _act(self, rows: Sequence[InboundEmail]) -> None:
        """Flag, move or delete processed messages, then write down that it was done. A refusal stops no other mail."""
        pending = [row for row in rows if row.server_action == InboundEmail.ServerAction.PENDING]
        uids = [row.uid for row in pending if row.uid]
        if not uids or self._refusal:
            return
        try:
            match self.mailbox.after_fetch:
                case Mailbox.AfterFetch.MARK_SEEN:
                    self.session.mark_seen(uids)
                case Mailbox.AfterFetch.MOVE:
                    self.session.move(uids, self.mailbox.move_to)
                case Mailbox.AfterFetch.DELETE:
                    self.session.delete(uids)
        except ServerRefused as refusal:
            self._refusal = refusal
            return
        if isinstance(self.session, Pop3Session):
            self._deleted += [row.pk for row in pending]
        else:
            done = InboundEmail.objects.filter(pk__in=[row.pk for row in pending])
            done.update(server_action=InboundEmail.ServerAction.DONE)

    def _finish_server_actions(self) -> None:
        """Whatever an earlier fetch left to do here; what lies elsewhere, or is to be kept by now, needs nothing."""
        pending = InboundEmail.objects.filter(mailbox=self.mailbox, server_action=InboundEmail.ServerAction.PENDING)
        here = pending.filter(self._here()) if self.mailbox.after_fetch != Mailbox.AfterFetch.KEEP else pending.none()
        pending.exclude(pk__in=here.values("pk")).update(server_action=InboundEmail.ServerAction.NONE)
        here = here.filter(processed_at__isnull=False)
        while rows := list(here.exclude(pk__in=self._deleted).order_by("uid")[:UIDS_AT_ONCE]):
            self._act(rows)
            if self._refusal:
                return

    def _here(self) -> Q:
        return Q(mailbox=self.mailbox, folder=self.folder.name, uidvalidity=self.folder.uidvalidity)

    def _stay(self, *, even_if_young: bool = False) -> None:
        """Renew the lease before it runs out, or give way to who has taken over."""
        if not even_if_young and time.monotonic() - self._renewed < lease().total_seconds() / 4:
            return
        if not self.mailbox.renew():
            raise Superseded
        self._renewed = time.monotonic()


def _archived(
    batches: Iterable[list[_Arrived]], begin: Callable[[Sequence[bytes]], list[Future[str]]]
) -> Iterator[tuple[list[_Arrived], list[Future[str]]]]:
    """Each batch with its names in the archive. The one after it gets there meanwhile, unless this one is large."""
    waiting: list[tuple[list[_Arrived], list[Future[str]]]] = []
    for batch in batches:
        waiting.append((batch, begin([each.raw or b"" for each in batch])))
        is_large = sum(len(each.raw or b"") for each in batch) > BATCH_BYTES
        while len(waiting) > (0 if is_large else 1):
            yield waiting.pop(0)
    yield from waiting


@contextmanager
def opened(mailbox: Mailbox) -> Iterator[Session | Pop3Session]:
    """A session by the protocol of the mailbox, signed in. A token that ended before its time is renewed, once."""
    with ExitStack() as stack:
        try:
            session = _session(mailbox)
            stack.enter_context(session)
        except LoginRefused:
            if not may_be_stale(mailbox):
                raise
            session = _session(mailbox, anew=True)
            stack.enter_context(session)
        yield session


def _session(mailbox: Mailbox, *, anew: bool = False) -> Session | Pop3Session:
    account = account_for(mailbox, mailbox.imap_account, anew=anew)
    if mailbox.protocol == Mailbox.Protocol.POP3:
        return Pop3Session(account, largest=mailbox.max_message_bytes)
    return Session(account)


def _silence() -> str:
    return _("it lists the mail but sends nothing when asked for it.")


def _refused(refusal: str) -> str:
    return _("The server does not deliver it: %(refusal)s") % {"refusal": refusal}
