"""Forms for signing in to the portal, and of passwords."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, normalise
from recipients.models import PortalAccount, User


class AddressForm(forms.Form):
    """The address to which a link is mailed. What is no address is an error; whether we know it is not said."""

    address = forms.CharField(
        label=_("Your email address"),
        max_length=MAX_ADDRESS_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_address(self) -> str:
        given: str = self.cleaned_data["address"]
        address = normalise(given)
        if not address:
            raise ValidationError(_("“%(given)s” is not an email address."), params={"given": given})
        return address


class PasswordSignInForm(AddressForm):
    password = forms.CharField(
        label=_("Password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """A new password for `account`, or none with the button "remove".

    The present one is asked for if there is one, unless `proved`: the visitor has just come in by a mailed link.
    """

    present = forms.CharField(
        label=_("Current password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )

    def __init__(self, *args: Any, account: PortalAccount, proved: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.removes = account.has_password and "remove" in self.data
        if proved or not account.has_password:
            del self.fields["present"]
        if self.removes:
            self.fields["new"].required = False

    def clean_present(self) -> str:
        given: str = self.cleaned_data["present"]
        if not self.account.check_password(given):
            raise ValidationError(_("This is not your current password, or there were too many wrong attempts."))
        return given

    def clean_new(self) -> str:
        given: str = self.cleaned_data["new"]
        if not self.removes:
            validate_password(given, User(email=self.account.address))
        return given

    def save(self) -> None:
        self.account.set_password("" if self.removes else self.cleaned_data["new"])
        self.account.save(update_fields=["password", "generation", "failures", "locked_until"])
