"""What rules may look at, taken from a mail, from the way it came and from recognition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from recipients.matching.match import Match
from recipients.matching.verdict import Verdict
from recipients.models import Customer
from tickets.hours.calendars import is_open
from tickets.models import Queue
from tickets.models.setup.custom_field import About, Known
from tickets.rules.conditions import Authenticity, CustomerFacts, Facts, MailKind


class RuledAttachment(Protocol):
    @property
    def inline(self) -> bool: ...


class RuledMail(Protocol):
    """A parsed mail; `mailboxes.parsing.ParsedEmail` is one."""

    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def headers(self) -> Sequence[tuple[str, str]]: ...
    @property
    def attachments(self) -> Sequence[RuledAttachment]: ...
    @property
    def is_automatic(self) -> bool: ...
    @property
    def is_bulk(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file, as far as rules ask."""

    inline: bool


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The first message of a ticket that came by no mail, as rules look at a mail."""

    subject: str
    text: str
    attachments: Sequence[ListedFile]
    headers: tuple[tuple[str, str], ...] = ()
    is_automatic: bool = False
    is_bulk: bool = False


class RuledArrival(Protocol):
    """How it came in; `tickets.intake.arrival.Arrival` is one."""

    @property
    def received_at(self) -> datetime: ...
    @property
    def address(self) -> str: ...
    @property
    def sent_to(self) -> tuple[str, ...]: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def queue(self) -> Queue | None: ...


def facts_of(
    mail: RuledMail,
    match: Match,
    customer: Customer | None,
    arrival: RuledArrival,
    size: int,
    fields: Iterable[Known] = (),
) -> Facts:
    """The facts of a mail by whom `match` found, who is `customer`, with `size` bytes in all.

    `fields`: the custom ones that may be asked for.
    """
    facts = Facts(
        received_at=arrival.received_at,
        address=arrival.address,
        sent_to=arrival.sent_to,
        sender=match.address,
        customer=customer_facts(customer),
        subject=mail.subject,
        size=size,
        verdict=authenticity(arrival.verdict),
        queue=arrival.queue.pk if arrival.queue else None,
        in_hours=is_open(arrival.queue, arrival.received_at) if arrival.queue else None,
        fields=said_of(customer, fields),
    )
    return with_mail(facts, mail)


def with_mail(facts: Facts, mail: RuledMail) -> Facts:
    """`facts` with what only the mail itself says."""
    return replace(
        facts,
        text=mail.text,
        headers=mail.headers,
        files=sum(not each.inline for each in mail.attachments),
        kind=MailKind.BULK if mail.is_bulk else MailKind.AUTOMATIC if mail.is_automatic else MailKind.PERSON,
    )


def customer_facts(customer: Customer | None) -> CustomerFacts | None:
    if customer is None:
        return None
    family = {customer.pk, customer.company_id or customer.pk}
    return CustomerFacts(frozenset(family), customer.kind, customer.partner_id)


def said_of(customer: Customer | None, fields: Iterable[Known]) -> Mapping[str, Any]:
    """What those of `fields` that are on customers say of one, by their keys; None for each that is empty."""
    said = (customer.own_fields if customer else None) or {}
    return {each.key: said.get(each.key) for each in fields if each.about == About.CUSTOMER}


def authenticity(verdict: Verdict) -> Authenticity:
    if verdict.failed:
        return Authenticity.FAILED
    return Authenticity.PASSED if verdict.passed else Authenticity.UNKNOWN
