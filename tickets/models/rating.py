"""Whether a customer was satisfied: asked once for a ticket, after it is done."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models.work.ticket import Ticket


class Rating(models.Model):
    """The question about one ticket, and the answer if there is one."""

    class Verdict(models.TextChoices):
        GOOD = "good", _("Satisfied")
        BAD = "bad", _("Not satisfied")

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="rating")
    asked_at = models.DateTimeField(_("question"), default=timezone.now)
    verdict = models.CharField(_("rating"), max_length=4, choices=Verdict, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    answered_at = models.DateTimeField(_("answer"), null=True, blank=True)

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        ordering = ["-answered_at", "-pk"]
        indexes = [models.Index(fields=["-answered_at"], name="rating_by_answer")]

    def __str__(self) -> str:
        return f"#{self.ticket_id}: {self.get_verdict_display() or '—'}"
