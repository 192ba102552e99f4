"""The statuses of tickets and all that depends on them; how a ticket came to its customer; what can happen to it.

Whoever wants to know something of a status asks here, by a set, a function, or by the properties of `Ticket` and the
methods of `TicketQuerySet` that rest on them.
"""

from collections.abc import Iterable, Mapping

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", _("Closed")
    MERGED = "merged", _("Merged")


#: Somebody has to do something, or waits for somebody.
UNSOLVED = (Status.NEW, Status.OPEN, Status.WAITING)
#: We have to do something.
TO_BE_DONE = (Status.NEW, Status.OPEN)
#: Nothing is left to be done, until somebody writes again.
FINISHED = (Status.SOLVED, Status.CLOSED)
#: What an agent may set; the others follow from what happens.
SETTABLE = (Status.OPEN, Status.WAITING, *FINISHED)
#: What may be closed as spam.
CLOSABLE = (*UNSOLVED, Status.SOLVED)

#: The shape by which pages draw a status (`.status` in static/css/components.css).
MARKS: Mapping[str, str] = {
    Status.NEW: "dot",
    Status.OPEN: "half",
    Status.WAITING: "dashed",
    Status.SOLVED: "check",
    Status.CLOSED: "square",
    Status.MERGED: "diamond",
}


def labelled(statuses: Iterable[Status]) -> list[tuple[str, str | Promise]]:
    """`statuses` as a form's choices."""
    return [(status.value, status.label) for status in statuses]


def is_status(value: str) -> bool:
    """Whether there is a status of this name."""
    return value in Status.values


def to_begin_with(value: str | None) -> Status | None:
    """The status of this name; None for none, and for Merged, which merging alone makes."""
    return Status(value) if value and is_status(value) and value != Status.MERGED else None


def after_answer(status: str, target: str = "") -> str:
    """The status after an agent's message: `target` if there is one; else what was New is Open once answered."""
    return target or (Status.OPEN if status == Status.NEW else status)


def after_customer_message(status: str, target: str = "", reopened: str = "") -> str:
    """The status after a customer's message (T19, T20).

    What is finished becomes `reopened`. What was answered becomes `target`, "" to leave it; what is New stays it, as
    nobody has answered yet.
    """
    if status in FINISHED:
        return reopened or Status.OPEN
    return target if target and status != Status.NEW else status


class CustomerSource(models.TextChoices):
    """How a ticket came to its customer; an agent's choice is never undone by matching."""

    MATCHING = "matching", _("Recognised")
    PAIRING = "pairing", _("Paired")
    AGENT = "agent", _("Set by an agent")
    RULE = "rule", _("Set by a rule")


#: What is a conclusion, and nobody's word: it is certain only once a person or a pairing says so.
CONCLUDED = (CustomerSource.MATCHING, CustomerSource.RULE)


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
    SNOOZED = "snoozed", _("Snoozed")
    CLOSE_WARNED = "close_warned", _("Customer warned that it will be closed")
    DUE_SOON = "due_soon", _("Due soon")
    OVERDUE = "overdue", _("Overdue")
    RATING_ASKED = "rating_asked", _("Customer asked whether they are satisfied")
    RATED = "rated", _("Customer rated")
    FIELDS = "fields", _("Fields changed")
    CATEGORY = "category", _("Category changed")
    QUEUE = "queue", _("Moved to another queue")
    ASSIGNEE = "assignee", _("Assignee changed")
    CUSTOMER = "customer", _("Customer changed")
    REQUESTER = "requester", _("Requester corrected")
    VALIDITY = "validity", _("Validity changed")
    VERIFY_ASKED = "verify_asked", _("Sender asked to confirm the address")
    PRIMARY_ASKED = "primary_asked", _("Asked to write from the primary address")
    PRIMARY_WROTE = "primary_wrote", _("Confirmed from the primary address")
    PERSON_ADDED = "person_added", _("Sender added as a person")
    SUBJECT = "subject", _("Subject changed")
    TAGS = "tags", _("Tags changed")
    PARTICIPANTS = "participants", _("People in CC changed")
    MERGED = "merged", _("Merged")
    FOLLOW_UP = "follow_up", _("Follow-up opened")
    SEND_CANCELLED = "send_cancelled", _("Sending undone")
    RULE = "rule", _("Rule applied")
    TOPIC = "topic", _("Topic of a forum")
    HIDDEN = "hidden", _("Message hidden in the forum")
    SUMMARY = "summary", _("Summary sent")
