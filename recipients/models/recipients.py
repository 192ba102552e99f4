"""Which addresses have we exchanged mail with, and what has been decided about each?

The verbs act on any number of recipients in a constant number of queries, refuse what may not be done by name, and
write one `RecipientChange` for each row they change, so that every one of them can be undone later.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, MAX_DOMAIN_LENGTH, display, domain_of
from recipients.models import displaced_persons, pairing_checks
from recipients.models.customers import Customer, CustomerQuerySet
from recipients.models.people import User


@dataclass(frozen=True, slots=True)
class Changed:
    """What one verb did: the batch that undoes it, the recipients it changed, and whom it refused with the reason."""

    batch: uuid.UUID
    recipients: tuple["Recipient", ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    pairings: tuple["Pairing", ...] = ()

    def __bool__(self) -> bool:
        return bool(self.recipients)


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def locked(self) -> "RecipientQuerySet":
        """Until the transaction ends; recipients first, then customers, then tickets (docs/decisions/lock-order.md)."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def hold_paired(self, customers: Collection[int], concerned: CustomerQuerySet) -> list[Customer]:
        """Lock the addresses paired with `customers`, who are to go, then those `concerned`, among them `customers`.

        Whoever pairs holds the customer, so nothing is added then. An address that was paired in between may come
        before others in the order: both locks are given back and asked for anew. Four queries, if nobody did.
        """
        paired = self.filter(customer__in=customers)
        while True:
            start = transaction.savepoint()
            addresses = set(paired.locked().values_list("pk", flat=True))
            held = list(concerned.locked())
            if addresses.issuperset(paired.values_list("pk", flat=True)):
                return held
            transaction.savepoint_rollback(start)

    def known(self, address: str, name: str = "", *, at: datetime | None = None) -> "Recipient":
        """The recipient with the normalised `address`, made if it is new; a `name` it has is kept (R02, R14)."""
        at = at or timezone.now()
        recipient, created = self.get_or_create(
            address=address, defaults={"name": name[:200], "first_seen_at": at, "last_seen_at": at}
        )
        if not created:
            recipient.last_seen_at = max(recipient.last_seen_at, at)
            recipient.name = recipient.name or name[:200]
            recipient.save(update_fields=["last_seen_at", "name"])
        return recipient

    def pair(self, customer: Customer, *, by: User | None) -> Changed:
        """Link every address to `customer` (R03, R27). Shared, registered and own addresses are refused.

        A person that auto-add made of an address gives way (T18); one to whom somebody pairs an address is confirmed.
        """
        with transaction.atomic():
            chosen = self.locked()
            if not displaced_persons.hold(chosen, customer):
                return Changed(uuid.uuid4(), refused=pairing_checks.gone(chosen))
            customer.confirm()
            changed = _change(
                chosen, RecipientChange.Kind.PAIRED, by, pairing_checks.pairing, {"customer_id": customer.pk}
            )
            displaced_persons.withdraw(changed)
        return changed

    def follow_merge(self, customer: Customer, *, by: User | None, batch: uuid.UUID) -> Changed:
        """Their customer goes on as `customer`, and so do their pairings; nothing is refused."""
        values = {"customer_id": customer.pk}
        return _change(self.locked(), RecipientChange.Kind.MERGED, by, pairing_checks.nothing, values, batch)

    def unpair(self, *, by: User | None) -> Changed:
        """Cut the link, so that the next new mail is unassigned again (R07)."""
        return _change(self.locked(), RecipientChange.Kind.UNPAIRED, by, pairing_checks.nothing, {"customer_id": None})

    def ban(self, *, by: User | None) -> Changed:
        """Stop listening (R09). Agents' and own addresses are refused; a pairing is kept for later."""
        return _change(self.locked(), RecipientChange.Kind.BANNED, by, pairing_checks.banning, {"banned": True})

    def unban(self, *, by: User | None) -> Changed:
        """Listen again from the next mail on (R10). Deny rules stay as they are."""
        return _change(self.locked(), RecipientChange.Kind.UNBANNED, by, pairing_checks.nothing, {"banned": False})

    def share(self, *, by: User | None) -> Changed:
        """Mark as many people's address (R15): drops the pairing. Registered addresses are refused.

        A person that auto-add made of an address gives way (T18).
        """
        values = {"shared": True, "customer_id": None}
        with transaction.atomic():
            chosen = self.locked()
            displaced_persons.hold(chosen)
            changed = _change(chosen, RecipientChange.Kind.SHARED, by, pairing_checks.sharing, values)
            displaced_persons.withdraw(changed)
        return changed

    def unshare(self, *, by: User | None) -> Changed:
        return _change(self.locked(), RecipientChange.Kind.UNSHARED, by, pairing_checks.nothing, {"shared": False})

    def reach(self, *, by: User | None) -> Changed:
        """Write again where mail could not be delivered; somebody knows that it can be now."""
        values = {"undeliverable": False, "undeliverable_reason": ""}
        return _change(self.locked(), RecipientChange.Kind.REACHABLE, by, pairing_checks.nothing, values)

    def rename(self, name: str, *, by: User | None) -> Changed:
        """Set the sender's name as shown in tickets (R14); no later mail overwrites it."""
        return _change(
            self.locked(), RecipientChange.Kind.RENAMED, by, pairing_checks.nothing, {"name": name.strip()[:200]}
        )


class Recipient(models.Model):
    """One e-mail address we have exchanged mail with (R01)."""

    address = models.CharField(_("address"), max_length=MAX_ADDRESS_LENGTH, unique=True)
    domain = models.CharField(_("domain"), max_length=MAX_DOMAIN_LENGTH, db_index=True, editable=False)
    name = models.CharField(_("sender name"), max_length=200, blank=True)
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("paired with"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="paired_recipients",
    )
    shared = models.BooleanField(_("shared"), default=False)
    banned = models.BooleanField(_("banned"), default=False)
    undeliverable = models.BooleanField(_("undeliverable"), default=False)
    undeliverable_reason = models.CharField(_("why it is undeliverable"), max_length=500, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen"), default=timezone.now, db_index=True)

    objects = RecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ["-last_seen_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(shared=False) | models.Q(customer__isnull=True),
                name="a_shared_address_is_not_paired",
                violation_error_message=_("A shared address cannot be paired."),
            )
        ]
        indexes = [
            models.Index(fields=["-first_seen_at", "-id"], name="recipient_by_first_mail"),
            models.Index(fields=["name", "id"], name="recipient_by_name"),
            models.Index(fields=["customer"], name="recipient_paired", condition=models.Q(customer__isnull=False)),
            models.Index(fields=["shared"], name="recipient_shared", condition=models.Q(shared=True)),
            models.Index(fields=["banned"], name="recipient_banned", condition=models.Q(banned=True)),
            models.Index(
                fields=["undeliverable"], name="recipient_undeliverable", condition=models.Q(undeliverable=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.display_address}>" if self.name else self.display_address

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.domain = domain_of(self.address)
        super().save(*args, **kwargs)

    @property
    def display_address(self) -> str:
        return display(self.address)

    @property
    def display_name(self) -> str:
        return self.name or self.display_address

    def mark_undeliverable(self, reason: str) -> None:
        """A mail server said so: nothing automatic is sent until a mail from it arrives, or somebody says `reach`."""
        self.undeliverable, self.undeliverable_reason = True, reason[:500]
        self.save(update_fields=["undeliverable", "undeliverable_reason"])

    def mark_reachable(self) -> None:
        self.undeliverable, self.undeliverable_reason = False, ""
        self.save(update_fields=["undeliverable", "undeliverable_reason"])


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


def _change(
    recipients: RecipientQuerySet,
    kind: RecipientChange.Kind,
    by: User | None,
    refused_by: Callable[[Iterable[Recipient]], dict[str, str]],
    values: dict[str, Any],
    batch: uuid.UUID | None = None,
) -> Changed:
    """Set `values` on those of the locked `recipients` that may have them and do not have them yet, and record it."""
    batch = batch or uuid.uuid4()
    with transaction.atomic():
        found = list(recipients)
        refused = refused_by(found)
        changing = [r for r in found if r.address not in refused and any(getattr(r, n) != v for n, v in values.items())]
        before = {r.pk: {name: getattr(r, name) for name in values} for r in changing}
        pairings = write([(recipient, values) for recipient in changing], by)
        RecipientChange.objects.bulk_create(
            [
                RecipientChange(batch=batch, recipient=r, kind=kind, before=before[r.pk], after=values, by=by)
                for r in changing
            ]
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
