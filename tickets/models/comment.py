"""What has been said on a ticket?"""

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing import MAX_ADDRESS_LENGTH
from recipients.models import Recipient
from tickets.models.ticket import Ticket


class Comment(models.Model):
    """A public message or an internal note, by a customer, an agent or an automatic mail. Held ones wait for an agent."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer's message")
        AGENT = "agent", _("Agent's message")
        NOTE = "note", _("Internal note")
        AUTOMATIC = "automatic", _("Automatic reply")
        BOUNCE = "bounce", _("Delivery failure")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="comments")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    is_public = models.BooleanField(_("public"), default=True)
    is_held = models.BooleanField(_("held"), default=False)
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
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML, sanitised"), blank=True)
    reply = models.TextField(_("new text"), blank=True)
    quoted = models.TextField(_("quoted text"), blank=True)
    match = models.JSONField(_("recognition"), default=dict, editable=False)
    verdict = models.JSONField(_("authentication"), default=dict, editable=False)
    validity = models.CharField(max_length=9, blank=True)
    message_id = models.TextField(_("Message-ID"), blank=True)
    written_at = models.DateTimeField(_("written"), null=True, blank=True)
    created_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["ticket", "created_at", "id"], name="comment_of_ticket")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_public=False) | ~models.Q(kind__in=["note", "bounce"]),
                name="notes_are_internal",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.ticket_id}"


class Attachment(models.Model):
    """A file of a comment. Its bytes lie under the sha256 of their content, once however often they arrive."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("name"), max_length=255)
    type = models.CharField(_("type"), max_length=127)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    inline = models.BooleanField(_("shown in the text"), default=False)
    cid = models.CharField(max_length=255, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """The name of its bytes in `default_storage`."""
        return attachment_path(self.sha256)

    def read(self) -> bytes:
        """Its bytes. Raises FileNotFoundError if the storage has lost them."""
        with default_storage.open(self.path, "rb") as file:
            return bytes(file.read())


def attachment_path(sha256: str) -> str:
    return f"attachments/{sha256[:2]}/{sha256}"


class Draft(models.Model):
    """What an agent has typed on a ticket and not sent."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    is_note = models.BooleanField(default=False)
    html = models.TextField(blank=True)
    cc = models.TextField(blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [models.UniqueConstraint(fields=["ticket", "author"], name="one_draft_an_agent_and_ticket")]

    def __str__(self) -> str:
        return f"{self.author} #{self.ticket_id}"


class MailReference(models.Model):
    """That a mail with this Message-ID belongs to a ticket, in either direction. Ours are also in the outbox.

    Message-IDs may be longer than an index allows, so they are found by the SHA-256 of their text.
    """

    digest = models.CharField(max_length=64, db_index=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="references")
    comment = models.ForeignKey(Comment, null=True, on_delete=models.CASCADE, related_name="references")

    class Meta:
        verbose_name = _("mail reference")
        verbose_name_plural = _("mail references")
        constraints = [models.UniqueConstraint(fields=["digest", "ticket"], name="a_reference_once_a_ticket")]

    def __str__(self) -> str:
        return self.digest
