"""The forms of a mailbox and of a further address."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.sections import Section, Sections
from mailboxes.accounts.certificates import check_authorities
from mailboxes.connections.account import Account, LoginRefused, Security, Step
from mailboxes.models import Address, Mailbox, OAuthAccount, save_with_address
from mailboxes.oauth.tokens import with_token
from mailboxes.sending.outbox import retry_all
from mailboxes.storage.secrets import seal, unseal
from recipients.addressing.normalise import display
from tickets.models import Outbox, Queue

USUAL = {"protocol": "imap", "sign_in": "password", "outgoing": "smtp", "take_in": "new"}
MEGABYTE = 1024 * 1024
PASSWORD_LASTS = 3600  # seconds that a typed password survives a form that could not be saved


class _PasswordInput(forms.PasswordInput):
    """Whether one is needed depends on other fields, which a browser does not know: the form itself says so."""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


def _password() -> forms.CharField:
    return forms.CharField(required=False, strip=False, widget=_PasswordInput(attrs={"autocomplete": "new-password"}))


class MailboxForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """An account with its own address (U21, U26, U27).

    A password is never sent back to the browser in clear. An empty field keeps the stored one, unless the server or the
    user name changed: a stored password is not handed to a server it was not typed for. What was typed into a form
    that cannot be saved comes back sealed, so that it need not be typed again (T23).
    """

    address = forms.CharField(label=_("Email address"), max_length=320, help_text=_("Mail to it becomes tickets."))
    queue = forms.ModelChoiceField(
        label=_("Queue"),
        queryset=Queue.objects.all(),
        required=False,
        empty_label=_("None: mail waits in the mail log"),
        help_text=_("Gets the tickets that mail to this address becomes."),
    )
    imap_password = _password()
    smtp_password = _password()
    same_login = forms.BooleanField(
        label=_("Sign in with the user name and password above"), required=False, initial=True
    )
    max_megabytes = forms.IntegerField(
        label=_("Maximum message size (MB)"),
        initial=25,
        validators=[MinValueValidator(1), MaxValueValidator(1024)],
        help_text=_("Larger messages stay on the server; agents see their headers."),
    )

    sections = (
        Section("", (("address", "name"), "queue")),
        Section(
            _("Incoming mail"),
            (
                ("protocol", "sign_in"),
                ("imap_host", "imap_port", "imap_security"),
                ("imap_username", "imap_password"),
                ("folder", "after_fetch", "move_to"),
                ("take_in", "take_in_since"),
                ("poll_seconds", "max_megabytes"),
                "is_active",
            ),
        ),
        Section(
            _("Outgoing mail"),
            (
                "outgoing",
                ("smtp_host", "smtp_port", "smtp_security"),
                "same_login",
                ("smtp_username", "smtp_password"),
                "sender_email",
            ),
        ),
        Section(_("A server of your own"), ("certificate_authority",)),
        Section(
            _("Recognising replies and forgeries"),
            ("plus_addressing", ("authserv_id", "authentication")),
        ),
    )

    class Meta:
        model = Mailbox
        fields = [
            "name",
            "protocol",
            "sign_in",
            "imap_host",
            "imap_port",
            "imap_security",
            "imap_username",
            "imap_password",
            "folder",
            "after_fetch",
            "move_to",
            "take_in",
            "take_in_since",
            "poll_seconds",
            "is_active",
            "outgoing",
            "smtp_host",
            "smtp_port",
            "smtp_security",
            "smtp_username",
            "smtp_password",
            "certificate_authority",
            "sender_email",
            "plus_addressing",
            "authserv_id",
            "authentication",
        ]
        widgets = {
            "certificate_authority": forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
            "folder": forms.TextInput(attrs={"list": "server-folders", "autocomplete": "off"}),
            "take_in_since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        labels = {
            "is_active": _("Fetch mail"),
            "imap_host": _("Server"),
            "imap_port": _("Port"),
            "imap_security": _("Encryption"),
            "imap_username": _("User name"),
        }
        help_texts = {
            "is_active": _("Off: nothing is fetched until it is switched on again; it can still send."),
            "protocol": _("POP3 has one folder and no flags: mail is left there or deleted."),
            "sign_in": _("You sign in to Google and Microsoft on their own pages, once the mailbox is saved."),
            "smtp_username": _("Empty for a server that asks for none."),
            "authentication": _(
                "Observe shows failures on the ticket; enforce also holds what fails, and lets a sender's domain count"
                " only if somebody vouches for it."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = Mailbox.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        for kind in ("imap", "smtp"):
            self._describe_password(kind)
        if self.is_bound:  # what is not sent is as it was
            missing = {name: usual for name, usual in USUAL.items() if self.add_prefix(name) not in self.data}
            data = QueryDict(mutable=True)
            data.update(self.data)
            for name, usual in missing.items():
                data[self.add_prefix(name)] = getattr(self.stored, name) if self.stored else usual
            self.data = data
        if self.stored:
            self.fields["take_in"].help_text = _("Applies again if the server, the user name or the folder changes.")
        else:
            self.initial.setdefault("take_in", Mailbox.TakeIn.NEW)
            if not Mailbox.objects.exists():  # T02
                self.initial.setdefault("queue", Queue.objects.filter(is_default=True).first())
        if self.stored:
            self._link_authentication_impact(self.stored)
            main = self.stored.addresses.filter(is_main=True).first()
            self.initial["address"], self.initial["queue"] = (
                (display(main.address), main.queue_id) if main else ("", None)
            )
            self.initial["max_megabytes"] = max(1, self.stored.max_message_bytes // MEGABYTE)
            self.initial["same_login"] = _login(self.stored, "imap") == _login(self.stored, "smtp")

    def _link_authentication_impact(self, mailbox: Mailbox) -> None:
        """What enforcing would have done is to be seen before one switches to it."""
        field = self.fields["authentication"]
        url = reverse("settings:authentication_impact", args=[mailbox.pk])
        link = _("See what enforcing would have held in the last 30 days")
        field.help_text = format_html('{} <a href="{}">{}</a>.', field.help_text, url, link)

    def _describe_password(self, kind: str) -> None:
        field = self.fields[f"{kind}_password"]
        field.label = _("Password")
        if self.is_bound and self._typed(kind):
            field.help_text = _("What you typed has been kept. Leave this empty to use it.")
        elif self.stored and getattr(self.stored, f"{kind}_password"):
            field.help_text = _("A password is stored. Leave this empty to keep it.")
        else:
            field.required = kind == "imap" and not self._by_provider
            field.error_messages["required"] = _("Enter the password.")

    @property
    def _by_provider(self) -> bool:
        """Whether a provider's page is signed in to, and no password typed here."""
        chosen = self.data.get(self.add_prefix("sign_in")) if self.is_bound else self.initial.get("sign_in")
        return chosen in (Mailbox.SignIn.GOOGLE, Mailbox.SignIn.MICROSOFT)

    def _typed(self, kind: str) -> str:
        """The password typed now, or just before in a form that could not be saved."""
        typed = self.data.get(self.add_prefix(f"{kind}_password"), "")
        return typed or unseal(self.data.get(self.add_prefix("sealed"), ""), PASSWORD_LASTS).get(kind, "")

    @property
    def sealed_passwords(self) -> str:
        """What was typed, for the hidden field: readable by this server alone and for an hour."""
        typed = {kind: self._typed(kind) for kind in ("imap", "smtp")} if self.is_bound else {}
        return seal(typed) if any(typed.values()) else ""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        values["imap_password"] = self._password("imap")
        if values.get("same_login"):
            values["smtp_username"] = values.get("imap_username", "")
        values["smtp_password"] = values["imap_password"] if values.get("same_login") else self._password("smtp")
        self._clean_kind(values)
        if not (values["imap_password"] or self._by_provider or self.has_error("imap_password")):
            self.add_error("imap_password", self._why_needed("imap"))
        needed = values.get("smtp_host") and values.get("smtp_username") and not values.get("same_login")
        if needed and not values["smtp_password"]:
            self.add_error("smtp_password", self._why_needed("smtp"))
        return values

    def _clean_kind(self, values: dict[str, Any]) -> None:
        """What POP3 cannot do, its ports, and a date where one is needed."""
        if values.get("protocol") == Mailbox.Protocol.POP3:
            values["imap_port"] = {993: 995, 143: 110}.get(values.get("imap_port") or 0, values.get("imap_port"))
            if values.get("after_fetch") in (Mailbox.AfterFetch.MARK_SEEN, Mailbox.AfterFetch.MOVE):
                self.add_error(
                    "after_fetch", _("POP3 has neither flags nor folders: leave the mail on the server, or delete it.")
                )
        if values.get("take_in") != Mailbox.TakeIn.SINCE:
            values["take_in_since"] = None
        elif not values.get("take_in_since") and not (self.stored and self.stored.take_in == values["take_in"]):
            self.add_error("take_in_since", _("From which day on?"))

    @property
    def is_another_account(self) -> bool:
        """Whether what lies in the mailbox is not what lay there when it was connected."""
        parts = ("protocol", "imap_host", "imap_username", "folder")
        return not self.stored or any(getattr(self.stored, part) != self.cleaned_data.get(part) for part in parts)

    def _password(self, kind: str) -> str:
        if typed := self._typed(kind):
            return typed
        same = self._is_stored(kind, "host", "port", "security", "username")
        return str(getattr(self.stored, f"{kind}_password") or "") if same else ""

    def _is_stored(self, kind: str, *parts: str) -> bool:
        """Whether these parts of an account, and who vouches for its server, are as they were."""
        stored, values = self.stored, self.cleaned_data
        names = [*(f"{kind}_{part}" for part in parts), "certificate_authority"]
        return bool(stored) and all(getattr(stored, name) == values.get(name) for name in names)

    def _gets_tokens(self, kind: str) -> bool:
        """Whether this server is signed in to with the provider's tokens, as the form says."""
        if kind == "imap":
            return self._by_provider
        values = self.cleaned_data
        by_smtp = values.get("outgoing") == Mailbox.Outgoing.SMTP and bool(values.get("smtp_host"))
        return self._by_provider and by_smtp and bool(values.get("same_login"))

    def _got_tokens(self, kind: str) -> bool:
        """Whether the tokens that there are were given for this very server."""
        stored = self.stored
        if not stored or stored.sign_in != self.cleaned_data.get("sign_in"):
            return False
        at_smtp = stored.outgoing == Mailbox.Outgoing.SMTP and _login(stored, "imap") == _login(stored, "smtp")
        return self._is_stored(kind, "host", "port", "security") and (kind == "imap" or at_smtp)

    def _why_needed(self, kind: str) -> str:
        if self.stored and getattr(self.stored, f"{kind}_password"):
            return str(_("The server or the user name has changed: enter the password again."))
        return str(_("Enter the password."))

    def clean_address(self) -> str:
        """As the address will be; who else may have it is asked here, so that the error stands at the field (U10)."""
        main = Address.objects.filter(mailbox=self.stored, is_main=True).first() if self.stored else None
        address = main or Address(is_main=True)
        address.address = self.cleaned_data["address"]
        try:
            address.clean()
            address.validate_unique(exclude=["mailbox"])
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        return address.address

    def clean_certificate_authority(self) -> str:
        pem: str = self.cleaned_data["certificate_authority"].replace("\r\n", "\n")
        if pem:
            check_authorities(pem)
        return pem

    def account(self, kind: str) -> Account | None:
        """What was typed, saved or not, as an account to try; None without a server, or while its fields are wrong.

        Raises `ConnectionFailed` where a provider is to be signed in to and that is not possible now, or where the
        server is not the one that the tokens were given for.
        """
        values = self.cleaned_data
        if kind == "smtp" and values.get("outgoing") == Mailbox.Outgoing.SENDMAIL:
            return Account("", 0, Security.PLAIN, program=settings.SENDMAIL_PATH)
        host, port, security = (values.get(f"{kind}_{part}") for part in ("host", "port", "security"))
        if not (host and port and security):
            return None
        username, password = values.get(f"{kind}_username", ""), values.get(f"{kind}_password", "")
        authorities = values.get("certificate_authority", "")
        account = Account(host, port, Security(security), username, password, authorities=authorities)
        if not self._gets_tokens(kind):
            return account
        if not self.stored:
            return None  # there is nobody to sign in as before the mailbox is saved
        if not self._got_tokens(kind):
            raise LoginRefused(
                Step.LOGIN,
                str(_("The server or the provider has changed: save it, then sign in again.")),
                temporary=False,
            )
        return with_token(self.stored, account)

    def connection_errors(self) -> list[forms.BoundField]:
        """The fields of the accounts that are wrong: they are why a part could not be tried."""
        return [
            field
            for field in self
            if field.name.startswith(("imap_", "smtp_", "folder", "certificate_", "take_in")) and field.errors
        ]

    def save(self, commit: bool = True) -> Mailbox:
        """Save account and address together. Another account or folder is read from its beginning, and at once."""
        mailbox: Mailbox = self.instance
        values = self.cleaned_data
        mailbox.max_message_bytes = values["max_megabytes"] * MEGABYTE
        for name in ("imap_password", "smtp_password", "smtp_username", *USUAL, "take_in_since", "imap_port"):
            setattr(mailbox, name, values[name])
        mailbox.next_poll_at = timezone.now()
        fields = [*self.Meta.fields, "max_message_bytes", "next_poll_at"]  # the others are the workers'
        with transaction.atomic():
            if self.is_another_account:
                fields += self._begin_anew(mailbox)
            if self.stored and self.stored.smtp_account != mailbox.smtp_account:  # what was wrong may be right now
                mailbox.sending_paused_until, mailbox.sending_trouble = None, ""
                fields += ["sending_paused_until", "sending_trouble"]
                retry_all(Outbox.objects.all())
            self._forget_tokens()
            save_with_address(mailbox, values["address"], values["queue"], name=values["name"], fields=fields)
        return mailbox

    def _begin_anew(self, mailbox: Mailbox) -> list[str]:
        """Forget what was fetched from another account or folder, or from none; the fields that say so."""
        mailbox.uidvalidity, mailbox.last_uid, mailbox.state = None, 0, Mailbox.State.NEW
        mailbox.connected_at, mailbox.left_messages = None, None
        mailbox.set_up_at = mailbox.next_poll_at
        if self.stored:
            self.stored.left.all().delete()
        return ["uidvalidity", "last_uid", "state", "connected_at", "left_messages", "set_up_at"]

    def _forget_tokens(self) -> None:
        """Tokens go to no server, and an application's secret to no provider, that they were not meant for."""
        oauth = OAuthAccount.objects.filter(mailbox=self.stored).first() if self.stored else None
        if oauth is None or self.stored is None:
            return
        if self.stored.sign_in != self.cleaned_data["sign_in"]:
            oauth.delete()
        elif any(self._gets_tokens(kind) and not self._got_tokens(kind) for kind in ("imap", "smtp")):
            oauth.forget()


class AddressForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A further address that redirects to a mailbox; nobody signs in to it (U05, T24)."""

    class Meta:
        model = Address
        fields = ["address", "name", "mailbox", "queue"]
        help_texts = {
            "address": _("Mail to it has to be redirected, not forwarded, to the mailbox, so that the sender is kept."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mailbox, queue = self.fields["mailbox"], self.fields["queue"]
        assert isinstance(mailbox, forms.ModelChoiceField)
        assert isinstance(queue, forms.ModelChoiceField)
        mailbox.empty_label, queue.empty_label = None, _("None: mail waits in the mail log")
        mailbox.label = _("Redirects to")
        self.initial["address"] = display(self.instance.address)

    def save(self, commit: bool = True) -> Address:
        """Save; another address, or another mailbox, is another redirect, which nobody has checked."""
        if {"address", "mailbox"} & set(self.changed_data):
            address = self.instance
            address.verified_at, address.is_default, address.arrived_from = None, False, ""
        saved: Address = super().save(commit)
        return saved


def _login(mailbox: Mailbox, kind: str) -> tuple[str, str]:
    return getattr(mailbox, f"{kind}_username"), getattr(mailbox, f"{kind}_password")
