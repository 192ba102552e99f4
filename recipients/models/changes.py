"""What was decided about addresses and customers, and what it was before. Kept for ever (docs/decisions/undo.md)."""

import uuid
from collections.abc import Sequence
from typing import TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.models.customers import Customer
from recipients.models.people import User
from recipients.models.recipients import Recipient

#: Rows of one statement.
_AT_ONCE = 1000


class Batch(models.Model):
    """One act that can be undone: what was done, by whom, and when. The rows that it changed are its changes.

    It is saved with the first of them: an act that changes nothing leaves no trace.
    """

    class Kind(models.TextChoices):
        PAIRED = "paired", _("Paired")
        UNPAIRED = "unpaired", _("Unpaired")
        BANNED = "banned", _("Banned")
        UNBANNED = "unbanned", _("Unbanned")
        SHARED = "shared", _("Marked as shared")
        UNSHARED = "unshared", _("No longer shared")
        FORM = "form", _("Marked as a form")
        RENAMED = "renamed", _("Renamed")
        REACHABLE = "reached", _("Marked as reachable")
        MERGED = "merged", _("Customer merged")
        TICKET_MERGED = "tkt_merged", _("Ticket merged")
        ASSIGNED = "assigned", _("Customer assigned")
        CHANGED = "changed", _("Properties changed")
        REMATCHED = "rematched", _("Recognised again")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("what"), max_length=12, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("undoable action")
        verbose_name_plural = _("undoable actions")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M}"


C = TypeVar("C", bound="Change")


class ChangeQuerySet(models.QuerySet[C]):
    def standing(self) -> "ChangeQuerySet[C]":
        """Those that nobody has undone."""
        return self.filter(undone_at__isnull=True)

    def keep(self, changes: Sequence[C]) -> None:
        """Save the changes of one act, and with the first of them the batch. Two statements, or one; none for none."""
        if changes and (batch := changes[0].batch)._state.adding:
            batch.save(force_insert=True)
        self.bulk_create(changes, batch_size=_AT_ONCE)

    def mark_undone(self, *, by: User | None) -> None:
        """Say that they were taken back."""
        self.update(undone_at=timezone.now(), undone_by=by)


class Change(models.Model):
    """What a batch did to one row: its values before and after, by name. Undone where `after` still holds."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="%(class)ss")
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True

    def holds(self, row: models.Model) -> bool:
        """Whether nobody has changed since, in the `row` that it changed, what it did."""
        return all(getattr(row, name) == value for name, value in self.after.items())


class RecipientChange(Change):
    """What was decided about one address. `person`: whom that displaced."""

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="changes")
    person = models.ForeignKey(
        Customer, verbose_name=_("who was replaced"), null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ChangeQuerySet["RecipientChange"].as_manager()

    class Meta:
        verbose_name = _("change of a recipient")
        verbose_name_plural = _("changes of recipients")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["recipient", "-id"], name="change_of_recipient")]

    def __str__(self) -> str:
        return f"{self.batch.get_kind_display()}: {self.recipient_id}"


class CustomerMerge(Change):
    """That `merged` goes on as `survivor`; the changes of recipients and tickets share its batch.

    `before` holds what undo gives back: `addresses` as [address, is profile Email, is new on the survivor], `senders`
    as [kind, value, is new on the survivor, unconfirmed since], the ids of `persons` and of customers `merged` before,
    and that of `company`.
    """

    survivor = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merges")
    merged = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merged_away")

    objects = ChangeQuerySet["CustomerMerge"].as_manager()

    class Meta:
        verbose_name = _("merge of customers")
        verbose_name_plural = _("merges of customers")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at__isnull=True), name="a_customer_is_merged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged} → {self.survivor}"


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
