"""The work: tickets, what is said on them, what happened to them, and the mails that this calls for."""

from tickets.models.forum import TopicFollower
from tickets.models.portal import RequestRead
from tickets.models.rating import Rating
from tickets.models.service_level import ServiceLevel, ServiceTime, Target
from tickets.models.setup.canned_reply import CannedReply
from tickets.models.setup.category import Category
from tickets.models.setup.custom_field import CustomField
from tickets.models.setup.hours import HolidayCalendar
from tickets.models.setup.priority import Priority, PriorityLevel
from tickets.models.setup.queue import Queue
from tickets.models.setup.rule import Rule, RuleRun
from tickets.models.setup.settings import TicketSettings
from tickets.models.setup.substatus import Substatus
from tickets.models.setup.wording import Wording
from tickets.models.work.attachment import Attachment, File
from tickets.models.work.comment import Comment, MailReference
from tickets.models.work.draft import Draft
from tickets.models.work.errors import NotAllowed
from tickets.models.work.event import Event
from tickets.models.work.outbox import Outbox, WithheldNotice
from tickets.models.work.sender_requests import PrimaryRequest, VerificationRequest
from tickets.models.work.states import UNSOLVED, CustomerSource, EventKind, Status
from tickets.models.work.tag import Tag
from tickets.models.work.ticket import Ticket
from tickets.models.work.transfer import TicketChange, TicketMerge, TicketMove

__all__ = [
    "UNSOLVED",
    "Attachment",
    "CannedReply",
    "Category",
    "Comment",
    "CustomField",
    "CustomerSource",
    "Draft",
    "Event",
    "EventKind",
    "File",
    "HolidayCalendar",
    "MailReference",
    "NotAllowed",
    "Outbox",
    "PrimaryRequest",
    "Priority",
    "PriorityLevel",
    "Queue",
    "Rating",
    "RequestRead",
    "Rule",
    "RuleRun",
    "ServiceLevel",
    "ServiceTime",
    "Status",
    "Substatus",
    "Tag",
    "Target",
    "Ticket",
    "TicketChange",
    "TicketMerge",
    "TicketMove",
    "TicketSettings",
    "TopicFollower",
    "VerificationRequest",
    "WithheldNotice",
    "Wording",
]
