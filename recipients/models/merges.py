"""Which customers turned out to be the same, and what moved when they became one?"""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.models.customers import Customer


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
