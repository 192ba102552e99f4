"""The context of an inbound mail: how it came, and what can be told of it without deciding anything."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db.models import QuerySet, Subquery
from django.utils import timezone

from helpdesk.database.prepared import PreparedQuery
from mailboxes.authentication.authorship import Claim, behind_form, behind_own_address
from mailboxes.authentication.sender_verdict import verdict_of
from mailboxes.inbound.routing import Route, route
from mailboxes.inbound.snapshot import Snapshot
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.parsing import ParsedEmail
from recipients.addressing.normalise import normalise, spellings
from recipients.matching.verdict import Verdict, Way
from recipients.models import Recipient
from recipients.models.recipients import RecipientQuerySet
from tickets.conversation.work import Work
from tickets.intake import threading
from tickets.intake.arrival import Arrival
from tickets.models import Queue
from tickets.text import references
from tickets.text.references import Token

TOO_OLD_TO_CONFIRM = timedelta(days=7)  # a mailbox that is fetched for the first time may hold years


class _Locked(NamedTuple):
    """What a ledger row that is now locked says."""

    processed_at: datetime | None
    original: int | None  # the row of the same mail


def _lock(pk: int, fingerprint: str) -> QuerySet[InboundEmail, Any]:
    originals = InboundEmail.objects.originals(fingerprint).exclude(pk=pk).order_by("pk")
    rows = InboundEmail.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).order_by()
    return rows.annotate(original=Subquery(originals.values("pk")[:1])).values_list("processed_at", "original")


_LOCK = PreparedQuery(_Locked, _lock, pk=0, fingerprint="")


@dataclass(frozen=True)
class InboundContext:
    """A parsed mail together with its ledger row and the snapshot of settings. Everything here is a question.

    `mail` has the author who counts here: by `claim`, if the mail came by way of a group, a form or a mailbox that
    forwards.
    """

    mail: ParsedEmail
    inbound: InboundEmail
    snapshot: Snapshot
    writer: Recipient  # the author's row, without a key if the address is new
    work: Work
    original: InboundEmail | None = None  # the ledger row of the same mail, processed before
    claim: Claim | None = None
    others: tuple[Recipient, ...] = ()  # the form by way of which it came, and the author's other spelling

    @classmethod
    def of(
        cls,
        mail: ParsedEmail,
        inbound: InboundEmail,
        snapshot: Snapshot,
        work: Work,
        find: Callable[[str], list[Recipient]],
        original: InboundEmail | None = None,
    ) -> Self:
        """`find` is asked for the rows of the author's address; for that of a form first, if a form sent the mail."""
        claim = behind_own_address(mail, snapshot.addresses, snapshot.further)
        mail = weighed(claim.applied(mail) if claim else mail, snapshot)
        writer, others = _rows(mail, find)
        filled_in = behind_form(mail, snapshot.addresses) if writer.is_form else None
        if filled_in is None:
            return cls(mail, inbound, snapshot, writer, work, original, claim, others)
        form, claim = writer, filled_in
        mail = replace(claim.applied(mail), is_automatic=mail.says_automatic_reply)
        writer, others = _rows(mail, find)
        return cls(mail, inbound, snapshot, writer, work, original, claim, (form, *others))

    @cached_property
    def author(self) -> str:
        """The From address, normalised; "" if the mail has none that can be used."""
        return normalise(self.mail.author.address)

    @cached_property
    def own_token(self) -> Token | None:
        """The token of the mail of ours that this is, by its signed Message-ID or loop header."""
        keys = settings.REFERENCE_KEYS
        return references.read_message_id(self.mail.message_id, keys) or references.read_token(
            self.mail.header("X-Helpdesk-Loop"), keys
        )

    @cached_property
    def sent_to(self) -> tuple[str, ...]:
        """Every address it was sent to: envelope, X-Original-To and its like, To, Cc; normalised, each once."""
        return tuple(dict.fromkeys((*self.traces, *self.written)))

    @cached_property
    def traces(self) -> tuple[str, ...]:
        """The addresses that servers noted: envelope, X-Original-To and its like; ours that passed it on before all."""
        ours = self.claim.by_way_of if self.claim and self.claim.way is not Way.FORM else ""
        return _normalised((ours, self.inbound.envelope_to, *self.mail.delivered_to))

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The addresses of To and Cc."""
        return _normalised(each.address for each in (*self.mail.to, *self.mail.cc))

    @cached_property
    def route(self) -> Route:
        return self.route_from(self.inbound.mailbox_id)

    def route_from(self, mailbox: int | None) -> Route:
        """The route if it was fetched from that mailbox."""
        return route(self.traces, self.written, mailbox, self.snapshot)

    @property
    def queue(self) -> Queue | None:
        """The queue that handles it, as it is in the snapshot; None if none does."""
        return None if self.route.queue is None else self.snapshot.queues[self.route.queue]

    @cached_property
    def verdict(self) -> Verdict:
        """What the server that fetched it says, and what our own check found at receipt; little of a claim."""
        found = verdict_of(self.mail, self.inbound)
        return self.claim.weighed(found) if self.claim else found

    @cached_property
    def arrival(self) -> Arrival:
        """What `tickets` has to know of the way it came."""
        mailbox = self.inbound.mailbox
        return Arrival(
            received_at=self.inbound.received_at,
            address=self.route.address,
            queue=self.queue,
            settings=self.snapshot.settings,
            sent_to=self.sent_to,
            verdict=self.verdict,
            enforce=mailbox is not None and mailbox.authentication == Mailbox.Authentication.ENFORCE,
            late=self.is_late,
            silent=self.inbound.silent,
            writer=self.writer,
            work=self.work,
        )

    @property
    def is_late(self) -> bool:
        """Whether its sender gets no confirmation any more: it is processed once more, or is old."""
        return bool(self.inbound.replayed_at) or timezone.now() - self.inbound.received_at > TOO_OLD_TO_CONFIRM


class Batch:
    """Mails that are processed in one transaction, one or several, whose ledger rows are locked.

    What another worker has, or has processed, is not among its `keys`. Their authors are locked before any ticket
    (docs/decisions/lock-order.md): what somebody decides about an author meanwhile has been decided when the mail is,
    or waits for it.
    """

    def __init__(self, mails: Sequence[tuple[InboundEmail, ParsedEmail]], snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.work = Work(snapshot.settings, snapshot.recognition, together=len(mails))
        self._originals = _locked(mails)
        self.keys = self._originals.keys()  # of the rows that are ours
        self._done: dict[str, InboundEmail] = {}
        if len(mails) > 1:
            for inbound, mail in mails:
                if inbound.pk in self.keys:
                    _expect(mail, inbound, snapshot, self.work)

    def context(self, inbound: InboundEmail, mail: ParsedEmail) -> InboundContext:
        """What `mail` is decided by, now that those before it are processed."""
        original = self._done.get(mail.fingerprint) or self._originals[inbound.pk]
        return InboundContext.of(mail, inbound, self.snapshot, self.work, self.work.people.writing_from, original)

    def processed(self, inbound: InboundEmail) -> None:
        """That the same mail, should it come again, is a duplicate of this one."""
        if inbound.is_original:
            self._done[inbound.fingerprint] = inbound


def _locked(mails: Sequence[tuple[InboundEmail, ParsedEmail]]) -> dict[int, InboundEmail | None]:
    """Lock the ledger rows that nobody else has, or has processed; each with the row of the same mail, if there is one.

    One query for one mail, two for several, and one more for an original.
    """
    if len(mails) > 1:
        return _several_locked({inbound.pk: mail.fingerprint for inbound, mail in mails})
    ((inbound, mail),) = mails
    found = next(iter(_LOCK.rows(pk=inbound.pk, fingerprint=mail.fingerprint)), None)
    if found is None or found.processed_at is not None:
        return {}
    rows = InboundEmail.objects.select_related("ticket")
    return {inbound.pk: rows.get(pk=found.original) if found.original is not None else None}


def _several_locked(fingerprints: Mapping[int, str]) -> dict[int, InboundEmail | None]:
    rows = InboundEmail.objects.filter(pk__in=fingerprints, processed_at__isnull=True).order_by("pk")
    free = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    known = InboundEmail.objects.originals(*{fingerprints[pk] for pk in free}).select_related("ticket")
    originals = {row.fingerprint: row for row in known.order_by("-pk")}
    return {pk: originals.get(fingerprints[pk]) for pk in free}


def _expect(mail: ParsedEmail, inbound: InboundEmail, snapshot: Snapshot, work: Work) -> None:
    """That `mail` is going to be taken in with others: what it needs is read with what they need."""
    claim = behind_own_address(mail, snapshot.addresses, snapshot.further)
    mail = claim.applied(mail) if claim else mail
    filled_in = behind_form(mail, snapshot.addresses)
    authors = {normalise(mail.author.address), normalise(filled_in.author.address) if filled_in else ""} - {""}
    written = _normalised(each.address for each in (*mail.to, *mail.cc))
    work.people.writers.expect(form for address in authors for form in spellings(address))
    work.people.expect({*written} - authors)
    work.directories.expect(authors)
    work.notices.gate.expect(authors)
    threading.expect(mail, _normalised((inbound.envelope_to, *mail.delivered_to, *written)), work)


def weighed(mail: ParsedEmail, snapshot: Snapshot) -> ParsedEmail:
    """`mail` with `is_automatic` as it counts here.

    A group behind an address of ours adds the headers of a list to what people write to it. An absence that only its
    subject names is not confirmed.
    """
    ours = mail.is_automatic_by_list and any(normalise(each) in snapshot.addresses for each in mail.list_addresses)
    automatic = mail.says_automatic_reply or (mail.is_automatic and not ours)
    if automatic is mail.is_automatic:
        return mail
    return replace(mail, is_automatic=automatic, is_bulk=mail.is_bulk and automatic)


def _normalised(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(found for address in addresses if (found := normalise(address)))


def rows_of(address: str) -> RecipientQuerySet:
    """The rows of the person who writes from the normalised `address`."""
    return Recipient.objects.filter(address__in=spellings(address))


def _rows(mail: ParsedEmail, find: Callable[[str], list[Recipient]]) -> tuple[Recipient, tuple[Recipient, ...]]:
    """The author's row, one without a key if there is none, and others of the same person. One query."""
    address = normalise(mail.author.address)
    found = {each.address: each for each in find(address)} if address else {}
    writer = found.pop(address, None) or Recipient(address=address)
    return writer, tuple(found.values())
