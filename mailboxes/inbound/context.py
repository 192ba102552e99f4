"""The context of an inbound mail: how it came, and what can be told of it without deciding anything."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db.models import QuerySet, Subquery
from django.utils import timezone

from helpdesk.database.prepared import PreparedObject, PreparedQuery
from mailboxes.authentication.sender_verdict import verdict_of
from mailboxes.inbound.routing import Route, route
from mailboxes.inbound.snapshot import Snapshot
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.parsing import ParsedEmail
from recipients.addressing.normalise import normalise
from recipients.matching.verdict import Verdict
from recipients.models import Recipient
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
_WRITER = PreparedObject(lambda address: Recipient.objects.filter(address=address).locked(), address="")


@dataclass(frozen=True)
class InboundContext:
    """A parsed mail together with its ledger row and the snapshot of settings. Everything here is a question."""

    mail: ParsedEmail
    inbound: InboundEmail
    snapshot: Snapshot
    writer: Recipient  # the author's row, without a key if the address is new
    original: int | None = None  # the ledger row of the same mail, processed before

    @classmethod
    def locked(cls, mail: ParsedEmail, inbound: InboundEmail, snapshot: Snapshot) -> Self | None:
        """Lock the ledger row and that of the author, before any ticket (docs/decisions/lock-order.md).

        What somebody decides about the author meanwhile has been decided when the mail is, or waits for it. None if
        another worker has the mail, or has processed it.
        """
        locked = next(iter(_LOCK.rows(pk=inbound.pk, fingerprint=mail.fingerprint)), None)
        if locked is None or locked.processed_at is not None:
            return None
        writer = writer_of(mail, lambda address: _WRITER.first(address=address))
        return cls(weighed(mail, snapshot), inbound, snapshot, writer, locked.original)

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
        """The addresses that servers noted: envelope, X-Original-To and its like."""
        return _normalised((self.inbound.envelope_to, *self.mail.delivered_to))

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
        """What the server that fetched it says, and what our own check found at receipt."""
        return verdict_of(self.mail, self.inbound)

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
            writer=self.writer,
        )

    @property
    def is_late(self) -> bool:
        """Whether its sender gets no confirmation any more: it is processed once more, or is old."""
        return bool(self.inbound.replayed_at) or timezone.now() - self.inbound.received_at > TOO_OLD_TO_CONFIRM


def weighed(mail: ParsedEmail, snapshot: Snapshot) -> ParsedEmail:
    """`mail` with `is_automatic` as it counts here.

    A group behind an address of ours adds the headers of a list to what people write to it. An absence that only its
    subject names is not confirmed.
    """
    ours = mail.is_automatic_by_list and any(normalise(each) in snapshot.addresses for each in mail.list_addresses)
    automatic = mail.says_automatic_reply or (mail.is_automatic and not ours)
    return mail if automatic is mail.is_automatic else replace(mail, is_automatic=automatic)


def _normalised(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(found for address in addresses if (found := normalise(address)))


def writer_of(mail: ParsedEmail, find: Callable[[str], Recipient | None]) -> Recipient:
    """The author's row, as `find` finds it, or one without a key if there is none. One query."""
    address = normalise(mail.author.address)
    return (find(address) if address else None) or Recipient(address=address)
