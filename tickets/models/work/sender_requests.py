"""What a sender was asked for: to confirm that they wrote, or to write from the customer's primary address."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.models.links import OneTimeLink
from tickets.models.work.comment import Comment
from tickets.models.work.ticket import Ticket

#: The name under which tickets are read with `is_waiting`.
WAITS = "waits_for_primary"


class VerificationRequest(OneTimeLink):
    """That the requester of a ticket was asked to prove that they control their address (A05). Proves nothing else."""

    lifetime = timedelta(days=7)

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="verification_requests")

    class Meta:
        verbose_name = _("verification request")
        verbose_name_plural = _("verification requests")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["ticket", "-created_at"], name="verification_of_ticket")]


class PrimaryRequestQuerySet(models.QuerySet["PrimaryRequest"]):
    def unanswered(self) -> Self:
        """Those for which nobody has written from the primary address yet."""
        return self.filter(fulfilled_at__isnull=True)


class PrimaryRequest(models.Model):
    """That an agent asked for the request to be repeated from the customer's primary address (A06).

    It is open until a message comes from that address for certain, or an agent takes one for it, and is fulfilled by
    that message. `address` is the primary address at the time of asking.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="primary_requests")
    address = models.CharField(_("primary address"), max_length=320)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    fulfilled_by = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    fulfilled_at = models.DateTimeField(_("fulfilled"), null=True, blank=True)

    objects = PrimaryRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to write from the primary address")
        verbose_name_plural = _("requests to write from the primary address")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=models.Q(fulfilled_at__isnull=True),
                name="one_open_primary_request_a_ticket",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} → {self.address}"

    def fulfil(self, comment: Comment) -> None:
        self.fulfilled_by, self.fulfilled_at = comment, timezone.now()
        self.save(update_fields=["fulfilled_by", "fulfilled_at"])


def is_waiting() -> models.Exists:
    """To read with tickets, under the name `WAITS`: whether somebody waits for the primary address."""
    return models.Exists(PrimaryRequest.objects.unanswered().filter(ticket=models.OuterRef("pk")))
