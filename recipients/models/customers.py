"""Customers and their addresses, and the partners to whom they belong."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce, Upper
from django.utils.translation import gettext_lazy as _

from recipients.addressing.fields import AddressField, DomainField, SkeletonField, TypedAddressField
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, MAX_DOMAIN_LENGTH, display
from recipients.models.own_addresses import OwnAddress


class Partner(models.Model):
    """The branch or reseller a customer belongs to."""

    name = models.CharField(_("name"), max_length=200, unique=True)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    LEAD = "lead", _("Lead")
    SUPPLIER = "supplier", _("Supplier")
    OTHER = "other", _("Other")


class CompanyRight(models.TextChoices):
    """What a person may do in the portal with their company's things."""

    NONE = "none", _("Nothing: their own tickets only")
    READ = "read", _("Read and answer the company's tickets")
    MANAGE = "manage", _("Read and answer its tickets, and edit its account details")


class CustomerQuerySet(models.QuerySet["Customer"]):
    def present(self) -> "CustomerQuerySet":
        """Without those that go on as another customer, and persons who gave way to a pairing."""
        return self.filter(merged_into__isnull=True, withdrawn_at__isnull=True)

    def locked(self) -> "CustomerQuerySet":
        """Until the transaction ends; recipients first, then customers, then tickets (docs/decisions/lock-order.md)."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def with_email(self) -> "CustomerQuerySet":
        """Each customer with its profile Email as `email_address` ("" if it has none), in the same query."""
        primary = CustomerAddress.objects.filter(customer=models.OuterRef("pk"), is_primary=True)
        return self.annotate(email_address=Coalesce(models.Subquery(primary.values("address")[:1]), models.Value("")))


class Customer(models.Model):
    """A person or a company we serve. A person may belong to a company."""

    name = models.CharField(_("name"), max_length=300)
    number = models.CharField(_("customer number"), max_length=64, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.CUSTOMER)
    is_company = models.BooleanField(_("is a company"), default=False)
    company = models.ForeignKey(
        "self",
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="persons",
        limit_choices_to={"is_company": True},
    )
    company_right = models.CharField(
        _("company rights in the portal"),
        max_length=6,
        choices=CompanyRight,
        default=CompanyRight.NONE,
        help_text=_("Counts for a person who belongs to a company."),
    )
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), null=True, blank=True, on_delete=models.PROTECT, related_name="customers"
    )
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("merged into"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="merged",
    )
    own_fields = models.JSONField(_("custom fields"), null=True, blank=True, editable=False)
    billing_email = TypedAddressField(
        _("billing email"), max_length=MAX_ADDRESS_LENGTH, blank=True, help_text=_("Never gets mail about tickets.")
    )
    language = models.CharField(_("language"), max_length=8, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    added_automatically = models.BooleanField(
        _("added automatically"),
        default=False,
        editable=False,
        help_text=_("By its first mail, and not confirmed by anybody since."),
    )
    withdrawn_at = models.DateTimeField(_("replaced by a pairing"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_company=False) | models.Q(company__isnull=True),
                name="a_company_belongs_to_no_company",
                violation_error_message=_("A company cannot belong to another company."),
            ),
            models.UniqueConstraint(fields=["number"], condition=~models.Q(number=""), name="one_customer_a_number"),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="customer_by_name"),
            models.Index(Upper("name"), name="customer_by_folded_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_present(self) -> bool:
        """Whether it is neither merged into another one nor gave way to a pairing."""
        return self.merged_into_id is None and self.withdrawn_at is None

    def hold(self) -> None:
        """Lock the row if `confirm` would change it: after recipients, before tickets. At most one query."""
        if self.added_automatically:
            list(Customer.objects.filter(pk=self.pk).locked())

    def confirm(self) -> None:
        """Somebody vouches for a person that the first mail added: from now on it is a customer like any other."""
        if self.added_automatically:
            self.added_automatically = False
            type(self).objects.filter(pk=self.pk).update(added_automatically=False)

    @property
    def email(self) -> str:
        """The profile Email, "" if there is none. Reads prefetched addresses where they are."""
        return next((address.address for address in self.addresses.all() if address.is_primary), "")


class CustomerAddress(models.Model):
    """An address registered on a customer: the profile Email (primary) or one of its further addresses (W11)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    address = AddressField(_("address"), max_length=MAX_ADDRESS_LENGTH, db_index=True)
    domain = DomainField(max_length=MAX_DOMAIN_LENGTH, db_index=True, editable=False)
    skeleton = SkeletonField(of="domain", max_length=MAX_DOMAIN_LENGTH, editable=False, default="")
    is_primary = models.BooleanField(_("profile address"), default=False)

    class Meta:
        verbose_name = _("customer's address")
        verbose_name_plural = _("customers' addresses")
        ordering = ["-is_primary", "address"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "address"], name="an_address_once_a_customer"),
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(is_primary=True), name="one_profile_email_a_customer"
            ),
        ]
        indexes = [models.Index(fields=["skeleton", "domain"], name="address_by_looks")]

    def __str__(self) -> str:
        return self.address

    def clean(self) -> None:
        if OwnAddress.among([self.address]):
            raise ValidationError({"address": _("This is a mailbox's address, so it cannot be a customer's.")})

    @property
    def display_address(self) -> str:
        return display(self.address)
