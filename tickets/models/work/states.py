"""In which state is a ticket, how did it come to its customer, and what can happen to it?"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", _("Closed")
    MERGED = "merged", _("Merged")


UNSOLVED = (Status.NEW, Status.OPEN, Status.WAITING)


class CustomerSource(models.TextChoices):
    """How a ticket came to its customer; an agent's choice is never undone by matching."""

    MATCHING = "matching", _("Recognised")
    PAIRING = "pairing", _("Paired")
    AGENT = "agent", _("Set by an agent")


class EventKind(models.TextChoices):
    """What can happen to a ticket."""

    OPENED = "opened", _("Ticket opened")
    CUSTOMER_MESSAGE = "customer_message", _("Customer wrote")
    AGENT_MESSAGE = "agent_message", _("Agent answered")
    NOTE = "note", _("Note added")
    AUTOMATIC_REPLY = "automatic_reply", _("Automatic reply received")
    DELIVERY_FAILURE = "delivery_failure", _("Mail could not be delivered")
    HELD = "held", _("Comment held")
    HELD_ACCEPTED = "held_accepted", _("Held comment accepted")
    HELD_REJECTED = "held_rejected", _("Held comment rejected")
    STATUS = "status", _("Status changed")
    PRIORITY = "priority", _("Priority changed")
    QUEUE = "queue", _("Moved to another queue")
    ASSIGNEE = "assignee", _("Assignee changed")
    CUSTOMER = "customer", _("Customer changed")
    VALIDITY = "validity", _("Validity changed")
    VERIFY_ASKED = "verify_asked", _("Sender asked to confirm their address")
    PRIMARY_ASKED = "primary_asked", _("Asked to write from the primary address")
    PRIMARY_WROTE = "primary_wrote", _("Confirmed from the primary address")
    PERSON_ADDED = "person_added", _("Sender added as a person")
    SUBJECT = "subject", _("Subject changed")
    TAGS = "tags", _("Tags changed")
    PARTICIPANTS = "participants", _("People in CC changed")
    MERGED = "merged", _("Merged")
    FOLLOW_UP = "follow_up", _("Follow-up opened")
    SEND_CANCELLED = "send_cancelled", _("Sending undone")
