"""The settings of tickets in this installation."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from recipients.addressing.fields import TypedAddressField
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH


class TicketSettings(models.Model):
    """One row: the ticket parameters and who is told."""

    class ReplySenderCheck(models.TextChoices):
        HOLD = "hold", _("Hold the message until an agent accepts it")
        NEW_TICKET = "new_ticket", _("Open a new ticket")
        OFF = "off", _("Add it to the ticket")

    notifications = models.BooleanField(
        _("send ticket notifications"), default=True, help_text=_("Off: only agents' answers are sent.")
    )
    admin_email = TypedAddressField(
        _("Admin email"),
        max_length=MAX_ADDRESS_LENGTH,
        blank=True,
        help_text=_("Is notified of every new ticket and message, and can answer by email."),
    )
    reply_sender_check = models.CharField(
        _("replies from senders unrelated to the ticket"),
        max_length=10,
        choices=ReplySenderCheck,
        default=ReplySenderCheck.HOLD,
    )
    match_closed_for_days = models.PositiveSmallIntegerField(
        _("replies reopen a closed ticket for this many days"),
        null=True,
        blank=True,
        help_text=_("Later replies open a linked ticket. Empty: always reopen."),
    )
    echo_request = models.BooleanField(
        _("repeat subject and text in confirmations"),
        default=True,
        help_text=_("Off: a forged sender's text is never relayed."),
    )
    automatic_mails_per_hour = models.PositiveSmallIntegerField(
        _("automatic emails to one address per hour"),
        default=limits.AUTOMATIC_MAILS.amount,
        help_text=_("So that no two machines answer each other for ever. Staff may get ten times as many."),
    )
    answering_assigns = models.BooleanField(
        _("whoever answers an unassigned ticket becomes its assignee"),
        default=True,
        help_text=_("If the answer is undone, the ticket is unassigned again."),
    )
    status_after_reply = models.CharField(
        _("status after the customer's message"),
        max_length=20,
        default="open",
        help_text=_("Of tickets that have been answered. New then means that the customer wrote last."),
    )
    status_after_reopening = models.CharField(
        _("status after the customer reopened it"),
        max_length=20,
        default="open",
        help_text=_("Of tickets that were solved or closed."),
    )
    status_after_answer = models.CharField(
        _("status after an agent's answer"),
        max_length=20,
        blank=True,
        help_text=_("Unless the agent chooses another one when sending."),
    )
    mailbox_name_only = models.BooleanField(
        _("send under the mailbox's name only"),
        default=False,
        help_text=_("On: From never carries an agent's name or address, whatever the queue's settings say."),
    )
    undo_seconds = models.PositiveSmallIntegerField(_("seconds in which a sent answer can be undone"), default=10)

    class Meta:
        verbose_name = _("ticket settings")
        verbose_name_plural = _("ticket settings")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="ticket_settings_are_one_row")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> Self:
        """The row, with its defaults if it was never saved. One query."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)
