"""The addresses we have exchanged mail with."""

from collections.abc import Collection
from datetime import datetime

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing.fields import AddressField, DomainField
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, MAX_DOMAIN_LENGTH, display
from recipients.models.customers import Customer, CustomerQuerySet


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def locked(self) -> "RecipientQuerySet":
        """Until the transaction ends; recipients first, then customers, then tickets (docs/decisions/lock-order.md)."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def hold_paired(self, customers: Collection[int], concerned: CustomerQuerySet) -> list[Customer]:
        """Lock the addresses paired with `customers`, who are to go, then those `concerned`, among them `customers`.

        Whoever pairs holds the customer, so nothing is added then. An address that was paired in between, or a customer
        that came to be concerned while we waited for another one, may come before others in the order: both locks are
        given back and asked for anew. Five queries, if nobody did.
        """
        paired = self.filter(customer__in=customers)
        while True:
            start = transaction.savepoint()
            addresses = set(paired.locked().values_list("pk", flat=True))
            held = list(concerned.locked())
            complete = {each.pk for each in held}.issuperset(concerned.values_list("pk", flat=True))
            if complete and addresses.issuperset(paired.values_list("pk", flat=True)):
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


class Recipient(models.Model):
    """One email address we have exchanged mail with (R01)."""

    address = AddressField(_("address"), max_length=MAX_ADDRESS_LENGTH, unique=True)
    domain = DomainField(_("domain"), max_length=MAX_DOMAIN_LENGTH, editable=False)
    name = models.CharField(_("sender name"), max_length=200, blank=True)
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("paired with"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="paired_recipients",
    )
    name_by_hand = models.BooleanField(
        default=False, editable=False, help_text=_("An agent entered the name; mail does not change it.")
    )
    shared = models.BooleanField(_("shared"), default=False)
    is_form = models.BooleanField(
        _("form"), default=False, help_text=_("Its mail is written on behalf of others, whom Reply-To names.")
    )
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
            ),
            models.CheckConstraint(
                condition=models.Q(is_form=False) | models.Q(shared=True), name="a_form_is_a_shared_address"
            ),
        ]
        indexes = [
            models.Index(fields=["-first_seen_at", "-id"], name="recipient_by_first_mail"),
            models.Index(fields=["name", "id"], name="recipient_by_name"),
            models.Index(fields=["domain"], name="recipient_by_domain"),  # not `db_index`: docs/performance.md
            models.Index(fields=["customer"], name="recipient_paired", condition=models.Q(customer__isnull=False)),
            models.Index(fields=["shared"], name="recipient_shared", condition=models.Q(shared=True)),
            models.Index(fields=["banned"], name="recipient_banned", condition=models.Q(banned=True)),
            models.Index(
                fields=["undeliverable"], name="recipient_undeliverable", condition=models.Q(undeliverable=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.display_address}>" if self.name else self.display_address

    @property
    def display_address(self) -> str:
        return display(self.address)

    @property
    def display_name(self) -> str:
        return self.name or self.display_address

    def mark_undeliverable(self, reason: str) -> None:
        """A mail server said so: nothing automatic is sent until a mail from it arrives, or an agent marks it."""
        self.undeliverable, self.undeliverable_reason = True, reason[:500]
        self.save(update_fields=["undeliverable", "undeliverable_reason"])

    def mark_reachable(self) -> None:
        self.undeliverable, self.undeliverable_reason = False, ""
        self.save(update_fields=["undeliverable", "undeliverable_reason"])
