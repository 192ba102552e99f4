"""Who gets a mail when something happens on a ticket: the table of who is told what, one copy each (S64, S66)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from helpdesk.database.prepared import PreparedQuery
from recipients.models import CustomerAddress, Recipient, User
from recipients.portal.membership import memberships
from tickets.models import Event, EventKind, Outbox, Ticket, TicketSettings, TopicFollower
from tickets.models.work.visibility import partner_of, watching
from tickets.notifications.verification_link import is_due


@dataclass(frozen=True, slots=True)
class Copy:
    """One mail that is due: what, to whom, and whether that is somebody who works here."""

    kind: Outbox.Kind
    address: str
    name: str
    to_staff: bool = False
    asks: bool = False  # to confirm the address, by a link
    unsubscribe: str = ""  # the token of the link by which its reader wants none of these any more

    @property
    def is_automatic(self) -> bool:
        """Whether no person wrote it: only agents' answers are not."""
        return self.kind is not Outbox.Kind.NEW_MESSAGE


class Watcher(NamedTuple):
    """Somebody who may see a ticket and wants to be told."""

    pk: int
    address: str
    first_name: str
    last_name: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


_WATCHER = ("pk", "email", "first_name", "last_name")


def _watchers(wanted: str) -> PreparedQuery[Watcher]:

    def compose(queue: int, partner: int) -> QuerySet[User, Any]:
        people = watching(queue, partner).filter(**{wanted: True})
        return people.order_by("pk").values_list(*_WATCHER)

    return PreparedQuery(Watcher, compose, queue=0, partner=0)


_WATCHERS = {wanted: _watchers(wanted) for wanted in ("notify_new_tickets", "notify_messages", "notify_due")}


def who_watches(wanted: str, queue: int, partner: int) -> list[Watcher]:
    """Those who may see the tickets of that queue and partner and have chosen `wanted`. One query."""
    return _WATCHERS[wanted].rows(queue=queue, partner=partner)


Ask = Callable[[str, int, int], list[Watcher]]  # as `who_watches`


def audience(event: Event, settings: TicketSettings, ask: Ask = who_watches) -> list[Copy]:
    """The copies that `event` calls for, before the gate is asked. At most three queries.

    `ask` says who watches a queue.
    """
    first: dict[str, Copy] = {}
    if event.data.get("silent"):  # mail of the past
        return []
    for copy in _TABLE[event.kind](event, settings, ask) if event.kind in _TABLE else ():
        first.setdefault(copy.address, copy)
    first.pop("", None)
    return list(first.values())


def _opened(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    """Request received goes to the sender alone, once, for the first message of a new ticket."""
    requester, sender = event.ticket.requester, event.comment.author_address if event.comment else ""
    name = event.ticket.name_of_requester
    if settings.notifications and requester and requester.address == sender:
        asks = is_due(event)
        if event.ticket.queue.confirmation and not event.data.get("unconfirmed"):
            yield Copy(Outbox.Kind.REQUEST_RECEIVED, requester.address, name, asks=asks)
        elif asks:
            yield _verification(requester, name)
    if not event.data.get("quiet"):
        yield from _staff(event, settings, Outbox.Kind.NEW_TICKET, ask)


def _verify_asked(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    ticket = event.ticket
    return [_verification(ticket.requester, ticket.name_of_requester)] if ticket.requester else []


def _verification(requester: Recipient, name: str) -> Copy:
    return Copy(Outbox.Kind.VERIFICATION, requester.address, name, asks=True)


def _rating_asked(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    requester = event.ticket.requester
    if not settings.notifications or requester is None or event.data.get("quiet"):
        return []
    return [Copy(Outbox.Kind.SATISFACTION, requester.address, event.ticket.name_of_requester)]


def _close_warned(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    ticket, kind = event.ticket, Outbox.Kind.CLOSE_WARNING
    requester = ticket.requester
    if not settings.notifications or requester is None or requester.banned:
        return []
    if requester.shared and ticket.customer and (profile := _profile(ticket)):
        return [Copy(kind, profile.address, ticket.customer.name)]
    return [Copy(kind, requester.address, ticket.name_of_requester)]


def _customer_wrote(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    return [*_staff(event, settings, Outbox.Kind.CUSTOMER_REPLIED, ask), *_followers(event, settings)]


def _accepted(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    return _followers(event, settings)


def _followers(event: Event, settings: TicketSettings) -> list[Copy]:
    """Those who follow a topic and may still read it, but for who wrote. Four queries at most, none for a ticket."""
    ticket, comment = event.ticket, event.comment
    if not ticket.is_topic or comment is None or not settings.notifications:
        return []
    rows = TopicFollower.objects.filter(ticket=ticket, is_on=True).exclude(recipient=comment.recipient_id)
    followers = {row.recipient.address: row for row in rows.select_related("recipient").order_by("pk")}
    found = memberships(followers)
    reading = [address for address in followers if address in found and ticket.queue.admits(found[address])]
    kind = Outbox.Kind.TOPIC_POST
    return [
        Copy(kind, address, followers[address].recipient.name, unsubscribe=followers[address].token)
        for address in reading
    ]


def _summary(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    """The requester alone; of a shared address nobody knows who reads it."""
    requester = event.ticket.requester
    if requester is None or requester.shared or requester.banned or event.ticket.is_topic:
        return []
    return [Copy(Outbox.Kind.SUMMARY, requester.address, event.ticket.name_of_requester)]


def _held(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    return _staff(event, settings, Outbox.Kind.NOTICE, ask)


def _agent_wrote(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    """An answer that its writer addressed to somebody else goes to them in place of the requester and the customer.

    What is forwarded goes to nobody else. What is said on a topic goes to its followers alone. What a rule says is no
    agent's answer: nobody who is banned gets it, and nobody while notifications are off.
    """
    if event.ticket.is_topic:
        return _followers(event, settings)
    if "rule" in event.data:
        ticket = event.ticket
        banned = ticket.requester.address if ticket.requester and ticket.requester.banned else ""
        return [copy for copy in customer_side(ticket) if copy.address != banned] if settings.notifications else []
    instead = event.data.get("to")
    if "forwards" in event.data:  # to somebody outside, of whom the customer's side knows nothing
        return _named([*(instead or ()), *(event.comment.bcc if event.comment else ())])
    copies = customer_side(event.ticket) if instead is None else [*_named(instead), *_in_cc(event.ticket)]
    return copies + _named(event.comment.bcc if event.comment else ())


def _noted(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    """Those whom a note mentions, if they may see the ticket."""
    if not settings.notifications or not (named := event.data.get("mentioned")):
        return
    people = watching(event.ticket.queue_id, partner_of(event.ticket)).filter(pk__in=named)
    for row in people.order_by("pk").values_list(*_WATCHER):
        agent = Watcher(*row)
        yield Copy(Outbox.Kind.MENTION, agent.address, agent.name, to_staff=True)


def _due(event: Event, settings: TicketSettings, ask: Ask) -> Iterable[Copy]:
    """The agent who has the ticket; while nobody has it who may see it, those who may. Each if they want to be told."""
    ticket = event.ticket
    has_it = ticket.assignee if ticket.assignee and ticket.assignee.is_active else None
    if not settings.notifications or (has_it and not has_it.notify_due):
        return
    agents = ask("notify_due", ticket.queue_id, partner_of(ticket))
    for agent in [each for each in agents if has_it and each.pk == has_it.pk] or agents:
        yield Copy(Outbox.Kind.DUE, agent.address, agent.name, to_staff=True)


_TABLE: Mapping[str, Callable[[Event, TicketSettings, Ask], Iterable[Copy]]] = {
    EventKind.OPENED: _opened,
    EventKind.VERIFY_ASKED: _verify_asked,
    EventKind.CUSTOMER_MESSAGE: _customer_wrote,
    EventKind.AGENT_MESSAGE: _agent_wrote,
    EventKind.HELD: _held,
    EventKind.NOTE: _noted,
    EventKind.HELD_ACCEPTED: _accepted,
    EventKind.CLOSE_WARNED: _close_warned,
    EventKind.DUE_SOON: _due,
    EventKind.OVERDUE: _due,
    EventKind.RATING_ASKED: _rating_asked,
    EventKind.SUMMARY: _summary,
}


def customer_side(ticket: Ticket) -> list[Copy]:
    """The requester, the profile Email if the ticket is valid, and those in CC; never the billing email.

    Of a shared address nobody knows who reads it: once the ticket has a customer, the profile Email alone is told.
    """
    kind = Outbox.Kind.NEW_MESSAGE
    profile = _profile(ticket)
    copies = [Copy(kind, profile.address, ticket.customer.name)] if profile and ticket.customer else []
    if ticket.requester and not (ticket.requester.shared and profile):
        copies.insert(0, Copy(kind, ticket.requester.address, ticket.name_of_requester))
    return copies + _in_cc(ticket)


def _in_cc(ticket: Ticket) -> list[Copy]:
    never = ticket.queue.never_cc_addresses
    if ticket.customer:
        never.add(ticket.customer.billing_email)
    in_cc = ticket.participants.filter(banned=False).order_by("pk")
    return [Copy(Outbox.Kind.NEW_MESSAGE, r.address, r.name) for r in in_cc if r.address not in never]


def _named(people: Iterable[Mapping[str, str]]) -> list[Copy]:
    return [Copy(Outbox.Kind.NEW_MESSAGE, person["address"], person["name"]) for person in people]


def _profile(ticket: Ticket) -> CustomerAddress | None:
    """The customer's profile Email, if the ticket is theirs for certain (R25)."""
    if not ticket.is_certain:
        return None
    return CustomerAddress.objects.filter(customer=ticket.customer_id, is_primary=True).first()


def _staff(event: Event, settings: TicketSettings, kind: Outbox.Kind, ask: Ask) -> Iterable[Copy]:
    """The admin address and the agents who may see the ticket, except who wrote (R22, R30)."""
    if not settings.notifications:
        return
    author = event.comment.author_address if event.comment else ""
    wanted = "notify_new_tickets" if kind is Outbox.Kind.NEW_TICKET else "notify_messages"
    people = ((agent.address, agent.name) for agent in _agents(event, wanted, ask))
    for address, name in ((settings.admin_email, ""), *people):
        if address != author:
            yield Copy(kind, address, name, to_staff=True)


def _agents(event: Event, wanted: str, ask: Ask) -> Iterable[Watcher]:
    """Those who may see the ticket and want to be told, or whom a rule names, or who follow it. One query."""
    queue, partner = event.ticket.queue_id, partner_of(event.ticket)
    only, more = event.data.get("notify_only"), [*event.data.get("notify", ())]
    if wanted == "notify_messages":
        more += event.ticket.followed_by or ()
    if only is None and not more:
        return ask(wanted, queue, partner)
    named = Q(pk__in=[*(only or ()), *more])
    people = watching(queue, partner).filter(named if only is not None else named | Q(**{wanted: True}))
    return [Watcher(*row) for row in people.order_by("pk").values_list(*_WATCHER)]
