"""Which addresses are ours, which may write for a customer, and which are refused?"""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing import expressions
from recipients.addressing.fields import SkeletonField
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, MAX_DOMAIN_LENGTH, display
from recipients.models.customers import Customer
from recipients.models.settings import RecognitionSettings


class OwnAddress(models.Model):
    """An address at which the helpdesk itself receives mail. The post room writes these rows; everybody may ask."""

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
        """Those of the normalised `addresses` that are ours. One query."""
        return set(cls.objects.filter(address__in=set(addresses)).values_list("address", flat=True))


class AuthorisedSenderQuerySet(models.QuerySet["AuthorisedSender"]):
    def unconfirmed(self) -> "AuthorisedSenderQuerySet":
        """What customers listed themselves and nobody has vouched for."""
        return self.filter(unconfirmed_since__isnull=False)

    def waiting(self) -> "AuthorisedSenderQuerySet":
        """Those of them that do not count before, if the settings say so. Asks that within the same query."""
        wait = RecognitionSettings.objects.filter(pk=1, listed_senders_wait=True)
        return self.unconfirmed().filter(models.Exists(wait))

    def counting(self) -> "AuthorisedSenderQuerySet":
        """Without those that wait for an agent."""
        return self.exclude(pk__in=AuthorisedSender.objects.waiting().values("pk"))


class AuthorisedSender(models.Model):
    """An address or a whole domain that may write for a customer (A07-A12).

    `unconfirmed_since`: when the customer listed it in the portal, as long as neither their own addresses nor an agent
    vouch for it.
    """

    class Kind(models.TextChoices):
        ADDRESS = "address", _("Address")
        DOMAIN = "domain", _("Domain")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="authorised_senders")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    value = models.CharField(_("address or domain"), max_length=MAX_ADDRESS_LENGTH, db_index=True)
    skeleton = SkeletonField(of="value", max_length=MAX_DOMAIN_LENGTH, editable=False, default="")
    unconfirmed_since = models.DateTimeField(_("listed by the customer, not confirmed"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = AuthorisedSenderQuerySet.as_manager()

    class Meta:
        verbose_name = _("authorised sender")
        verbose_name_plural = _("authorised senders")
        ordering = ["kind", "value"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "value"], name="an_authorised_sender_once_a_customer")
        ]
        indexes = [
            models.Index(fields=["skeleton"], name="authorised_by_looks"),
            models.Index(
                fields=["unconfirmed_since"],
                name="authorised_unconfirmed",
                condition=models.Q(unconfirmed_since__isnull=False),
            ),
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

    def clean(self) -> None:
        self.text = self.text.strip()
        if self.how == self.How.REGEX and (mistake := expressions.mistake(self.text)):
            raise ValidationError({"text": mistake})

    def count_hit(self) -> None:
        type(self).objects.filter(pk=self.pk).update(hits=models.F("hits") + 1, last_hit_at=timezone.now())
