"""Who else takes part in a ticket. Author, customer and participants are three different things (L26)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk import limits
from recipients.addressing.normalise import display, is_same_mailbox, normalise, typed, untagged
from recipients.models import OwnAddress, Recipient, User
from tickets.conversation.people import People, made
from tickets.models import Event, Ticket
from tickets.text import references


class Named(Protocol):
    """An address as a mail gives it, with the name beside it."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Others:
    """Whom a mail names besides its author: address → name. `names_us`: it names an address of ours, too, so that its
    author meant to write to us, and those with us."""

    people: Mapping[str, str]
    names_us: bool = False


def others(ticket: Ticket, people: Iterable[Named], author: str, known: People | None = None) -> Others:
    """Those in To and Cc who are neither the author, nor we, nor agents, nor never put in CC (T15).

    One query, and none if there is nobody else. `known`: where it is known already who they are.
    """
    candidates: dict[str, str] = {}
    names_us = False
    for person in people:
        address = normalise(person.address)
        if address and references.read_reply_address(address, settings.REFERENCE_KEYS):
            names_us = True
        elif address and not is_same_mailbox(address, author):
            candidates.setdefault(address, person.name)
    names_us = names_us or any(untagged(each) == ticket.addressed_to for each in candidates)
    excluded = ticket.queue.never_cc_addresses | {ticket.addressed_to, _billing(ticket)}
    candidates = {address: name for address, name in candidates.items() if address not in excluded}
    if not candidates:
        return Others({}, names_us)
    own, agents = (known or People()).inside(candidates)
    outside = [address for address in candidates if not {address, untagged(address)} & (own | agents)]
    named = {address: candidates[address] for address in outside[: limits.PEOPLE_OF_A_MAIL.amount]}
    return Others(named, names_us or bool(own))


def noted(people: Mapping[str, str], at: datetime) -> list[Recipient]:
    """Recipients for address → name, made where they are new. One query, two if any is new.

    What is there is neither changed nor locked.
    """
    there = list(Recipient.objects.filter(address__in=people))
    found = {recipient.address for recipient in there}
    new = {address: name for address, name in people.items() if address not in found}
    return there + (made([_new(address, name, at) for address, name in new.items()]) if new else [])


def _new(address: str, name: str, at: datetime) -> Recipient:
    return Recipient(address=address, name=name[:200], first_seen_at=at, last_seen_at=at)


def add_participants(ticket: Ticket, addresses: Iterable[str], *, by: User) -> None:
    """Put `addresses` in CC besides those who are there. Raises ValidationError, as `set_participants` does."""
    there = [recipient.address for recipient in ticket.participants.all()]
    set_participants(ticket, [*there, *addresses], by=by)


def join(ticket: Ticket, recipient: Recipient | None) -> None:
    """Put one sender into CC, by the same rules as those who stand in a mail."""
    if recipient is None or recipient.pk == ticket.requester_id:
        return
    address = recipient.address
    excluded = ticket.queue.never_cc_addresses | own_and_agents([address])
    if not {address, untagged(address)} & excluded:
        ticket.participants.add(recipient)


def set_participants(ticket: Ticket, addresses: Iterable[str], *, by: User | None) -> Event | None:
    """Put exactly these addresses in CC, each written as `a@b.c` or `Name <a@b.c>`. Raises ValidationError.

    Returns the event that says so, None if nothing was changed.
    """
    with ticket.changing():
        before = set(ticket.participants.all())
        wanted = _chosen(ticket, addresses)
        if before == set(wanted):
            return None
        ticket.participants.set(wanted)
        ticket.changed()
        data = {"before": sorted(r.address for r in before), "after": sorted(r.address for r in wanted)}
        return ticket.record(Event.Kind.PARTICIPANTS, by, data)


def written_to(ticket: Ticket, addresses: Iterable[str]) -> list[Recipient] | None:
    """Whom one answer goes to, as `set_participants` takes them; None if that is the requester alone.

    Raises ValidationError for nobody, and for what is never written to.
    """
    people = _people(addresses)
    if set(people) == {_requester(ticket)}:
        return None
    if not people:
        raise ValidationError(_("Choose whom the answer goes to."))
    own = OwnAddress.among(people)
    _refuse(people, lambda address: _refusal_to_write(ticket, address, own))
    return noted(people, timezone.now())


def hidden_copies(ticket: Ticket, addresses: Iterable[str]) -> list[Recipient]:
    """Whom one answer goes to in Bcc. Raises ValidationError, by the same rules as for CC."""
    people = _people(addresses)
    return _in_copy(ticket, people) if people else []


def _chosen(ticket: Ticket, addresses: Iterable[str]) -> list[Recipient]:
    """The recipients that an agent wants in CC. Raises ValidationError, a sentence for each address that cannot be."""
    people = _people(addresses)
    people.pop(_requester(ticket), None)
    return _in_copy(ticket, people)


def _in_copy(ticket: Ticket, people: Mapping[str, str]) -> list[Recipient]:
    own = OwnAddress.among(people)
    _refuse(people, lambda address: _refusal(ticket, address, own))
    return noted(people, timezone.now())


def _people(addresses: Iterable[str]) -> dict[str, str]:
    """Address → name of what was typed. Raises ValidationError, a sentence for each that is no address."""
    people: dict[str, str] = {}
    errors = []
    for given in addresses:
        name, written = parseaddr(given)
        if address := typed(written):
            people[address] = name
        elif given.strip():
            errors.append(_("“%(given)s” is not an email address.") % {"given": given.strip()})
    if errors:
        raise ValidationError(errors)
    return people


def _refuse(people: Iterable[str], refusal: Callable[[str], str]) -> None:
    """Raises ValidationError with what `refusal` says of each address."""
    refused = ((address, refusal(address)) for address in people)
    if errors := [reason % {"address": display(address)} for address, reason in refused if reason]:
        raise ValidationError(errors)


def _refusal_to_write(ticket: Ticket, address: str, own: set[str]) -> str:
    if address in own:
        return _("%(address)s is an address of the helpdesk itself; nothing is sent to it.")
    return _of_billing() if address == _billing(ticket) else ""


def _of_billing() -> str:
    return _("%(address)s is the customer's billing email; it never gets mail about tickets.")


def _refusal(ticket: Ticket, address: str, own: set[str]) -> str:
    if address in own:
        return _("%(address)s is an address of the helpdesk itself; it cannot be put in CC.")
    if address in ticket.queue.never_cc_addresses:
        return _("%(address)s is never put in CC in this queue.")
    return _of_billing() if address == _billing(ticket) else ""


def own_and_agents(addresses: Iterable[str]) -> set[str]:
    """Those of `addresses` that are ours or belong to somebody who works here. One query."""
    own, agents = People().inside(list(addresses))
    return own | agents


def _requester(ticket: Ticket) -> str:
    return ticket.requester.address if ticket.requester else ""


def _billing(ticket: Ticket) -> str:
    return ticket.customer.billing_email if ticket.customer else ""
