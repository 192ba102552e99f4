"""Which addresses have we exchanged mail with, and what has been decided about each?"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing import MAX_ADDRESS_LENGTH, MAX_DOMAIN_LENGTH, display, domain_of
from recipients.models.customers import Customer


class OwnAddress(models.Model):
    """An address at which the helpdesk itself receives mail. The post room writes these rows; everybody may ask."""

    address = models.CharField(_("address"), max_length=MAX_ADDRESS_LENGTH, unique=True)

    class Meta:
        verbose_name = _("own address")
        verbose_name_plural = _("own addresses")

    def __str__(self) -> str:
        return self.address

    @classmethod
    def among(cls, addresses: Iterable[str]) -> set[str]:
        """Those of the normalised `addresses` that are ours. One query."""
        return set(cls.objects.filter(address__in=set(addresses)).values_list("address", flat=True))


class RecipientQuerySet(models.QuerySet["Recipient"]):
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
        ordering = ["-last_seen_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(shared=False) | models.Q(customer__isnull=True),
                name="a_shared_address_is_not_paired",
                violation_error_message=_("A shared address cannot be paired."),
            )
        ]
        indexes = [
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
        """A permanent bounce said so: nothing is sent to this address until a mail from it arrives."""
        self.undeliverable, self.undeliverable_reason = True, reason[:500]
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


class AuthorisedSender(models.Model):
    """An address or a whole domain that may write for a customer (A07-A12)."""

    class Kind(models.TextChoices):
        ADDRESS = "address", _("Address")
        DOMAIN = "domain", _("Domain")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="authorised_senders")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    value = models.CharField(_("address or domain"), max_length=MAX_ADDRESS_LENGTH, db_index=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("authorised sender")
        verbose_name_plural = _("authorised senders")
        ordering = ["kind", "value"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "value"], name="an_authorised_sender_once_a_customer")
        ]

    def __str__(self) -> str:
        return display(self.value)


class DenyRule(models.Model):
    """Mail that is refused on arrival: where to look, how to compare, what to look for (R20)."""

    class Where(models.TextChoices):
        EMAIL = "email", _("Sender's address")
        SUBJECT = "subject", _("Subject")
        BODY = "body", _("Text")

    class How(models.TextChoices):
        EXACT = "exact", _("is")
        CONTAINS = "contains", _("contains")
        STARTS = "starts", _("starts with")
        ENDS = "ends", _("ends with")
        REGEX = "regex", _("matches the regular expression")

    where = models.CharField(_("where"), max_length=8, choices=Where, default=Where.EMAIL)
    how = models.CharField(_("how"), max_length=8, choices=How, default=How.EXACT)
    text = models.CharField(_("text"), max_length=500)
    is_active = models.BooleanField(_("active"), default=True)
    hits = models.PositiveIntegerField(_("hits"), default=0, editable=False)
    last_hit_at = models.DateTimeField(_("last hit"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("deny rule")
        verbose_name_plural = _("deny list")
        ordering = ["where", "text"]

    def __str__(self) -> str:
        return f"{self.get_where_display()} {self.get_how_display()} “{self.text}”"

    def count_hit(self) -> None:
        type(self).objects.filter(pk=self.pk).update(hits=models.F("hits") + 1, last_hit_at=timezone.now())
