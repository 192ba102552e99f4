"""Merging customers: two rows become one with its addresses and pairings, and two again.

The merged one stays as a row that goes on as the survivor: its number and its history keep their meaning, and undo
gives back exactly what it had. The tickets are moved by `tickets.customers.merge_customers`, in the same transaction.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from recipients.addressing.normalise import display
from recipients.customers import authorised
from recipients.decisions import actions
from recipients.decisions.undo import undo as undo_changes
from recipients.models import (
    AuthorisedSender,
    Batch,
    Customer,
    CustomerAddress,
    CustomerMerge,
    Recipient,
    RecipientChange,
    User,
)


def refusal(merged: Customer, survivor: Customer) -> str:
    """Why `merged` cannot go on as `survivor`, "" if it can."""
    if merged.pk == survivor.pk:
        return _("A customer cannot be merged with itself.")
    if merged.merged_into_id or survivor.merged_into_id:
        return _("One of them has already been merged.")
    if merged.is_company != survivor.is_company:
        return _("A person can be merged only into a person, and a company only into a company.")
    return ""


def merge(merged: Customer, survivor: Customer, *, by: User) -> CustomerMerge:
    """Let `merged` go on as `survivor`; must be called in a transaction. Raises ValidationError with a sentence.

    Addresses, authorised senders, persons and pairings go over. What the survivor says about itself stays.
    """
    related = Q(company=merged) | Q(merged_into=merged)  # they go over, too
    concerned = Customer.objects.filter(Q(pk__in=[merged.pk, survivor.pk]) | related)
    locked = {each.pk: each for each in Recipient.objects.hold_paired([merged.pk], concerned)}
    merged, survivor = locked[merged.pk], locked[survivor.pk]
    if reason := refusal(merged, survivor):
        raise ValidationError(reason)
    senders = _move_senders(merged, survivor)
    moved = {
        "addresses": _move_addresses(merged, survivor),
        "senders": senders,
        "persons": list(merged.persons.values_list("pk", flat=True)),
        "company": merged.company_id,
        "merged": list(merged.merged.values_list("pk", flat=True)),
    }
    authorised.record(survivor, added=[value for _kind, value, is_new, *_since in senders if is_new], by=by)
    merged.persons.update(company=survivor)
    survivor.confirm()
    batch = Batch(kind=Batch.Kind.MERGED, by=by)
    done = CustomerMerge(
        batch=batch, merged=merged, survivor=survivor, before=moved, after={"merged_into_id": survivor.pk}
    )
    CustomerMerge.objects.keep([done])
    actions.follow_merge(Recipient.objects.filter(customer=merged), survivor, batch=batch)
    Customer.objects.filter(merged_into=merged).update(merged_into=survivor)
    Customer.objects.filter(pk=merged.pk).update(merged_into=survivor, company=None)
    return done


def undo(done: CustomerMerge, *, by: User) -> list[str]:
    """Make them two again; what stays with the survivor, one sentence each. Raises ValidationError.

    Must be called in a transaction.
    """
    done = CustomerMerge.objects.select_related("batch").select_for_update(of=("self",), no_key=True).get(pk=done.pk)
    list(Recipient.objects.filter(pk__in=RecipientChange.objects.filter(batch=done.batch).values("recipient")).locked())
    concerned = {done.merged_id, done.survivor_id, *done.before["persons"], *done.before["merged"]}
    locked = {each.pk: each for each in Customer.objects.filter(pk__in=concerned).locked()}
    done.merged, done.survivor = locked[done.merged_id], locked[done.survivor_id]
    if done.undone_at:
        raise ValidationError(_("It was already undone."))
    if done.survivor.merged_into_id:
        text = _("%(survivor)s has been merged into another customer since. Undo that first.")
        raise ValidationError(text % {"survivor": done.survivor})
    company = done.before.get("company")
    kept = company if Customer.objects.filter(pk=company, is_company=True).exists() else None
    Customer.objects.filter(pk=done.merged_id).update(merged_into=None, company=kept)
    stays = _give_addresses_back(done) + _give_senders_back(done, by)
    Customer.objects.filter(pk__in=done.before["persons"], company=done.survivor).update(company=done.merged)
    Customer.objects.filter(pk__in=done.before["merged"], merged_into=done.survivor).update(merged_into=done.merged)
    refused = undo_changes(done.batch, by=by).refused
    CustomerMerge.objects.filter(pk=done.pk).mark_undone(by=by)
    return stays + [f"{display(address)}: {reason}" for address, reason in refused.items()]


def _move_addresses(merged: Customer, survivor: Customer) -> list[list[Any]]:
    """Each as [address, was the profile Email, is new on the survivor]."""
    present = {each.address: each for each in survivor.addresses.all()}
    has_primary = any(each.is_primary for each in present.values())
    moved, new = [], []
    for each in merged.addresses.all():
        moved.append([each.address, each.is_primary, each.address not in present])
        if each.address not in present:
            primary = each.is_primary and not has_primary
            new.append(CustomerAddress(customer=survivor, address=each.address, is_primary=primary))
    merged.addresses.all().delete()
    CustomerAddress.objects.bulk_create(new)
    return moved


def _move_senders(merged: Customer, survivor: Customer) -> list[list[Any]]:
    """Each as [kind, value, is new on the survivor, since when it is unconfirmed or None]."""
    present = set(survivor.authorised_senders.values_list("value", flat=True))
    senders = list(merged.authorised_senders.all())
    moved: list[list[Any]] = [[each.kind, each.value, each.value not in present, _iso(each)] for each in senders]
    merged.authorised_senders.all().delete()
    AuthorisedSender.objects.bulk_create(
        [
            AuthorisedSender(
                customer=survivor, kind=each.kind, value=each.value, unconfirmed_since=each.unconfirmed_since
            )
            for each in senders
            if each.value not in present
        ]
    )
    return moved


def _iso(sender: AuthorisedSender) -> str | None:
    return sender.unconfirmed_since.isoformat() if sender.unconfirmed_since else None


def _give_addresses_back(done: CustomerMerge) -> list[str]:
    """An address that somebody took off the survivor since does not come back."""
    present = set(done.survivor.addresses.values_list("address", flat=True))
    back = [row for row in done.before["addresses"] if row[0] in present]
    gone = [row[0] for row in done.before["addresses"] if row[0] not in present]
    done.survivor.addresses.filter(address__in=[address for address, _was, is_new in back if is_new]).delete()
    CustomerAddress.objects.bulk_create(
        [
            CustomerAddress(customer=done.merged, address=address, is_primary=was_primary)
            for address, was_primary, _is_new in back
        ]
    )
    return [_("%(address)s has been removed since.") % {"address": display(address)} for address in gone]


def _give_senders_back(done: CustomerMerge, by: User) -> list[str]:
    """Each list is told to its customer as far as it differs from what it was: here, and there what is gone since."""
    present = set(done.survivor.authorised_senders.values_list("value", flat=True))
    back = [row for row in done.before["senders"] if row[1] in present]
    gone = [row[1] for row in done.before["senders"] if row[1] not in present]
    unconfirmed = set(done.survivor.authorised_senders.unconfirmed().values_list("value", flat=True))
    taken = [value for _kind, value, is_new, *_since in back if is_new]
    done.survivor.authorised_senders.filter(value__in=taken).delete()
    authorised.record(done.survivor, removed=taken, by=by)
    authorised.record(done.merged, removed=gone, by=by)
    AuthorisedSender.objects.bulk_create(
        [
            AuthorisedSender(
                customer=done.merged,
                kind=kind,
                value=value,
                unconfirmed_since=since[0] if since and (value in unconfirmed or not is_new) else None,
            )
            for kind, value, is_new, *since in back
        ]
    )
    return [_("%(value)s is no longer an authorised sender.") % {"value": value} for value in gone]
