"""What happened to a ticket? The history, and the only source of notifications."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.models import Recipient
from tickets.models.comment import Comment
from tickets.models.ticket import Ticket


class Event(models.Model):
    """One thing that happened, who did it, and the values before and after in `data`."""

    class Kind(models.TextChoices):
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
        SUBJECT = "subject", _("Subject changed")
        TAGS = "tags", _("Tags changed")
        PARTICIPANTS = "participants", _("People in CC changed")
        MERGED = "merged", _("Merged")
        FOLLOW_UP = "follow_up", _("Follow-up opened")
        SUMMARY = "summary", _("Summary sent")
        SEND_CANCELLED = "send_cancelled", _("Sending undone")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recipient = models.ForeignKey(Recipient, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    comment = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.SET_NULL, related_name="events")
    data = models.JSONField(_("values"), default=dict, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["ticket", "at", "id"], name="event_of_ticket")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.ticket_id}"
