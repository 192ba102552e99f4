"""Undoing decisions about addresses: for each address about which nobody has decided otherwise since."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from recipients.decisions import displaced_persons
from recipients.decisions.actions import Changed, write
from recipients.models import Batch, Customer, Recipient, RecipientChange, User


def undo(batch: Batch, *, by: User | None, only: Recipient | None = None) -> Changed:
    """Put back what the batch changed, for every address or for one; those that cannot go back are refused by name."""
    with transaction.atomic():
        waiting = RecipientChange.objects.filter(batch=batch).standing()
        if only:
            waiting = waiting.filter(recipient=only)
        recipients = Recipient.objects.filter(pk__in=waiting.values("recipient")).locked().in_bulk()
        changes = list(waiting.order_by("pk"))  # read when their recipients are held: another undo has ended by then
        customers = {pk for change in changes for pk in (change.person_id, change.before.get("customer_id")) if pk}
        if customers:
            list(Customer.objects.filter(pk__in=customers).locked())
        for change in changes:
            change.recipient = recipients[change.recipient_id]
        refused = _staying(changes)
        undone = [change for change in changes if change.recipient.address not in refused]
        displaced_persons.bring_back(undone)
        pairings = write([(change.recipient, change.before) for change in undone], by)
        RecipientChange.objects.filter(pk__in=[change.pk for change in undone]).mark_undone(by=by)
    return Changed(batch, tuple(change.recipient for change in undone), refused, pairings)


def _staying(changes: Iterable[RecipientChange]) -> dict[str, str]:
    """Why addresses cannot go back: somebody decided otherwise since, or what they had is not there any more."""
    wanted = {change.before["customer_id"] for change in changes if change.before.get("customer_id")}
    there = set(Customer.objects.present().filter(pk__in=wanted).values_list("pk", flat=True))
    registered = displaced_persons.registered_since(changes)
    refused = {}
    for change in changes:
        recipient, customer = change.recipient, change.before.get("customer_id")
        if not change.holds(recipient):
            refused[recipient.address] = _("It has been changed again since.")
        elif customer and customer not in there:
            refused[recipient.address] = _("The customer it was paired with no longer exists.")
        elif customer and recipient.shared and "shared" not in change.before:
            refused[recipient.address] = _("It has been marked as shared since.")
        elif recipient.customer_id and change.before.get("shared") and "customer_id" not in change.before:
            refused[recipient.address] = _("It has been paired since.")
        elif recipient.address in registered:
            refused[recipient.address] = _("It has been registered as somebody's address since.")
    return refused
