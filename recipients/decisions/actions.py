"""Decisions about addresses: pair, ban, share, rename, and their opposites.

Each takes any number of recipients in a constant number of queries, refuses what may not be done by name, and writes
one `RecipientChange` for each row it changes, so that every one of them can be undone later.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from recipients.decisions import displaced_persons, pairing_checks
from recipients.models import Batch, Customer, Pairing, Recipient, RecipientChange, User
from recipients.models.reach import beyond
from recipients.models.recipients import RecipientQuerySet

Kind = Batch.Kind


@dataclass(frozen=True, slots=True)
class Changed:
    """What one decision did: the batch that undoes it, the recipients it changed, whom it refused and why."""

    batch: Batch
    recipients: tuple[Recipient, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    pairings: tuple[Pairing, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.recipients)


def pair(recipients: RecipientQuerySet, customer: Customer, *, by: User | None) -> Changed:
    """Link every address to `customer` (R03, R27). Shared, registered and own addresses are refused.

    A person that auto-add made of an address gives way (T18); one to whom somebody pairs an address is confirmed.
    """
    with transaction.atomic():
        chosen = recipients.locked()
        held = displaced_persons.hold(chosen, customer)
        if not any(each.pk == customer.pk and each.is_present for each in held):  # merged or deleted meanwhile
            return Changed(Batch(kind=Kind.PAIRED, by=by), refused=pairing_checks.gone(chosen))
        customer.confirm()
        changed = _decide(chosen, Kind.PAIRED, {"customer_id": customer.pk}, by=by, refused_by=pairing_checks.pairing)
        displaced_persons.displace(changed.recipients, changed.batch, held)
    return changed


def unpair(recipients: RecipientQuerySet, *, by: User | None) -> Changed:
    """Cut the link, so that the next new mail is unassigned again (R07)."""
    return _decide(recipients.locked(), Kind.UNPAIRED, {"customer_id": None}, by=by)


def follow_merge(recipients: RecipientQuerySet, customer: Customer, *, batch: Batch) -> Changed:
    """Their customer goes on as `customer`, and so do their pairings; nothing is refused."""
    return _decide(recipients.locked(), Kind.MERGED, {"customer_id": customer.pk}, by=batch.by, batch=batch)


def ban(recipients: RecipientQuerySet, *, by: User | None) -> Changed:
    """Stop listening (R09). Agents' and own addresses are refused; a pairing is kept for later."""
    return _decide(recipients.locked(), Kind.BANNED, {"banned": True}, by=by, refused_by=pairing_checks.banning)


def unban(recipients: RecipientQuerySet, *, by: User | None) -> Changed:
    """Listen again from the next mail on (R10). Deny rules stay as they are."""
    return _decide(recipients.locked(), Kind.UNBANNED, {"banned": False}, by=by)


def share(recipients: RecipientQuerySet, *, by: User | None, as_form: bool = False) -> Changed:
    """Mark as many people's address (R15): drops the pairing. Registered addresses are refused.

    `as_form`: its mails are written for others, whom Reply-To names. A person that auto-add made of an address gives
    way (T18).
    """
    values = {"shared": True, "is_form": as_form, "customer_id": None}
    kind = Kind.FORM if as_form else Kind.SHARED
    with transaction.atomic():
        chosen = recipients.locked()
        held = displaced_persons.hold(chosen)
        changed = _decide(chosen, kind, values, by=by, refused_by=pairing_checks.sharing)
        displaced_persons.displace(changed.recipients, changed.batch, held)
    return changed


def unshare(recipients: RecipientQuerySet, *, by: User | None) -> Changed:
    """One person's address again: it may be paired."""
    return _decide(recipients.locked(), Kind.UNSHARED, {"shared": False, "is_form": False}, by=by)


def mark_reachable(recipients: RecipientQuerySet, *, by: User | None) -> Changed:
    """Write again where mail could not be delivered; somebody knows that it can be now."""
    return _decide(recipients.locked(), Kind.REACHABLE, {"undeliverable": False, "undeliverable_reason": ""}, by=by)


def rename(recipients: RecipientQuerySet, name: str, *, by: User | None) -> Changed:
    """Set the sender's name as shown in tickets (R14); no later mail overwrites it."""
    name = name.strip()[:200]
    return _decide(recipients.locked(), Kind.RENAMED, {"name": name, "name_by_hand": bool(name)}, by=by)


def _decide(
    recipients: RecipientQuerySet,
    kind: Batch.Kind,
    values: dict[str, Any],
    *,
    by: User | None,
    refused_by: Callable[[Iterable[Recipient]], dict[str, str]] = lambda recipients: {},
    batch: Batch | None = None,
) -> Changed:
    """Set `values` on those of the locked `recipients` that may have them and do not have them yet, and record it.

    What customers of other partners have is beyond `by`, whose sentence comes before any that would name them.
    """
    batch = batch or Batch(kind=kind, by=by)
    with transaction.atomic():
        found = list(recipients)
        refused = refused_by(found)
        if kind != Kind.MERGED:
            refused |= beyond([recipient.address for recipient in found], by)
        changing = [r for r in found if r.address not in refused and any(getattr(r, n) != v for n, v in values.items())]
        before = {r.pk: {name: getattr(r, name) for name in values} for r in changing}
        pairings = write([(recipient, values) for recipient in changing], by)
        RecipientChange.objects.keep(
            [RecipientChange(batch=batch, recipient=r, before=before[r.pk], after=values) for r in changing]
        )
    return Changed(batch, tuple(changing), refused, pairings)


def write(decisions: list[tuple[Recipient, Mapping[str, Any]]], by: User | None) -> tuple[Pairing, ...]:
    """Set each recipient's values and bring the history of pairings in step. One update for all that get the same."""
    alike: dict[str, tuple[Mapping[str, Any], list[int]]] = {}
    for recipient, values in decisions:
        for name, value in values.items():
            setattr(recipient, name, value)
        alike.setdefault(repr(values), (values, []))[1].append(recipient.pk)
    for values, pks in alike.values():
        Recipient.objects.filter(pk__in=pks).update(**values)
    return _keep_pairings([recipient for recipient, _values in decisions], by)


def _keep_pairings(recipients: list[Recipient], by: User | None) -> tuple[Pairing, ...]:
    """End the pairings that no longer hold and begin those that do now."""
    now = timezone.now()
    running = {p.recipient_id: p for p in Pairing.objects.filter(recipient__in=recipients, ended_at__isnull=True)}
    wanted = {r.pk: r.customer_id for r in recipients}
    ended = [p.pk for p in running.values() if wanted[p.recipient_id] != p.customer_id]
    Pairing.objects.filter(pk__in=ended).update(ended_at=now, ended_by=by)
    return tuple(
        Pairing.objects.bulk_create(
            [
                Pairing(recipient=r, customer_id=r.customer_id, started_at=now, started_by=by)
                for r in recipients
                if r.customer_id and (r.pk not in running or running[r.pk].pk in ended)
            ]
        )
    )
