"""What would be made of a mail, and who would be told: by the same tables, gate and rules, with nothing saved."""

from dataclasses import dataclass

from recipients.matching.match import Match
from recipients.models import Recipient
from tickets.conversation.participants import others
from tickets.intake.arrival import Arrival, IncomingMail
from tickets.intake.new_person import NewPerson, new_person
from tickets.intake.new_ticket import requested
from tickets.intake.receiving import from_mail, opened
from tickets.intake.reply_policy import Reply, Role
from tickets.models import Comment, Event, Outbox, Ticket, TicketSettings
from tickets.notifications.audience import Copy, audience
from tickets.notifications.gate import Gate, Withheld


@dataclass(frozen=True, slots=True)
class PreviewedCopy:
    """A copy that would be due, and why it would not be written, if it would not."""

    copy: Copy
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True)
class TicketPreview:
    """The ticket that `open_ticket` would save, the copies that would be due, and who would be added as a person."""

    ticket: Ticket
    told: list[PreviewedCopy]
    person: NewPerson | None = None


def preview_ticket(
    mail: IncomingMail, match: Match, arrival: Arrival, follow_up_of: Ticket | None = None
) -> TicketPreview:
    """What `open_ticket` would do with `mail`. A person who would be added is not on the ticket yet."""
    request = requested(mail, match, arrival, follow_up_of)
    ticket, address = request.ticket, request.match.address
    if address:
        known = Recipient.objects.filter(address=address).first()
        ticket.requester = known or Recipient(address=address, name=request.name[:200])
        ticket.requester_name = request.name[:200]
    comment = from_mail(ticket, mail, Comment.Kind.CUSTOMER)
    told = _gated(opened(comment, mail, arrival, by=request.by), arrival.settings or TicketSettings.load())
    return TicketPreview(ticket, told, new_person(request, mail, arrival))


def preview_reply(reply: Reply, mail: IncomingMail, match: Match) -> list[PreviewedCopy]:
    """The copies that would be due if `mail` joined its ticket. An agent's answer also goes to those it brings in."""
    kind, event_kind = Comment.Kind.CUSTOMER, Event.Kind.HELD if reply.held else Event.Kind.CUSTOMER_MESSAGE
    if reply.writer.role is Role.AGENT:
        kind, event_kind = Comment.Kind.AGENT, Event.Kind.AGENT_MESSAGE
    event = Event(ticket=reply.ticket, kind=event_kind, comment=from_mail(reply.ticket, mail, kind))
    brought = others(reply.ticket, [*mail.to, *mail.cc], match.address).people if kind is Comment.Kind.AGENT else {}
    return _gated(event, reply.settings, [Copy(Outbox.Kind.NEW_MESSAGE, *person) for person in brought.items()])


def _gated(event: Event, settings: TicketSettings, more: list[Copy] | None = None) -> list[PreviewedCopy]:
    copies = {copy.address: copy for copy in reversed([*audience(event, settings), *(more or [])])}
    gate = Gate.load(list(copies), settings)
    return [PreviewedCopy(copy, gate.refuses(copy, event)) for copy in reversed(copies.values())]
