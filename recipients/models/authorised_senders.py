"""Addresses and domains that may write for a customer, and who changed them."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recipients.addressing.fields import SkeletonField
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, MAX_DOMAIN_LENGTH, display
from recipients.models.customers import Customer
from recipients.models.settings import RecognitionSettings


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
    """An address or a whole domain that may write for a customer (A09, A10, A12).

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


class AuthorisedSendersChange(models.Model):
    """Who changed a customer's authorised senders, from what to what. Kept for ever; the profile Email is told once."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="authorised_changes")
    added = models.JSONField(_("added"), default=list)
    removed = models.JSONField(_("removed"), default=list)
    confirmed = models.JSONField(_("confirmed"), default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_address = models.CharField(_("by the address"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    told_at = models.DateTimeField(_("profile address notified"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of authorised senders")
        verbose_name_plural = _("changes of authorised senders")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-at", "-id"], name="authorised_change_by_customer"),
            models.Index(fields=["at"], name="authorised_change_untold", condition=models.Q(told_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.customer} +{len(self.added)} −{len(self.removed)}"

    @property
    def who(self) -> str:
        """The agent or the visitor of the portal, as agents read it."""
        return str(self.by or display(self.by_address) or gettext("The helpdesk"))

    @property
    def who_to_customers(self) -> str:
        """The same as customers read it: of those who work here never the address."""
        return gettext("Our team") if self.by and "@" in str(self.by) else self.who

    @property
    def added_shown(self) -> str:
        return ", ".join(map(display, self.added))

    @property
    def removed_shown(self) -> str:
        return ", ".join(map(display, self.removed))

    @property
    def confirmed_shown(self) -> str:
        return ", ".join(map(display, self.confirmed))
