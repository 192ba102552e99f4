"""The work: tickets, what is said on them, what happened to them, and the mails that this calls for."""

from tickets.models.asking import PrimaryRequest, VerificationRequest
from tickets.models.attachment import Attachment, File
from tickets.models.comment import Comment, MailReference
from tickets.models.draft import Draft
from tickets.models.errors import NotAllowed
from tickets.models.event import Event
from tickets.models.move import TicketMove
from tickets.models.outbox import Outbox
from tickets.models.queue import Priority, Queue
from tickets.models.settings import TicketSettings
from tickets.models.states import UNSOLVED, CustomerSource, EventKind, Status
from tickets.models.tag import Tag
from tickets.models.ticket import Ticket

__all__ = [
    "UNSOLVED",
    "Attachment",
    "Comment",
    "CustomerSource",
    "Draft",
    "Event",
    "EventKind",
    "File",
    "MailReference",
    "NotAllowed",
    "Outbox",
    "PrimaryRequest",
    "Priority",
    "Queue",
    "Status",
    "Tag",
    "Ticket",
    "TicketMove",
    "TicketSettings",
    "VerificationRequest",
]
