"""The form of a customer, and its addresses."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.sections import Section, Sections
from recipients.addressing.normalise import display, typed
from recipients.models import CompanyRight, Customer, CustomerAddress, OwnAddress, User
from recipients.models.reach import beyond
from recipients.users import visibility
from recipients.users.access import visible_customers


class CustomerForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A customer with the profile Email; the further addresses are `AddressFormSet`. `by` is who types."""

    email = forms.CharField(
        label=_("Email"),
        required=False,
        max_length=320,
        help_text=_("The address of the profile: mail from it is recognised."),
    )
    company_name = forms.CharField(
        label=_("Company"),
        required=False,
        max_length=300,
        help_text=_("The company's name or customer number, if this is a person who belongs to one."),
    )
    company_right = forms.ChoiceField(
        label=_("In the portal, with the company’s tickets"),
        choices=CompanyRight.choices,
        required=False,
        help_text=_("Counts for a person who belongs to a company."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("Same as the queue")), *settings.LANGUAGES], required=False
    )

    sections = (
        Section("", ("name", ("kind", "number"), "is_company", "company_name", "company_right", "partner")),
        Section(_("Billing and language"), (("billing_email", "language"), "notes")),
        Section(_("Addresses"), ("email",), _("Mail from any of them is recognised as this customer's.")),
    )

    class Meta:
        model = Customer
        fields = [
            "name",
            "number",
            "kind",
            "is_company",
            "company_right",
            "partner",
            "billing_email",
            "language",
            "notes",
        ]

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        if not by.sees_every_partner:
            self.instance.partner = by.partner
            del self.fields["partner"]
        else:
            self.fields["partner"].empty_label = _("No partner")  # type: ignore[attr-defined]  # it is a choice of rows
        self.companies = visible_customers(by).filter(is_company=True)
        self.fields["company_name"].widget.attrs["list"] = "companies"
        if self.instance.pk:
            self.initial["email"] = display(self.instance.email)
            self.initial["company_name"] = self.instance.company.name if self.instance.company else ""

    def clean_email(self) -> str:
        return _customer_address(self.cleaned_data["email"], self.instance, self.by)

    def clean_company_right(self) -> str:
        chosen: str = self.cleaned_data["company_right"]
        return chosen or self.instance.company_right

    def clean_company_name(self) -> str:
        wanted: str = self.cleaned_data["company_name"].strip()
        self.instance.company = self._company(wanted) if wanted else None
        return wanted

    def _company(self, wanted: str) -> Customer:
        before: Customer | None = self.instance.company
        if before and before.name == wanted:
            return before
        found = list(self.companies.filter(number=wanted)[:1]) or list(self.companies.filter(name__iexact=wanted)[:2])
        if not found:
            raise ValidationError(_("No company is called “%(name)s”."), params={"name": wanted})
        if len(found) > 1:
            raise ValidationError(
                _("More than one company is called “%(name)s”. Give the customer number of the right one."),
                params={"name": wanted},
            )
        return found[0]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        company = self.instance.company
        if values.get("is_company") and company:
            self.add_error("company_name", _("A company cannot belong to another company."))
        elif company and company.pk == self.instance.pk:
            self.add_error("company_name", _("A customer cannot belong to itself."))
        if not company:  # a right must not wait for whatever company comes next
            values["company_right"] = CompanyRight.NONE
        return values

    def save_with(self, addresses: "AddressFormSet") -> Customer:
        """Save the customer and all its addresses, or nothing."""
        email: str = self.cleaned_data["email"]
        wanted = dict.fromkeys(addresses.typed(), False) | ({email: True} if email else {})
        with transaction.atomic():
            self.instance.added_automatically = False  # somebody has looked at it
            customer: Customer = self.save()
            customer.addresses.exclude(address__in=wanted).delete()
            customer.addresses.filter(is_primary=True).exclude(address=email).update(is_primary=False)
            for address, is_primary in wanted.items():
                CustomerAddress.objects.update_or_create(
                    customer=customer, address=address, defaults={"is_primary": is_primary}
                )
            if "partner" in self.changed_data:
                visibility.customers_changed([customer.pk], by=self.by)
        return customer


class AddressForm(forms.Form):
    """One further address of `customer`, typed by `by`."""

    address = forms.CharField(label=_("Additional address"), required=False, max_length=320)

    def __init__(self, *args: Any, customer: Customer, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer, self.by = customer, by

    def clean_address(self) -> str:
        return _customer_address(self.cleaned_data["address"], self.customer, self.by)


class AddressFormSet(BaseFormSet):  # type: ignore[type-arg]  # not generic at run time
    """The further addresses of a customer, one a line; an emptied line takes the address away."""

    def typed(self) -> list[str]:
        return [address for form in self.forms if (address := form.cleaned_data.get("address"))]

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            address = form.cleaned_data.get("address") if form.is_valid() else None
            if address in seen:
                form.add_error("address", _("This address is listed twice."))
            if address:
                seen.add(address)


def address_formset(customer: Customer, data: Any = None, *, by: User) -> AddressFormSet:
    """The lines for `customer`, with two empty ones below. `by` is who types."""
    kept = [] if customer.pk is None else customer.addresses.filter(is_primary=False)
    initial = [{"address": display(row.address)} for row in kept]
    made: type[AddressFormSet] = formset_factory(  # type: ignore[assignment]  # it returns the formset it was given
        AddressForm, formset=AddressFormSet, extra=2, max_num=500, absolute_max=500
    )
    return made(data, initial=initial, prefix="addresses", form_kwargs={"customer": customer, "by": by})


def _customer_address(given: str, customer: Customer, by: User) -> str:
    """`given` in normal form. Raises ValidationError if it cannot be an address of `customer`, entered by `by`."""
    given = given.strip()
    address = typed(given)
    if given and not address:
        raise ValidationError(_("“%(given)s” is not an email address."), params={"given": given})
    if address and OwnAddress.among([address]):
        raise ValidationError(
            _("%(address)s is a mailbox's address, so it cannot be a customer's."), params={"address": given}
        )
    if not (customer.pk and customer.addresses.filter(address=address).exists()):
        for refused in beyond([address], by).values():
            raise ValidationError(refused)
    return address
