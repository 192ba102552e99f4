"""What visitors of the portal have read."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from recipients.models import PortalAccount
from tickets.models.work.ticket import Ticket


class RequestRead(models.Model):
    """When a visitor last opened the page of a request; what we answered since then is new to them."""

    account = models.ForeignKey(PortalAccount, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(_("read"))

    class Meta:
        verbose_name = _("request that was read")
        verbose_name_plural = _("requests that were read")
        constraints = [models.UniqueConstraint(fields=["account", "ticket"], name="one_reading_a_visitor_and_ticket")]

    def __str__(self) -> str:
        return f"{self.account} #{self.ticket_id}"

    @classmethod
    def note(cls, account: PortalAccount, ticket: Ticket, at: datetime) -> None:
        """`account` has seen all that was said on `ticket` until `at`. One statement."""
        read = cls(account=account, ticket=ticket, read_at=at)
        cls._default_manager.bulk_create(
            [read], update_conflicts=True, unique_fields=["account", "ticket"], update_fields=["read_at"]
        )
