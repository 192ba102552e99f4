"""The ticket that a mail asks for: whose, in which queue, and how far its sender is believed. Changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.utils import translation
from django.utils.translation import gettext as _

from recipients.matching.match import Match
from recipients.matching.validity import Validity, validity
from recipients.models import User
from tickets.intake.arrival import Arrival, IncomingMail, TopicKind
from tickets.intake.forwarding import passed_on
from tickets.models import Priority, Queue, Ticket
from tickets.rules.conditions import Authenticity
from tickets.rules.facts import RuledMail, facts_of
from tickets.rules.rulebook import Rulebook
from tickets.rules.ruling import rule_on
from tickets.text import references


@dataclass(frozen=True, slots=True)
class Request:
    """A new ticket before it is saved: whose it is, by `match` and `name`, and the agent who passed it on, if any.

    `refused`: what rules wanted and could not have, by action.
    """

    ticket: Ticket
    match: Match
    name: str
    by: User | None = None
    refused: dict[str, str] = field(default_factory=dict)


def ruled(
    mail: RuledMail, match: Match, arrival: Arrival, *, size: int, book: Rulebook, queues: Mapping[int, Queue]
) -> Arrival:
    """The arrival of a new request by whom `match` found, as the rules leave it: in their queue of `queues`."""
    asked = match.customer if book.asks_for_customers else None
    customer = arrival.work.customers.get(asked) if asked else None
    facts = facts_of(mail, match, customer, arrival, size, book.fields.values())
    if arrival.in_portal:
        facts = replace(facts, verdict=Authenticity.PASSED)  # whoever has signed in controls the address
    ruling = rule_on(facts, book, frozenset(queues))
    queue = queues[ruling.plan.queue] if ruling.plan.queue else arrival.queue
    return replace(arrival, queue=queue, ruling=ruling)


def requested(mail: IncomingMail, match: Match, arrival: Arrival, follow_up_of: Ticket | None = None) -> Request:
    """The ticket that `mail` asks for; a dry run asks, too."""
    original = passed_on(mail, match, arrival)
    if original:
        request = Request(
            _new_ticket(mail, original.match, arrival, original.subject), original.match, original.name, original.by
        )
    else:
        request = Request(_new_ticket(mail, match, arrival), match, mail.author.name)
    request.ticket.follow_up_of = follow_up_of
    request.ticket.is_topic = arrival.topic is TopicKind.PUBLIC and not original
    if arrival.ruling:
        request = replace(request, refused=arrival.ruling.apply(request.ticket, request.match))
    return request


def _new_ticket(mail: IncomingMail, match: Match, arrival: Arrival, subject: str = "") -> Ticket:
    """The unsaved ticket, in the queue that takes it and under a subject in its language."""
    queue = arrival.queue or Queue.objects.get(is_default=True)
    with translation.override(queue.language):
        subject = references.untagged(subject or mail.subject)[:500] or _("(no subject)")
    ticket = recognised(queue, match, arrival, subject=subject, bare_subject=mail.bare_subject[:500])
    if is_quiet(mail, queue):
        ticket.priority = Priority.LOW
    elif mail.is_important and not mail.is_bulk:
        ticket.priority = max(queue.default_priority, Priority.HIGH)
    return ticket


def is_quiet(mail: IncomingMail, queue: Queue) -> bool:
    """Whether nobody is to be told of the ticket: a program wrote to a queue that wants it so."""
    return mail.is_bulk and queue.bulk_mail == Queue.BulkMail.QUIET


def recognised(queue: Queue, match: Match, arrival: Arrival, *, subject: str, bare_subject: str) -> Ticket:
    """An unsaved ticket as recognition says: whose it is, how far that is certain, and why."""
    return Ticket(
        subject=subject,
        bare_subject=bare_subject,
        queue=queue,
        priority=queue.default_priority,
        category_id=queue.default_category_id,
        customer=arrival.work.customers.get(match.customer) if match.customer else None,
        validity=validity_of(match, arrival),
        match=match.as_json(),
        verdict=arrival.verdict.as_json(),
        addressed_to=arrival.address,
        created_at=arrival.received_at,
        updated_at=arrival.received_at,
    )


def validity_of(match: Match, arrival: Arrival) -> Validity:
    """Whether the sender may write for the customer; who has signed in to the portal need not prove the address."""
    by_domain = match.rests_on_domain and arrival.work.recognition.domain_counts_as_valid
    found = validity(match, arrival.verdict, domain_counts_as_valid=by_domain)
    return Validity.VERIFIED if arrival.in_portal and found is Validity.TO_VERIFY else found
