"""The one gate that every notification passes: may this address get a mail now? (L21, L22, L23, L43)"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, IntegerField, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from helpdesk.database.prepared import PreparedQuery
from recipients.addressing.normalise import domain_of, is_public_mail, organisation_of, untagged
from recipients.models import OwnAddress, Recipient
from tickets.models import Event, Outbox, TicketSettings
from tickets.notifications.audience import Copy

#: What answers a mail of somebody who may be a machine, or somebody else than they say.
_TO_THE_SENDER = (Outbox.Kind.REQUEST_RECEIVED, Outbox.Kind.VERIFICATION, Outbox.Kind.SATISFACTION)

#: A busy desk tells the people who work there of more than a customer would ever cause.
_STAFF_FACTOR = limits.STAFF_NOTICES.amount // limits.AUTOMATIC_MAILS.amount
_OWN, _UNDELIVERABLE, _SENT = range(3)


class _Known(NamedTuple):
    """What is known about an address: that it is our own, or undeliverable, or how much it was sent."""

    source: int
    address: str
    automatic_mails: int  # of the last hour; 0 for the other sources


class Withheld(models.TextChoices):
    """Why a mail that an event called for was not written. Stored with the event."""

    AUTOMATIC = "automatic", _("The mail was automatic; it is never answered automatically.")
    UNAUTHENTICATED = "unauthenticated", _("The sender's address failed authentication.")
    LATE = "late", _("The mail was processed again, or is more than a week old; that is too late for a confirmation.")
    OWN_ADDRESS = "own_address", _("It is an address of the helpdesk itself.")
    UNDELIVERABLE = "undeliverable", _("Mail to this address could not be delivered.")
    TOO_MANY = "too_many", _("The address has already got as many automatic emails as allowed per hour.")
    SUMMARISED = (
        "summarised",
        _("They have got as many notices as allowed per hour; their next summary includes this one."),
    )


@dataclass(slots=True)
class Gate:
    """What is known about the addresses of copies: of one event's, or of those that follow each other."""

    limit: int
    own: set[str] = field(default_factory=set)
    undeliverable: set[str] = field(default_factory=set)
    sent: dict[str, int] = field(default_factory=dict)
    _expected: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)
    _uncounted: list[tuple[limits.Limit, str]] = field(default_factory=list)

    @classmethod
    def load(cls, addresses: Iterable[str], settings: TicketSettings) -> "Gate":
        """One query, however many addresses there are; none for none."""
        gate = cls(settings.automatic_mails_per_hour)
        gate.learn(addresses)
        return gate

    def expect(self, addresses: Iterable[str]) -> None:
        """That copies to `addresses` may be due: the next question asks for them, too."""
        self._expected.update(addresses)

    def learn(self, addresses: Iterable[str]) -> None:
        """Know about `addresses`. One query for what is new among them, and all that are expected; none if all are."""
        wanted = _forms(addresses)
        if wanted <= self._asked:
            return
        new = (wanted | _forms(self._expected)) - self._asked
        self._asked |= new
        self._expected.clear()
        for known in _known(new):
            if known.source == _OWN:
                self.own.add(known.address)
            elif known.source == _UNDELIVERABLE:
                self.undeliverable.add(known.address)
            else:
                self.sent[known.address] = known.automatic_mails

    def passed(self, copies: Iterable[Copy], event: Event) -> None:
        """Count what is written to these addresses, for the copies that follow."""
        for copy in copies:
            if copy.is_automatic:
                self.sent[copy.address] = self.sent.get(copy.address, 0) + 1
            self._uncounted += _totals(copy, event)

    def count(self) -> None:
        """Count the answers that passed for everybody, whichever of their addresses somebody writes from.

        Only when they are written: the counters are not the database's, and what is rolled back stays in them.
        """
        for limit, who in self._uncounted:
            limit.count(who)
        self._uncounted.clear()

    def refuses(self, copy: Copy, event: Event | None = None) -> Withheld | None:
        """Why `copy` may not be written, None if it may. A person's answer to an undeliverable address is written.

        `event`: what it is about, if that happened on a ticket.
        """
        if {copy.address, untagged(copy.address)} & self.own:
            return Withheld.OWN_ADDRESS
        by_rule = event is not None and "rule" in event.data
        if not copy.is_automatic and not by_rule:
            return None
        if event and (why := _doubt(copy, event, by_rule=by_rule)):
            return why
        if copy.address in self.undeliverable:
            return Withheld.UNDELIVERABLE
        totals = _totals(copy, event)
        if not all(limit.left(who, uncounted=self._uncounted.count((limit, who))) for limit, who in totals):
            return Withheld.TOO_MANY
        if copy.kind is Outbox.Kind.NOTICE_SUMMARY:
            return None  # which comes because there were too many, and has a limit of its own
        if self.sent.get(copy.address, 0) < self.limit * (_STAFF_FACTOR if copy.to_staff else 1):
            return None
        return Withheld.SUMMARISED if copy.to_staff and self.limit else Withheld.TOO_MANY


def _doubt(copy: Copy, event: Event, *, by_rule: bool) -> Withheld | None:
    """Why who opened the ticket gets no automatic mail about it: a machine, or somebody else than they say.

    What reminds of an agent's answer goes where that went.
    """
    ticket, answers = event.ticket, copy.kind in _TO_THE_SENDER
    reminds = by_rule or copy.kind is Outbox.Kind.CLOSE_WARNING
    if not answers and not (reminds and ticket.requester and ticket.requester.address == copy.address):
        return None
    if event.data.get("automatic"):
        return Withheld.AUTOMATIC
    if event.data.get("late"):
        return Withheld.LATE
    if ticket.verdict.get("failed") and (answers or not ticket.first_response_at):
        return Withheld.UNAUTHENTICATED
    return None


def _totals(copy: Copy, event: Event | None) -> Iterator[tuple[limits.Limit, str]]:
    """What an answer counts for besides its very address: a machine may write from a new one each time."""
    if event is None or copy.kind not in _TO_THE_SENDER:
        return
    bare, domain = untagged(copy.address), domain_of(copy.address)
    if bare != copy.address:
        yield limits.ANSWERS_TAGGED, bare
    if event.ticket.customer_id is None and not is_public_mail(domain):
        yield limits.ANSWERS_STRANGERS, organisation_of(domain)


def _forms(addresses: Iterable[str]) -> set[str]:
    return {form for address in addresses for form in (address, untagged(address))}


def _known(addresses: set[str]) -> list[_Known]:
    """Of many addresses the last one is named several times, so that there are few statements to compose."""
    if not addresses:
        return []
    asked = sorted(addresses)
    asked += [asked[-1]] * (-len(asked) % 16 if len(asked) > 16 else 0)
    named = {f"address{number}": address for number, address in enumerate(asked)}
    return _question(len(named)).rows(since=timezone.now() - timedelta(hours=1), **named)


@lru_cache(maxsize=64)
def _question(count: int) -> PreparedQuery[_Known]:
    """The question about so many addresses: mostly the requester and everybody who works in the queue."""
    return PreparedQuery(_Known, _composed, since=timezone.now(), **{f"address{number}": "" for number in range(count)})


def _composed(since: datetime, **named: str) -> QuerySet[Any, Any]:
    addresses = list(named.values())
    nothing = Value(0, output_field=IntegerField())
    own = OwnAddress.objects.filter(address__in=addresses).values_list(Value(_OWN), "address", nothing)
    muted = Recipient.objects.order_by().filter(address__in=addresses, undeliverable=True)
    written = Outbox.objects.order_by().filter(recipient__in=addresses, is_automatic=True, created_at__gt=since)
    counted = written.values("recipient").annotate(source=Value(_SENT), count=Count("pk"))
    return own.union(
        muted.values_list(Value(_UNDELIVERABLE), "address", nothing),
        counted.values_list("source", "recipient", "count"),
        all=True,
    )
