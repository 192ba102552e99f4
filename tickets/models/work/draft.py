"""What somebody typed and has not sent."""

import json
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from recipients.models import PortalAccount
from tickets.models.setup.category import Category
from tickets.models.setup.queue import Queue
from tickets.models.work.comment import Comment
from tickets.models.work.ticket import Ticket


class Draft(models.Model):
    """An answer on a ticket or, where there is no ticket yet, a new one; of an agent or of a visitor of the portal.

    `key` names the form of a new one. `forwards`: the message that it passes on to somebody outside. The files that
    were uploaded for it are attachments of its own.
    """

    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    visitor = models.ForeignKey(PortalAccount, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts")
    key = models.CharField(max_length=64, blank=True, editable=False)
    is_note = models.BooleanField(default=False)
    to = models.CharField(_("to"), max_length=400, blank=True)
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.SET_NULL, related_name="drafts")
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    html = models.TextField(blank=True)
    cc = models.TextField(blank=True)
    bcc = models.TextField(blank=True)
    note = models.TextField(blank=True)
    forwards = models.ForeignKey(
        Comment, verbose_name=_("forwarded message"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    tags = models.CharField(_("tags"), max_length=500, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        indexes = [models.Index(fields=["updated_at"], name="draft_by_update")]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "author"], name="one_draft_an_agent_and_ticket"),
            models.UniqueConstraint(fields=["ticket", "visitor"], name="one_draft_a_visitor_and_ticket"),
            models.UniqueConstraint(
                fields=["author", "key"], name="one_draft_an_agent_and_form", condition=models.Q(ticket__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["visitor", "key"], name="one_draft_a_visitor_and_form", condition=models.Q(ticket__isnull=True)
            ),
            models.CheckConstraint(
                condition=models.Q(author__isnull=True) ^ models.Q(visitor__isnull=True), name="a_draft_is_somebody_s"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author or self.visitor} #{self.ticket_id}" if self.ticket_id else f"{self.subject}"

    @property
    def fingerprint(self) -> str:
        """Another one for each text that is typed, whatever files are with it; "" while there is none."""
        typed = [self.html, self.to, self.cc, self.bcc, self.subject, self.note, self.tags]
        return sha256(json.dumps([self.is_note, *typed]).encode()).hexdigest()[:16] if any(typed) else ""
