"""The addresses at which we are reached."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mailboxes.models.mailbox import Mailbox
from recipients.addressing.fields import AddressField
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, display
from recipients.models import AuthorisedSender, CustomerAddress, OwnAddress, User
from tickets.models import Queue


class AddressQuerySet(models.QuerySet["Address"]):
    def begin_forwarding(self, address: str) -> bool:
        """Remember that the mailbox of the normalised `address` forwards; False if that was known."""
        return bool(self.filter(address=address, forwards_since=None).update(forwards_since=timezone.now()))

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            addresses = list(self.values_list("address", flat=True))
            deleted = super().delete()
            OwnAddress.objects.filter(address__in=addresses).delete()
            return deleted


class Address(models.Model):
    """An address at which we are reached: a mailbox's own (main), or one that redirects to it (U05, U15, T22).

    Saving and deleting keep `recipients.OwnAddress` in step.
    """

    mailbox = models.ForeignKey(Mailbox, verbose_name=_("mailbox"), on_delete=models.CASCADE, related_name="addresses")
    address = AddressField(_("address"), max_length=MAX_ADDRESS_LENGTH, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True, help_text=_("Shown as name in Reply-To."))
    is_main = models.BooleanField(default=False, editable=False)
    is_default = models.BooleanField(_("in whose name its mailbox sends"), default=False, editable=False)
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="addresses",
        help_text=_("Without a queue, its mail does not become tickets."),
    )
    verified_at = models.DateTimeField(_("redirect checked"), null=True, blank=True, editable=False)
    forwards_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("Its mailbox forwards mail as its own instead of redirecting it."),
    )
    arrived_from = models.CharField(
        max_length=MAX_ADDRESS_LENGTH,
        blank=True,
        editable=False,
        help_text=_("The sender the last check arrived with, if different from the one it was sent with."),
    )

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["-is_main", "address"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox"], condition=models.Q(is_main=True), name="one_main_address_a_mailbox"
            ),
            models.UniqueConstraint(
                fields=["mailbox"], condition=models.Q(is_default=True), name="one_default_address_a_mailbox"
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(is_main=False, verified_at__isnull=False),
                name="a_default_address_is_checked",
            ),
        ]

    def __str__(self) -> str:
        return display(self.address)

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            before = Address.objects.filter(pk=self.pk).values_list("address", flat=True).first() if self.pk else None
            super().save(*args, **kwargs)
            if before and before != self.address:
                OwnAddress.objects.filter(address=before).delete()
            OwnAddress.objects.get_or_create(address=self.address)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        return Address.objects.filter(pk=self.pk).delete()

    def clean(self) -> None:
        """A mailbox's address is never a user's or a customer's (U10)."""
        if User.objects.filter(email=self.address).exists():
            raise ValidationError(
                {"address": gettext("A user signs in with this address, so it cannot be a mailbox's.")}
            )
        if (
            CustomerAddress.objects.filter(address=self.address).exists()
            or AuthorisedSender.objects.filter(value=self.address).exists()
        ):
            raise ValidationError({"address": gettext("This is a customer's address, so it cannot be a mailbox's.")})

    def confirm_redirect(self, arrived_from: str = "") -> None:
        """Mail to the address has arrived in the mailbox; `arrived_from` is its sender, if that is not who sent it."""
        self.verified_at, self.forwards_since, self.arrived_from = timezone.now(), None, arrived_from
        self.save(update_fields=["verified_at", "forwards_since", "arrived_from"])

    def make_default(self) -> None:
        """Let its mailbox write in its name (U14); only an address whose redirect was checked."""
        with transaction.atomic():
            Address.objects.filter(mailbox=self.mailbox_id, is_default=True).update(is_default=False)
            if not self.is_main:
                self.is_default = True
                self.save(update_fields=["is_default"])


def save_with_address(
    mailbox: Mailbox, address: str, queue: Queue | None, *, name: str = "", fields: Iterable[str] | None = None
) -> Address:
    """Save a mailbox together with its own address; raises ValidationError if somebody else has the address.

    `fields`: those of a mailbox that there is to be written, else all of them.
    """
    with transaction.atomic():
        mailbox.save(update_fields=fields if mailbox.pk else None)
        main = Address.objects.filter(mailbox=mailbox, is_main=True).first() or Address(mailbox=mailbox, is_main=True)
        main.address, main.queue, main.name = address, queue, name
        main.full_clean()
        main.save()
    return main
