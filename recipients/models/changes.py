"""What was decided about addresses and customers, and what it was before. Kept for ever."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.models.customers import Customer
from recipients.models.recipients import Recipient


class Pairing(models.Model):
    """That an address was linked to a customer, from when to when and by whom. Kept for ever."""

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="pairings")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="pairings")
    started_at = models.DateTimeField(_("paired"), default=timezone.now)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    ended_at = models.DateTimeField(_("unpaired"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("pairing")
        verbose_name_plural = _("pairings")
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient"], condition=models.Q(ended_at__isnull=True), name="one_pairing_an_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.recipient} – {self.customer}"


class RecipientChange(models.Model):
    """One decision about one address: what was before and after. Those of one act share a `batch`. Kept for ever."""

    class Kind(models.TextChoices):
        PAIRED = "paired", _("Paired")
        UNPAIRED = "unpaired", _("Unpaired")
        BANNED = "banned", _("Banned")
        UNBANNED = "unbanned", _("Unbanned")
        SHARED = "shared", _("Marked as shared")
        UNSHARED = "unshared", _("No longer shared")
        RENAMED = "renamed", _("Renamed")
        REACHABLE = "reached", _("Marked as reachable")
        MERGED = "merged", _("Customer merged")

    batch = models.UUIDField(db_index=True)
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(_("what"), max_length=8, choices=Kind)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    person = models.ForeignKey(
        Customer, verbose_name=_("who gave way"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("change of a recipient")
        verbose_name_plural = _("changes of recipients")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["recipient", "-at", "-id"], name="change_of_recipient")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.recipient_id}"


class CustomerMerge(models.Model):
    """That `merged` goes on as `survivor`. Kept for ever; the changes of recipients and tickets share its `batch`.

    `moved` holds what undo needs: `addresses` as [address, is profile Email, is new on the survivor], `senders` as
    [kind, value, is new on the survivor], the ids of `persons` and of customers `merged` before, and that of `company`.
    """

    batch = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    survivor = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges")
    merged = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merged_away")
    moved = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("merge of customers")
        verbose_name_plural = _("merges of customers")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at__isnull=True), name="a_customer_is_merged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged} → {self.survivor}"
