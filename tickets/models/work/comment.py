"""What has been said on a ticket, and the ids of the mails that said it."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import MAX_ADDRESS_LENGTH
from recipients.models import Recipient
from tickets.models.work.ticket import Ticket


class Comment(models.Model):
    """A public message or an internal note, by a customer, an agent or a machine. Held ones wait for an agent."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer's message")
        AGENT = "agent", _("Agent's message")
        NOTE = "note", _("Internal note")
        AUTOMATIC = "automatic", _("Automatic reply")
        BOUNCE = "bounce", _("Delivery failure")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="comments", db_index=False)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    is_public = models.BooleanField(_("public"), default=True)
    is_held = models.BooleanField(_("held"), default=False)
    #: Taken out of a forum, and then not public either: agents alone read it.
    is_hidden = models.BooleanField(_("hidden in the forum"), default=False, editable=False)
    held_reason = models.CharField(_("why it is held"), max_length=300, blank=True)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="comments"
    )
    recipient = models.ForeignKey(Recipient, null=True, blank=True, on_delete=models.SET_NULL, related_name="comments")
    author_name = models.CharField(_("author's name"), max_length=200, blank=True)
    author_address = models.CharField(_("author's address"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    reply_to_address = models.CharField(_("reply-to"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    to = models.JSONField(_("to"), default=list, blank=True)
    cc = models.JSONField(_("cc"), default=list, blank=True)
    bcc = models.JSONField(_("bcc"), default=list, blank=True)
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML, sanitised"), blank=True)
    reply = models.TextField(_("new text"), blank=True)
    quoted = models.TextField(_("quoted text"), blank=True)
    match = models.JSONField(_("recognition"), default=dict, editable=False)
    verdict = models.JSONField(_("authentication"), default=dict, editable=False)
    validity = models.CharField(max_length=9, blank=True)
    answers_our_mail = models.BooleanField(
        default=False, editable=False, help_text=_("It named a mail of ours by an id that we signed.")
    )
    other_authors = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text=_("Additional addresses in From."),
    )
    original_sender = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text=_("Name and address of the author of a mail that an agent forwarded, according to its text."),
    )
    in_portal = models.BooleanField(_("written in the portal"), default=False, editable=False)
    message_id = models.TextField(_("Message-ID"), blank=True)
    written_at = models.DateTimeField(_("written"), null=True, blank=True)
    created_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["ticket", "created_at", "id"], name="comment_of_ticket"),
            models.Index(fields=["ticket"], name="note_of_ticket", condition=models.Q(kind="note")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_public=False) | ~models.Q(kind__in=["note", "bounce"]),
                name="notes_are_internal",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.ticket_id}"

    def get_absolute_url(self) -> str:
        """Its place on the page of its ticket, also where that page shows later messages alone."""
        page = reverse("tickets:detail", kwargs={"number": self.ticket_id})
        return f"{page}?message={self.pk}#message-{self.pk}"

    @property
    def portal_path(self) -> str:
        """Its place for customers: on the page of the topic, or of the request."""
        return f"{self.ticket.portal_path}#message-{self.pk}"

    @property
    def is_shown_in_forum(self) -> bool:
        """Whether the readers of a forum see it, if its ticket is a topic."""
        return self.kind in (self.Kind.CUSTOMER, self.Kind.AGENT) and self.is_public and not self.is_held

    @property
    def is_private(self) -> bool:
        """It was forwarded to somebody outside, or came from there: the customer does not read it."""
        said = self.kind in (self.Kind.CUSTOMER, self.Kind.AGENT) and not self.is_public
        return said and not (self.is_hidden or self.is_rejected)

    @property
    def is_rejected(self) -> bool:
        """It was held, and an agent decided that it does not belong to the conversation."""
        return bool(self.held_reason) and not self.is_held and not self.is_public


class MailReference(models.Model):
    """That a mail with this Message-ID belongs to a ticket, in either direction. Ours are also in the outbox.

    Message-IDs may be longer than an index allows, so they are found by the SHA-256 of their text.
    """

    digest = models.CharField(max_length=64)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="references")
    comment = models.ForeignKey(Comment, null=True, on_delete=models.CASCADE, related_name="references")

    class Meta:
        verbose_name = _("mail reference")
        verbose_name_plural = _("mail references")
        constraints = [models.UniqueConstraint(fields=["digest", "ticket"], name="a_reference_once_a_ticket")]

    def __str__(self) -> str:
        return self.digest
