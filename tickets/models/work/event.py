"""What happened to a ticket: the history, and the only source of notifications."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.models import Recipient
from tickets.models.work.comment import Comment
from tickets.models.work.states import EventKind
from tickets.models.work.ticket import Ticket


class Event(models.Model):
    """One thing that happened, who did it, and the values before and after in `data`. Written once, never changed.

    `data["withheld"]` lists the mails that it called for and that were not written, as [address, reason].
    """

    Kind = EventKind

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events", db_index=False)
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
