"""Whom an agent may want to write to: the people of a ticket, those of its customer, and whoever is known by a name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from helpdesk import limits
from helpdesk.database.time_limit import in_time
from recipients.addressing.normalise import display, normalise
from recipients.models import CustomerAddress, OwnAddress, Recipient, User
from recipients.search.query import find_customers, find_recipients
from recipients.users.access import visible_customers, visible_recipients
from tickets.models import Comment, Ticket
from tickets.text import references

#: Messages whose people are looked at, the newest ones.
MESSAGES = 50
#: Addresses of one customer's side, or of one search.
MOST = 50

#: An address, as a mail or a row has it, with the name beside it.
_Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """A normalised address, with the name that is known for it, or ""."""

    name: str
    address: str

    @property
    def shown(self) -> str:
        return display(self.address)

    def fits(self, text: str) -> bool:
        """Whether each word of `text` stands in the name or the address."""
        told = f"{self.name} {self.shown}".casefold()
        return all(word in told for word in text.casefold().split())


def people_of(ticket: Ticket, user: User) -> list[Person]:
    """Everybody who takes part in `ticket`, those whom a message names, then its customer's own; nobody of ours.

    At most six queries.
    """
    return _each_once([*_near(ticket), *_written(ticket), *_of_customer(ticket, user)])


def people_called(text: str, user: User) -> list[Person]:
    """The customers and recipients that `user` may see and that `text` means; nobody where it takes too long to say.

    Two queries, and one for our own.
    """

    def called() -> list[_Named]:
        customers = find_customers(visible_customers(user), text).with_email().order_by("name", "pk")[:MOST]
        found: list[_Named] = [(customer.email, customer.name) for customer in customers]
        known = find_recipients(visible_recipients(user).filter(banned=False), text).order_by("name", "pk")[:MOST]
        return found + [(recipient.address, recipient.name) for recipient in known]

    return _each_once(in_time(limits.SEARCH_TIME, called, otherwise=[]))


def _near(ticket: Ticket) -> Iterator[_Named]:
    for recipient in (ticket.requester, *ticket.participants.all()):
        if recipient:
            yield recipient.address, recipient.name


def _written(ticket: Ticket) -> Iterator[_Named]:
    """Who wrote, where they want answers, and who was written to, from the newest message on.

    Not in what is held or was rejected: a stranger who takes the requester's name would be offered under it.
    """
    newest = ticket.comments.filter(is_public=True, is_held=False).order_by("-created_at", "-pk")[:MESSAGES]
    for message in newest.only("kind", "author_address", "author_name", "reply_to_address", "to", "cc"):
        if message.kind == Comment.Kind.CUSTOMER:
            yield message.reply_to_address, ""
            yield message.author_address, message.author_name
        for person in (*message.to, *message.cc):
            yield person["address"], person["name"]


def _of_customer(ticket: Ticket, user: User) -> list[_Named]:
    """The addresses of the customer, of its persons and of its company, registered or paired."""
    customer = ticket.customer
    if customer is None:
        return []
    family = Q(customer=customer) | Q(customer__company=customer)
    if customer.company_id:
        family |= Q(customer=customer.company_id)
    registered = CustomerAddress.objects.filter(family, customer__in=visible_customers(user)).order_by("pk")
    paired = Recipient.objects.filter(family, banned=False, customer__in=visible_customers(user)).order_by("pk")
    found: list[_Named] = list(registered.values_list("address", "customer__name")[:MOST])
    return found + list(paired.values_list("address", "name")[:MOST])


def _each_once(people: Iterable[_Named]) -> list[Person]:
    found: dict[str, str] = {}
    for written, name in people:
        address = normalise(written)
        if address and not references.read_reply_address(address, settings.REFERENCE_KEYS):
            found[address] = found.get(address) or name
    ours = OwnAddress.among(found) if found else set()
    return [Person(name, address) for address, name in found.items() if address not in ours]
