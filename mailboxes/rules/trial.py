"""The trial of a rule for new requests: on which mails of the last thirty days it would have acted. Changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from helpdesk import limits
from helpdesk.ui.trials import Tally, Trial, first_moment
from mailboxes.inbound.snapshot import Snapshot
from mailboxes.inbound.unreadable import read_stored
from mailboxes.models import InboundEmail, Outcome
from mailboxes.models.ledger import InboundQuerySet
from mailboxes.rules.by_hand import try_by_hand
from recipients.addressing.expressions import Clock
from recipients.addressing.normalise import normalise
from recipients.matching.verdict import Verdict
from recipients.models import Customer
from tickets.hours.calendars import is_open
from tickets.models import Rule, Ticket
from tickets.models.setup.custom_field import About, custom_fields
from tickets.models.work.visibility import TicketQuerySet
from tickets.rules.conditions import Facts, Field
from tickets.rules.facts import authenticity, customer_facts, said_of, with_mail
from tickets.rules.rulebook import compiled

#: Seconds of the processor that all regular expressions together may take.
SECONDS = 5.0
#: New requests: what rules are asked about.
ASKED = (Outcome.TICKET, Outcome.DELETED_BY_RULE, Outcome.REFUSED)
#: What is not in the ledger, so that the mail itself has to be read.
_READ = (Field.BODY, Field.HEADER, Field.FILE, Field.LANGUAGE, Field.KIND, Field.ANY_ADDRESS)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RuleTrial(Trial[InboundEmail]):
    """`too_slow`: for how many mails an expression took too long; `unread`: how many the archive did not give.

    `by_hand`: the same of what was written in the portal, or opened by an agent.
    """

    too_slow: int
    unread: int
    by_hand: Trial[Ticket]


def try_rule(rule: Rule, mails: InboundQuerySet, tickets: TicketQuerySet) -> RuleTrial:
    """Compare the unsaved `rule` with the new requests of the last thirty days among them, within `SECONDS`."""
    recent = mails.since(first_moment()).filter(outcome__in=ASKED).defer("traceback", "reason")
    asked, clock = replace(compiled(rule), is_default=False), Clock(SECONDS)
    reads = any(each.field in _READ for each in asked.conditions)
    most = limits.TRIAL_MAILS_READ.amount if reads else limits.TRIAL_MAILS.amount
    tally = Tally[InboundEmail]()
    for mail, facts in _known(recent[:most].iterator(chunk_size=_AT_ONCE)):
        if clock.has_run_out:
            break
        full = _read(mail, facts) if reads else facts
        tally.add(mail, is_found=asked.applies(full, clock) if full else None)
    by_hand = try_by_hand(asked, tickets, clock)
    return RuleTrial(recent.count(), tally.looked_at, tally.found, tally.shown, clock.too_slow, tally.unread, by_hand)


def _known(mails: Iterable[InboundEmail]) -> Iterator[tuple[InboundEmail, Facts]]:
    """Each mail with what the ledger knows of it. One query for the customers of a few hundred."""
    snapshot = Snapshot.load()
    batch: list[InboundEmail] = []
    for mail in mails:
        batch.append(mail)
        if len(batch) == _AT_ONCE:
            yield from _facts(batch, snapshot)
            batch = []
    yield from _facts(batch, snapshot)


def _facts(mails: list[InboundEmail], snapshot: Snapshot) -> Iterator[tuple[InboundEmail, Facts]]:
    numbers = {mail.match.get("customer") for mail in mails} - {None}
    customers = Customer.objects.in_bulk(numbers) if numbers else {}
    fields = custom_fields(About.CUSTOMER)
    for mail in mails:
        registered = snapshot.addresses.get(mail.address)
        number = registered.queue if registered else snapshot.default_queue
        queue = snapshot.queues.get(number) if number else None
        facts = Facts(
            received_at=mail.received_at,
            address=mail.address,
            sent_to=tuple(found for found in (normalise(mail.envelope_to),) if found),
            sender=mail.author,
            customer=customer_facts(customers.get(mail.match.get("customer"))),
            subject=mail.subject,
            size=mail.size,
            verdict=authenticity(Verdict.from_json(mail.verdict)),
            queue=number,
            in_hours=is_open(queue, mail.received_at) if queue else None,
            fields=said_of(customers.get(mail.match.get("customer")), fields),
        )
        yield mail, facts


def _read(mail: InboundEmail, facts: Facts) -> Facts | None:
    """`facts` with what the mail itself says; None if the archive does not give it."""
    parsed = read_stored(mail)
    if parsed is None:
        return None
    written = (*parsed.delivered_to, *(each.address for each in (*parsed.to, *parsed.cc)))
    sent_to = (*facts.sent_to, *(found for address in written if (found := normalise(address))))
    return with_mail(replace(facts, sent_to=sent_to), parsed)
