"""The pages of a mailbox's sign-in at Google or Microsoft: the application, the way there, and the way back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from helpdesk.ui.pages import FormPage
from mailboxes.models import Mailbox, OAuthAccount
from mailboxes.oauth import sign_in
from mailboxes.oauth.providers import OAuthProvider, provider_of
from mailboxes.oauth.token_requests import NoTokens
from recipients.users.access import SignedIn, administrator_of_all_required


class OAuthForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The application that was registered at the provider. Its secret is never sent back to the browser."""

    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = OAuthAccount
        fields = ["client_id", "client_secret", "secret_expires_on", "tenant", "grant"]
        widgets = {"secret_expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, mailbox: Mailbox, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.mailbox = mailbox
        self.stored_secret, self.stored_id = self.instance.client_secret, self.instance.client_id
        if self.stored_secret:
            self.fields["client_secret"].help_text = _("A secret is stored. Leave this empty to keep it.")
        if not provider_of(mailbox).client_scopes:
            del self.fields["tenant"], self.fields["grant"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not values.get("client_secret") and values.get("client_id") == self.stored_id:
            values["client_secret"] = self.stored_secret
        by_itself = values.get("grant") == OAuthAccount.Grant.CLIENT
        if by_itself and not values.get("client_secret"):
            self.add_error("client_secret", _("Without a secret the application cannot sign in by itself."))
        if by_itself and not values.get("tenant"):
            self.add_error("tenant", _("Which directory does the application sign in to?"))
        return values

    def save(self, commit: bool = True) -> OAuthAccount:
        """Save; the tokens of another application, or of another directory, are none of this one."""
        oauth: OAuthAccount = self.instance
        changed = [*self.fields, "trouble", "told"]
        if {"client_id", "tenant", "grant"} & set(self.changed_data):
            oauth.access_token = oauth.refresh_token = oauth.connected_as = oauth.claim = ""
            oauth.expires_at = oauth.refreshed_at = oauth.claimed_until = None
            changed += ["access_token", "refresh_token", "connected_as", "claim"]
            changed += ["expires_at", "refreshed_at", "claimed_until"]
        if "secret_expires_on" in self.changed_data:
            oauth.told = ""
        oauth.trouble = ""
        # Nothing else: a worker may just have written a new token.
        oauth.save(update_fields=None if oauth._state.adding else changed)
        Mailbox.objects.filter(pk=oauth.mailbox_id).update(next_poll_at=timezone.now())
        return oauth


class SignInPage(FormPage):
    """The application's form, the state of the sign-in, and the way to the provider."""

    model = OAuthAccount
    form_class = OAuthForm
    template_name = "mailboxes/accounts/sign_in.html"
    saved = gettext_lazy("The application was saved.")

    @property
    def mailbox(self) -> Mailbox:
        return _mailbox(self.kwargs["pk"])

    def get_object(self, queryset: Any = None) -> OAuthAccount | None:
        return OAuthAccount.objects.filter(mailbox=self.mailbox).first()

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"mailbox": self.mailbox}

    def get_success_url(self) -> str:
        return reverse("settings:sign_in", args=[self.kwargs["pk"]])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mailbox = self.mailbox
        provider: OAuthProvider = provider_of(mailbox)
        return super().get_context_data(
            mailbox=mailbox, provider=provider, redirect_uri=sign_in.redirect_uri(), now=timezone.now(), **kwargs
        )


@administrator_of_all_required
@require_GET
@never_cache
def sign_in_start(request: SignedIn, pk: int) -> HttpResponse:
    """To the provider's page, which asks who signs in; nothing is changed here."""
    mailbox = _mailbox(pk)
    oauth = get_object_or_404(OAuthAccount, mailbox=mailbox, grant=OAuthAccount.Grant.CODE)
    return redirect(sign_in.begin(oauth, request.session))


@administrator_of_all_required
@require_GET
@never_cache
def sign_in_done(request: SignedIn) -> HttpResponse:
    """Back from the provider, in the browser that set out; the code is exchanged and never shown."""
    begun = sign_in.begun(request.session, request.GET.get("state", ""))
    oauth = OAuthAccount.objects.select_related("mailbox").filter(pk=begun.get("oauth", 0)).first()
    if oauth is None or oauth.mailbox.sign_in == Mailbox.SignIn.PASSWORD:
        messages.error(request, _("This sign-in was not started here, or took too long. Start again."))
        return redirect("settings:mailboxes")
    code = request.GET.get("code", "")
    if not code:
        said = " ".join(request.GET.get("error", "").split())[:100]
        messages.error(request, _("The sign-in was not completed (%(error)s).") % {"error": said or "?"})
        return redirect("settings:sign_in", oauth.mailbox_id)
    try:
        sign_in.finish(oauth, code, begun["verifier"], begun.get("meant_for", []))
    except NoTokens as failure:
        messages.error(request, failure.message)
    else:
        Mailbox.objects.filter(pk=oauth.mailbox_id).update(next_poll_at=timezone.now())
        messages.success(request, _("%(mailbox)s is connected.") % {"mailbox": oauth.mailbox})
    return redirect("settings:sign_in", oauth.mailbox_id)


def _mailbox(pk: int) -> Mailbox:
    mailbox = get_object_or_404(Mailbox, pk=pk)
    if mailbox.sign_in == Mailbox.SignIn.PASSWORD:
        raise Http404
    return mailbox
