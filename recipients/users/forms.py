"""Forms of users, their profile and password, and of recognition."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from celery import signature
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.sections import Section, Sections
from recipients.addressing.normalise import normalise, normalise_domain
from recipients.models import CustomerAddress, Kind, OwnAddress, RecognitionSettings, Role, User
from recipients.models.reach import beyond
from recipients.users.access import colleagues
from recipients.users.accounts import forget_old_addresses
from recipients.users.time_zones import TimeZoneField

#: Queued by name: tasks call the folders, not the other way round.
SEND_LINK = "recipients.tasks.send_password_link"
LANGUAGE_OF_BROWSER = [("", _("The browser's language")), *settings.LANGUAGES]


def address_of_ours_refused(address: str) -> str:
    """`address` in its normal form; raises ValidationError if it is one of our mailboxes' (U10)."""
    normal = normalise(address)
    if normal and OwnAddress.among([normal]):
        raise ValidationError(
            _("%(address)s is a mailbox's address; replies to it would come back here."), params={"address": address}
        )
    return normal or address


class ProfileForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What everybody says about themselves."""

    time_zone = TimeZoneField()
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGE_OF_BROWSER, required=False)

    sections = (
        Section(_("You"), (("first_name", "last_name"), ("language", "time_zone"))),
        Section(_("Your messages"), ("signature", ("phone", "sender_email"), "after_sending")),
        Section(_("Away"), (("away_until", "stand_in"),)),
        Section(
            _("Mail to you"),
            ("notify_new_tickets", "notify_messages", "notify_due"),
            _("About tickets you can see. Nobody is notified of their own actions."),
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].widget.attrs["data-zone-offer"] = _("Use {zone}, as this browser does")
        offer_stand_ins(self, self.instance)

    class Meta:
        model = User
        fields = [
            "first_name",
            "last_name",
            "signature",
            "phone",
            "sender_email",
            "after_sending",
            "language",
            "time_zone",
            "away_until",
            "stand_in",
            "notify_new_tickets",
            "notify_messages",
            "notify_due",
        ]
        widgets = {
            "signature": forms.Textarea(attrs={"rows": 4}),
            "away_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def clean_sender_email(self) -> str:
        address = address_of_ours_refused(self.cleaned_data["sender_email"])
        if address != self.instance.sender_email and CustomerAddress.objects.filter(address=address).exists():
            raise ValidationError(_("It belongs to somebody else; a message must not seem to come from them."))
        return address


class UserForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A person who signs in, as an administrator sees one. `by` is that administrator.

    Only super administrators make super administrators, administrators of a partner make users of that partner, and
    nobody takes away their own role or access.
    """

    time_zone = TimeZoneField()
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGE_OF_BROWSER, required=False)

    sections: tuple[Section, ...] = (
        Section(_("Person"), ("email", ("first_name", "last_name"), ("language", "time_zone"))),
        Section(_("Work"), ("role", "partner", "is_active")),
        Section(_("Away"), (("away_until", "stand_in"),)),
        Section(_("Password"), ("password",)),
    )

    class Meta:
        model = User
        fields = [
            "email",
            "first_name",
            "last_name",
            "role",
            "partner",
            "language",
            "time_zone",
            "away_until",
            "stand_in",
            "is_active",
        ]
        widgets = {"away_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "is_active": _("Only active users can sign in. Users are never deleted, because the history names them.")
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        offer_stand_ins(self, by)
        if not by.is_super_administrator:
            allowed = [choice for choice in Role.choices if choice[0] != Role.SUPER_ADMINISTRATOR]
            self.fields["role"].choices = allowed  # type: ignore[attr-defined]  # it is a choice field
        if not by.sees_every_partner:
            self.fields["partner"].disabled, self.initial["partner"] = True, by.partner
        self.fields["partner"].empty_label = _("Any partner")  # type: ignore[attr-defined]  # it is a choice of rows
        if self.instance.pk == by.pk:
            self.fields["role"].disabled = self.fields["is_active"].disabled = True
        if self.instance._state.adding:
            self.fields["password"] = _new_password()
            self.fields["time_zone"].initial = settings.TIME_ZONE
            self.fields["time_zone"].widget.attrs["data-zone-of-browser"] = not self.is_bound

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email=normalise(email)).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another user signs in with this address."))
        if email != self.initial.get("email"):
            for refused in beyond([normalise(email)], self.by).values():
                raise ValidationError(refused)
        return email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance)
        return password

    def save(self, commit: bool = True) -> User:
        if self.instance._state.adding:
            self.instance.set_password(self.cleaned_data["password"] or None)
        super().save(commit)
        user: User = self.instance
        forget_old_addresses(user)
        return user


def offer_stand_ins(form: "forms.ModelForm[User]", by: User) -> None:
    """Everybody whom `by` may know but the person themselves."""
    field = form.fields["stand_in"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = colleagues(by).exclude(pk=form.instance.pk)
    field.empty_label = _("Nobody")


def _new_password() -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty to email the person a link to choose one."),
    )


class ForgottenPasswordForm(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """The address of somebody who forgot the password. Whether we know it decides the worker that mails the link."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        signature(SEND_LINK).delay(email, get_language() or "")
        return email


class PasswordForm(forms.Form):
    """A new password for somebody, typed by an administrator."""

    password = forms.CharField(
        label=_("New password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


class RecognitionForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """How senders are recognised (W05, W06, W07, W08, W09, W10, W14)."""

    allowed_kinds = forms.MultipleChoiceField(
        label=_("Kinds that may be a ticket's customer"),
        choices=Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Also for exact matches and pairings. A customer of another kind counts as not found."),
    )
    preference = forms.ChoiceField(
        label=_("When an address belongs to a person and a company, choose"),
        choices=RecognitionSettings.Preference.choices,
        widget=forms.RadioSelect,
        help_text=_("Applies only when both are found. If only one is found, that one is chosen."),
    )

    sections = (
        Section(_("Whom to choose"), ("preference", "allowed_kinds")),
        Section(
            _("By domain"),
            ("domain_counts_as_valid", "listed_senders_wait", "public_domains_added", "public_domains_excepted"),
            _("Addresses of free mail providers are never recognised by their domain."),
        ),
    )

    class Meta:
        model = RecognitionSettings
        fields = [
            "preference",
            "allowed_kinds",
            "domain_counts_as_valid",
            "listed_senders_wait",
            "public_domains_added",
            "public_domains_excepted",
        ]
        labels = {"listed_senders_wait": _("What customers list in the portal awaits approval")}
        help_texts = {
            "domain_counts_as_valid": _("Off: a ticket recognised only by its domain has to be verified."),
            "listed_senders_wait": _(
                "Off: entries take effect at once, so a customer who lists a domain or an address that "
                "is not theirs gets, and can read, the tickets of everybody there whom we do not know "
                "yet."
            ),
            "public_domains_added": _(
                "One domain per line. Addresses at these domains do not say whom a sender belongs to."
            ),
            "public_domains_excepted": _(
                "One domain per line: domains that are listed as free mail providers but should not count as such here."
            ),
        }
        widgets = {
            "public_domains_added": forms.Textarea(attrs={"rows": 3}),
            "public_domains_excepted": forms.Textarea(attrs={"rows": 3}),
        }

    def clean_public_domains_added(self) -> str:
        return _domain_lines(self.cleaned_data["public_domains_added"])

    def clean_public_domains_excepted(self) -> str:
        domains = _domain_lines(self.cleaned_data["public_domains_excepted"])
        if both := set(domains.split()) & set(self.cleaned_data.get("public_domains_added", "").split()):
            raise ValidationError(_("These are in both lists: %(both)s."), params={"both": ", ".join(sorted(both))})
        return domains


def _domain_lines(text: str) -> str:
    words = text.replace(",", " ").split()
    wrong = [word for word in words if "." not in normalise_domain(word.removeprefix("@"))]
    if wrong:
        raise ValidationError(
            _("These are not domains: %(wrong)s."), params={"wrong": Truncator(", ".join(wrong)).chars(200)}
        )
    return "\n".join(dict.fromkeys(normalise_domain(word.removeprefix("@")) for word in words))
