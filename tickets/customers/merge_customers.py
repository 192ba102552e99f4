"""Merging two customers with all their tickets, and making them two again; each in one transaction."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from recipients.customers import merging
from recipients.models import Customer, CustomerMerge, User
from tickets.customers import transfer
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Merged:
    """The merge, how many tickets moved, and what stayed, a sentence each."""

    merge: CustomerMerge
    tickets: int
    stays: tuple[str, ...] = ()


def merge(merged: Customer, survivor: Customer, *, by: User) -> Merged:
    """Let `merged` go on as `survivor`. Raises ValidationError with a sentence."""
    with transaction.atomic():
        done = merging.merge(merged, survivor, by=by)
        moved = transfer.follow_merge(Ticket.objects.filter(customer=merged), survivor, batch=done.batch)
        return Merged(done, len(moved))


def undo(done: CustomerMerge, *, by: User) -> Merged:
    """Make them two again, with the tickets nobody has changed since. Raises ValidationError with a sentence."""
    with transaction.atomic():
        stays = merging.undo(done, by=by)
        moved, stayed = transfer.put_back(done.batch, by=by)
        stays += [_("Ticket #%(number)s: %(reason)s") % {"number": n, "reason": why} for n, why in stayed.items()]
        return Merged(done, len(moved), tuple(stays))
