"""Canned replies: texts that agents insert into an answer, or send at a click together with what else is done then."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.database.kept import Kept, KeptRows
from recipients.models import User
from tickets.models.setup.queue import Queue

if TYPE_CHECKING:
    from tickets.models.work.ticket import Ticket


class CannedReplyQuerySet(models.QuerySet["CannedReply"]):
    def offered_to(self, user: User, ticket: "Ticket") -> "CannedReplyQuerySet":
        """An agent's own, those of the ticket's queue, and those of every queue."""
        of_queue = models.Q(queues=ticket.queue_id) | models.Q(queues=None)
        return self.filter(models.Q(owner=user) | models.Q(owner=None) & of_queue).distinct()


class CannedReply(KeptRows):
    """A text with placeholders, an agent's own or of queues. One that also does something is a macro."""

    class Assign(models.TextChoices):
        ME = "me", _("Whoever uses it")
        NOBODY = "nobody", _("Nobody")
        AGENT = "agent", _("A specific agent")

    name = models.CharField(_("name"), max_length=100)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="canned_replies"
    )
    queues = models.ManyToManyField(
        Queue, verbose_name=_("queues"), blank=True, related_name="canned_replies", help_text=_("None: in all of them.")
    )
    html = models.TextField(_("text"), blank=True)
    status = models.CharField(_("set the status to"), max_length=20, blank=True)
    assign = models.CharField(_("assign to"), max_length=8, blank=True, choices=Assign)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agent"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    tags = models.CharField(_("add tags"), max_length=500, blank=True, help_text=_("Separated by commas."))
    snooze_days = models.PositiveSmallIntegerField(
        _("days to snooze"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("Or until the customer answers, whichever comes first."),
    )
    is_button = models.BooleanField(
        _("a button on tickets"), default=False, help_text=_("It is previewed before anything is done.")
    )
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    objects = CannedReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def forget() -> None:
        KEPT.forget()

    @property
    def does_something(self) -> bool:
        """Whether it changes the ticket, and not only what is written."""
        return bool(self.status or self.assign or self.tags or self.snooze_days)


def are_there_buttons() -> bool:
    """Whether any macro is a button: where none is, no ticket's page asks. No query but now and then one."""
    return KEPT.get()


def _read() -> bool:
    return CannedReply.objects.filter(is_button=True).exists()


KEPT = Kept("buttons", _read)
