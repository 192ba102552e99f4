"""Auto-add: a new ticket adds its unknown sender as a person, if its queue says so (T18).

The last thing that a new ticket does: what was decided about the sender before stays as it was decided, and the person
proves nothing. Until somebody confirms them they are asked after every other step, and valid for nothing.
"""

import re
from dataclasses import dataclass

from recipients.matching.match import Match, Rejection, Step
from recipients.models import Customer, CustomerAddress, Kind, Recipient
from tickets.conversation.participants import own_and_agents
from tickets.conversation.work import Work
from tickets.intake.arrival import Arrival, IncomingMail
from tickets.intake.new_ticket import Request
from tickets.models import CustomerSource, Queue, Ticket

#: Why nobody was found, where that is no reason to add anybody.
_NOBODYS = frozenset({Rejection.OWN_ADDRESS, Rejection.SHARED, Rejection.NO_ADDRESS})
_ROBOTS = re.compile(r"\b(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to be added: a lead, under the `company` that alone has the domain, if there is one."""

    name: str
    address: str
    company: Customer | None = None


def new_person(request: Request, mail: IncomingMail, arrival: Arrival) -> NewPerson | None:
    """Whom the new ticket of `request` would add: its requester, if the address is known nowhere. Changes nothing.

    One query; none where the queue adds nobody, nor for an address that is known.
    """
    ticket, requester = request.ticket, request.ticket.requester
    if ticket.customer_source == CustomerSource.RULE:
        return None
    if not ticket.queue.auto_add or requester is None or mail.is_automatic or arrival.verdict.failed:
        return None
    if not _is_unknown(request.match) or not _may_be_added(requester, passed_on=request.by is not None):
        return None
    if not _may_be_somebody(requester.address, ticket.queue):
        return None
    return NewPerson(readable(request.name, requester.address), requester.address, ticket.customer)


def add(person: NewPerson, ticket: Ticket, work: Work) -> Customer | None:
    """Add `person`; who was added, None if nobody was. Five queries at most, after the address's row is written.

    Of two mails of one address at once, the second one waits at the address's row, and then finds the person whom the
    first one added. An address that somebody has registered meanwhile adds nobody.
    """
    work.people.write()
    there = list(CustomerAddress.objects.filter(address=person.address).select_related("customer")[:2])
    if there and (len(there) > 1 or not there[0].customer.added_automatically):
        return None
    added = there[0].customer if there else _write(person)
    work.directories.forget()  # of those who write next: the person is in them
    if ticket.customer is None and Kind.LEAD in work.recognition.allowed_kinds:
        ticket.customer = added
    return None if there else added


def readable(name: str, address: str) -> str:
    """The name of a person who writes from `address` as `name`; an address's local part as words, if it has none.

    >>> readable("", "carla.conti+shop@acme.example")
    'Carla Conti'
    """
    name = " ".join(name.split())
    if name and "@" not in name:
        return name[:300]
    local = address.rpartition("@")[0].partition("+")[0]
    words = [word for word in re.split(r"[._\-]+", local) if word]
    return " ".join(word.capitalize() for word in words)[:300] or address


def _is_unknown(match: Match) -> bool:
    """Whether no step before the domain knew the address, or rejected anybody who has it.

    What a customer alone says about a domain does not count while nobody has confirmed it.
    """
    if match.reason in _NOBODYS or match.step not in (Step.NONE, Step.DOMAIN):
        return False
    others = (each for each in match.candidates if each.rejected is not Rejection.UNCONFIRMED)
    return all(candidate.step is Step.DOMAIN for candidate in others)


def _may_be_added(requester: Recipient, *, passed_on: bool) -> bool:
    """An address whose mail bounced is none, unless it has written itself, which proves the contrary."""
    if requester.shared or requester.banned or requester.customer_id:
        return False
    return not (passed_on and requester.undeliverable)


def _may_be_somebody(address: str, queue: Queue) -> bool:
    """Not an alias or a form of a market place, not a machine, not ours, not somebody who works here."""
    if address in queue.never_cc_addresses or _ROBOTS.search(address.partition("@")[0]):
        return False
    return not own_and_agents([address])


def _write(person: NewPerson) -> Customer:
    partner = person.company.partner_id if person.company else None
    added = Customer.objects.create(
        name=person.name, kind=Kind.LEAD, company=person.company, partner_id=partner, added_automatically=True
    )
    CustomerAddress.objects.create(customer=added, address=person.address, is_primary=True)
    return added
