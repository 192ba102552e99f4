"""What a decision changed about tickets, and what they were before."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from recipients.models import Change, ChangeQuerySet, Pairing
from tickets.models.work.ticket import Ticket


class TicketChange(Change):
    """That an agent changed a ticket's properties: `before` and `after` hold its fields, and `tags` by their names."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="changes")

    objects = ChangeQuerySet["TicketChange"].as_manager()

    class Meta:
        verbose_name = _("change of a ticket")
        verbose_name_plural = _("changes of tickets")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"#{self.ticket_id}"


class TicketMerge(Change):
    """That `ticket` goes on as `survivor`.

    `before` holds what undo gives back: `status` and `clock`, and the ids of the `comments`, of the tickets `merged`
    before, of the requests to the sender (`verification_requests`, `primary_requests`) and of the `people` new on the
    survivor.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="merges")
    survivor = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")

    objects = ChangeQuerySet["TicketMerge"].as_manager()

    class Meta:
        verbose_name = _("merging of tickets")
        verbose_name_plural = _("mergings of tickets")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"#{self.ticket_id} → #{self.survivor_id}"


class TicketMove(Change):
    """That a ticket got or lost its customer: its requester was paired or unpaired, or somebody chose another one.

    `before` and `after` hold the ticket's fields, and `before` the `tags` of one that was closed. Kept for ever.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="moves")
    pairing = models.ForeignKey(Pairing, null=True, on_delete=models.SET_NULL, related_name="moves")

    objects = ChangeQuerySet["TicketMove"].as_manager()

    class Meta:
        verbose_name = _("ticket moved by a pairing")
        verbose_name_plural = _("tickets moved by pairings")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"#{self.ticket_id}"
