"""What is the work? Tickets, and the verbs that change them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing import MAX_ADDRESS_LENGTH
from recipients.models import Customer, Pairing, Recipient
from recipients.verification import Validity
from tickets.models.queue import Priority, Queue
from tickets.visibility import TicketQuerySet

if TYPE_CHECKING:
    from tickets.models.comment import Comment  # noqa: F401


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


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Ticket(models.Model):
    """One piece of work. Its number is its primary key, never used twice, so that a tag names it for ever."""

    subject = models.CharField(_("subject"), max_length=500)
    bare_subject = models.CharField(max_length=500, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.NEW)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    queue = models.ForeignKey(Queue, verbose_name=_("queue"), on_delete=models.PROTECT, related_name="tickets")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assignee"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="assigned_tickets",
    )
    requester = models.ForeignKey(
        Recipient, verbose_name=_("requester"), null=True, on_delete=models.PROTECT, related_name="tickets"
    )
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), null=True, blank=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    customer_source = models.CharField(max_length=8, choices=CustomerSource, default=CustomerSource.MATCHING)
    customer_pairing = models.ForeignKey(
        Pairing, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="tickets"
    )
    validity = models.CharField(_("validity"), max_length=9, choices=Validity, default=Validity.TO_VERIFY)
    match = models.JSONField(_("recognition"), default=dict, editable=False)
    verdict = models.JSONField(_("authentication"), default=dict, editable=False)
    addressed_to = models.CharField(
        _("written to"),
        max_length=MAX_ADDRESS_LENGTH,
        blank=True,
        help_text=_("The address of ours to which the customer wrote."),
    )
    participants = models.ManyToManyField(
        Recipient, verbose_name=_("in CC"), blank=True, related_name="participating_tickets"
    )
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), blank=True, related_name="tickets")
    follow_up_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="follow_ups"
    )
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged")
    has_held_comments = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)
    first_response_at = models.DateTimeField(null=True, blank=True, editable=False)
    solved_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-updated_at", "-pk"]
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="ticket_by_update"),
            models.Index(fields=["-created_at", "-id"], name="ticket_by_creation"),
            models.Index(fields=["status", "-updated_at", "-id"], name="ticket_by_status"),
            models.Index(fields=["queue", "status", "-updated_at", "-id"], name="ticket_by_queue"),
            models.Index(fields=["assignee", "status", "-updated_at", "-id"], name="ticket_by_assignee"),
            models.Index(fields=["customer", "-updated_at", "-id"], name="ticket_by_customer"),
            models.Index(fields=["requester", "-updated_at", "-id"], name="ticket_by_requester"),
            models.Index(fields=["priority", "-updated_at", "-id"], name="ticket_by_priority"),
            models.Index(fields=["validity", "-updated_at", "-id"], name="ticket_by_validity"),
            models.Index(
                fields=["-updated_at"], name="ticket_with_held_comments", condition=models.Q(has_held_comments=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="merged") | models.Q(merged_into__isnull=True),
                name="only_a_merged_ticket_has_a_survivor",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    @property
    def number(self) -> int:
        return int(self.pk)

    @property
    def is_unsolved(self) -> bool:
        return self.status in UNSOLVED
