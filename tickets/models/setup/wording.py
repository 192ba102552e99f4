"""The wording of a queue's mails, in its own words instead of the built-in ones."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models.setup.queue import Queue

if TYPE_CHECKING:
    from recipients.models import User


class WordingQuerySet(models.QuerySet["Wording"]):
    """Versions of texts."""

    def broken(self) -> Self:
        """Those that hold now, and could not be used for a mail."""
        current = Wording.objects.filter(queue=OuterRef("queue"), kind=OuterRef("kind"), language=OuterRef("language"))
        return self.exclude(fault="").filter(
            language=F("queue__language"), pk=Subquery(current.order_by("-pk").values("pk")[:1])
        )


class Wording(models.Model):
    """One version of what a mail of a queue says in a language; empty: the built-in text. Written once, never changed.

    What holds now is in `Queue.wording` as well, so that a mail costs no further query. `fault` says why it could not
    be used for a mail, which then had the built-in text.
    """

    class Kind(models.TextChoices):
        REQUEST_RECEIVED = "request_received", _("Confirmation of receipt")
        AFTER_HOURS = "after_hours", _("Confirmation outside working hours")
        NEW_MESSAGE = "new_message", _("Agent's answer")
        SUMMARY = "summary", _("Summary of the conversation")
        VERIFICATION = "verification", _("Request to confirm the address")
        CLOSE_WARNING = "close_warning", _("Warning before it is closed")
        SATISFACTION = "satisfaction", _("Satisfaction question")
        NEW_TICKET = "new_ticket", _("Notice to staff: new ticket")
        CUSTOMER_REPLIED = "customer_replied", _("Notice to staff: the customer wrote")
        NOTICE = "notice", _("Notice to staff: message held")

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="wordings")
    kind = models.CharField(max_length=16, choices=Kind)
    language = models.CharField(max_length=8)
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    body = models.TextField(_("text"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    fault = models.CharField(max_length=300, blank=True)

    objects = WordingQuerySet.as_manager()

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["queue", "kind", "language", "-id"], name="wording_of_queue")]

    def __str__(self) -> str:
        return f"{self.queue}: {self.get_kind_display()}"

    @classmethod
    def write(cls, queue: Queue, kind: str, subject: str, body: str, *, by: "User | None") -> "Wording":
        """Make these the words of the queue in its language, and keep those before; without any, the built-in ones."""
        with transaction.atomic():
            locked = Queue.objects.select_for_update().get(pk=queue.pk)
            version = cls.objects.create(
                queue=locked, kind=kind, language=queue.language, subject=subject, body=body, by=by
            )
            words = locked.wording.setdefault(queue.language, {})
            words.pop(kind, None)
            if body:
                words[kind] = [subject, body]
            locked.save(update_fields=["wording"])
        queue.wording = locked.wording
        return version
