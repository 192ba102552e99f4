"""The addresses of the helpdesk itself."""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from recipients.addressing.fields import SkeletonField
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, MAX_DOMAIN_LENGTH, untagged


class OwnAddress(models.Model):
    """An address at which the helpdesk itself receives mail. The mailboxes write these rows."""

    address = models.CharField(_("address"), max_length=MAX_ADDRESS_LENGTH, unique=True)
    skeleton = SkeletonField(of="address", max_length=MAX_DOMAIN_LENGTH, editable=False, default="")

    class Meta:
        verbose_name = _("own address")
        verbose_name_plural = _("own addresses")
        indexes = [models.Index(fields=["skeleton"], name="own_address_by_looks")]

    def __str__(self) -> str:
        return self.address

    @classmethod
    def among(cls, addresses: Iterable[str]) -> set[str]:
        """Those of the normalised `addresses` that are ours, also with a tag that is not. One query."""
        bare = {address: untagged(address) for address in addresses}
        own = set(cls.objects.filter(address__in={*bare, *bare.values()}).values_list("address", flat=True))
        return {address for address in bare if {address, bare[address]} & own}
