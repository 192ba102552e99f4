"""The tickets that a decision moved to another customer, and what they were before."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from recipients.models import Pairing
from tickets.models.work.ticket import Ticket


class TicketMove(models.Model):
    """That a ticket got or lost its customer: its requester was paired or unpaired, or somebody chose another one.

    `before` and `after` hold the ticket's fields; undo puts `before` back where `after` still stands. `batch` is that
    of the recipients' changes, if there are any. Kept for ever.
    """

    batch = models.UUIDField(db_index=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="moves")
    pairing = models.ForeignKey(Pairing, null=True, on_delete=models.SET_NULL, related_name="moves")
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("ticket moved by a pairing")
        verbose_name_plural = _("tickets moved by pairings")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"#{self.ticket_id}"
