"""The work: tickets, what is said on them, what happened to them, and the mails that this calls for."""

from tickets.models.comment import Attachment, Comment, Draft, MailReference
from tickets.models.event import Event
from tickets.models.move import TicketMove
from tickets.models.outbox import Outbox
from tickets.models.queue import Priority, Queue
from tickets.models.settings import TicketSettings
from tickets.models.ticket import UNSOLVED, CustomerSource, Status, Tag, Ticket

__all__ = [
    "UNSOLVED",
    "Attachment",
    "Comment",
    "CustomerSource",
    "Draft",
    "Event",
    "MailReference",
    "Outbox",
    "Priority",
    "Queue",
    "Status",
    "Tag",
    "Ticket",
    "TicketMove",
    "TicketSettings",
]
