"""The outbox: mails that wait to leave or have left. Written by tickets, sent by mailboxes."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import MAX_ADDRESS_LENGTH
from tickets.models.work.attachment import Attachment
from tickets.models.work.comment import Comment
from tickets.models.work.ticket import Ticket

#: After so long somebody is waiting for a mail that should have left.
PATIENCE = timedelta(minutes=2)


def is_overdue(before: datetime | None = None) -> models.Q:
    """It should have left by now: an attempt failed or still goes on, or nobody has tried.

    `before` is the time from which on a mail is not late yet, if it is known.
    """
    before = before or timezone.now() - PATIENCE
    late = models.Q(attempts__gt=0) | ~models.Q(error="") | models.Q(next_attempt_at__lt=before)
    return late & models.Q(state=Outbox.State.WAITING, created_at__lt=before)


class OutboxQuerySet(models.QuerySet["Outbox"]):
    def overdue(self, before: datetime | None = None) -> "OutboxQuerySet":
        return self.filter(is_overdue(before))


class Outbox(models.Model):
    """One mail to one address. Recipient, Message-ID and text are frozen when it is written (L40).

    `from_address`, `reply_to` and `addressed_to` say what the queue wants; `mailboxes` knows the accounts and turns
    them into headers. The token names this mail in its Message-ID and in its signed reply address.
    """

    class Kind(models.TextChoices):
        REQUEST_RECEIVED = "request_received", _("Request received")
        NEW_TICKET = "new_ticket", _("New ticket created")
        NEW_MESSAGE = "new_message", _("New message in ticket")
        TOPIC_POST = "topic_post", _("New message in a topic")
        CUSTOMER_REPLIED = "customer_replied", _("New message from the customer")
        DUE = "due", _("Due soon, or overdue")
        MENTION = "mention", _("Mentioned in a note")
        SUMMARY = "summary", _("Summary of the conversation")
        VERIFICATION = "verification", _("Please confirm your address")
        SATISFACTION = "satisfaction", _("Are you satisfied?")
        CLOSE_WARNING = "close_warning", _("Ticket will be closed")
        SENDERS_CHANGED = "senders_changed", _("Authorised senders changed")
        NOTICE = "notice", _("Notice to staff")
        NOTICE_SUMMARY = "notice_summary", _("Summary of notices to staff")
        REDIRECT_CHECK = "redirect_check", _("Redirect check")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        BOUNCED = "bounced", _("Bounced")
        CANCELLED = "cancelled", _("Cancelled")

    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.SET_NULL, related_name="outbox")
    comment = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.SET_NULL, related_name="outbox")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    recipient = models.CharField(_("recipient"), max_length=MAX_ADDRESS_LENGTH)
    recipient_name = models.CharField(_("recipient's name"), max_length=200, blank=True)
    token = models.CharField(max_length=60)
    subject = models.CharField(_("subject"), max_length=600)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    attachments = models.ManyToManyField(Attachment, blank=True, related_name="outbox")
    from_name = models.CharField(_("sender's name"), max_length=200, blank=True)
    from_address = models.CharField(_("sender's address"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    reply_to = models.CharField(_("reply-to"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    addressed_to = models.CharField(_("in the name of"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    to_staff = models.BooleanField(_("to staff"), default=False)
    is_automatic = models.BooleanField(_("automatic"), default=True)
    language = models.CharField(max_length=8, blank=True)
    unsubscribe_url = models.CharField(max_length=300, blank=True, editable=False)
    in_reply_to = models.TextField(blank=True)
    references = models.TextField(blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=400, blank=True)
    sent_from = models.CharField(_("sent by"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    unconfirmed = models.PositiveSmallIntegerField(default=0, editable=False)  # tries after which it may have arrived
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outbox")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="outbox_due", condition=models.Q(state="waiting")),
            models.Index(fields=["state", "-created_at", "-id"], name="outbox_by_state"),
            models.Index(fields=["recipient", "-created_at"], name="outbox_by_recipient"),
            models.Index(fields=["-created_at", "-id"], name="outbox_by_creation"),
            models.Index(fields=["message_id"], name="outbox_by_message_id"),  # not `db_index`: docs/performance.md
        ]
        constraints = [models.UniqueConstraint(fields=["token"], name="one_mail_a_token")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.recipient}"


class WithheldNotice(models.Model):
    """A notice about a ticket that was one too many for somebody who works here; it waits for their next summary."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="withheld_notices")
    address = models.CharField(_("recipient"), max_length=MAX_ADDRESS_LENGTH)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("notice waiting for a summary")
        verbose_name_plural = _("notices waiting for a summary")
        indexes = [models.Index(fields=["at"], name="withheld_notice_by_time")]

    def __str__(self) -> str:
        return f"{self.address} #{self.ticket_id}"
