"""The pages of mailboxes: the accounts that we fetch and send with, and their state."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from helpdesk.ui.pages import DeletePage, FormPage
from mailboxes.accounts.connection_check import Check, check_incoming, check_outgoing, counted, failed_check
from mailboxes.accounts.forms import MailboxForm
from mailboxes.accounts.identity_preview import Typed, previews_of
from mailboxes.accounts.redirect_check import redirects
from mailboxes.connections.account import ConnectionFailed
from mailboxes.connections.providers import PROVIDERS, Provider, provider_named
from mailboxes.models import Address, Mailbox, OAuthAccount
from recipients.users.access import SignedIn, administrator_of_all_required
from tickets.models import Queue


class MailboxList(ListView):  # type: ignore[type-arg]  # not generic at run time
    """The mailboxes with their addresses, and the further addresses below them."""

    queryset = Mailbox.objects.prefetch_related("addresses__queue")
    context_object_name = "mailboxes"
    template_name = "mailboxes/accounts/mailbox_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        further = (
            Address.objects.filter(is_main=False)
            .select_related("mailbox", "queue")
            .prefetch_related("mailbox__addresses")
        )
        return super().get_context_data(further=redirects(list(further), timezone.now()), **kwargs)


class MailboxPage(FormPage):
    """The form of a mailbox, or of a new one: it begins with the servers of the provider that was chosen."""

    request: SignedIn
    model = Mailbox
    form_class = MailboxForm
    template_name = "mailboxes/accounts/mailbox_form.html"
    list_title = gettext_lazy("Mailboxes")
    new_title = gettext_lazy("New mailbox")
    saved = gettext_lazy("The mailbox was saved. Sending and receiving are being tested below.")

    def get_initial(self) -> dict[str, Any]:
        if self.object:
            return {}
        return {
            "queue": Queue.objects.filter(is_default=True).first(),
            **(self._provider.initial if self._provider else {}),
        }

    @property
    def _provider(self) -> Provider | None:
        return provider_named(self.request.GET.get("provider", ""))

    def form_valid(self, form: "ModelForm[Mailbox]") -> HttpResponse:
        """Save; somebody may have taken the address since it was checked, which is an error like any other."""
        try:
            return super().form_valid(form)
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)

    def get_success_url(self) -> str:
        oauth = OAuthAccount.objects.filter(mailbox=self.object).first()
        if self.object.is_signed_in_to and not (oauth and oauth.is_signed_in):
            return reverse("settings:sign_in", args=[self.object.pk])
        return f"{reverse('settings:mailbox', args=[self.object.pk])}?saved#checks"  # the page tries what was saved

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(providers=PROVIDERS, chosen=self._provider, now=timezone.now(), **kwargs)
        mailbox = context["form"].stored
        oauth = OAuthAccount.objects.filter(mailbox=mailbox).first() if mailbox and mailbox.is_signed_in_to else None
        return {"previews": None} | context | {"mailbox": mailbox, "oauth": oauth}


class MailboxTest(MailboxPage):
    """Try what was typed, saved or not, step by step; nothing is saved, and nothing changes on the server."""

    http_method_names = ["post"]

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        form: MailboxForm = self.get_form()  # type: ignore[assignment]  # it is one
        form.is_valid()
        checks = [check for kind in ("imap", "smtp") if (check := _checked(form, kind))]
        if self.request.htmx:
            return render(self.request, "mailboxes/accounts/_checks.html", {"checks": checks, "form": form})
        return self.render_to_response(self.get_context_data(form=form, checks=checks))


class MailboxPreview(MailboxPage):
    """In whose name customers would get answers, as it is typed; nothing is saved."""

    http_method_names = ["post"]

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        form: MailboxForm = self.get_form()  # type: ignore[assignment]  # it is one
        form.is_valid()
        typed = Typed(
            name=form.data.get("name", "").strip(),
            address=form.data.get("address", ""),
            queue=form.cleaned_data.get("queue"),
        )
        found = previews_of(get_object_or_404(Mailbox, pk=self.kwargs["pk"]), self.request.user, typed)
        if self.request.htmx:
            return render(self.request, "mailboxes/accounts/_sender_preview.html", {"previews": found})
        return self.render_to_response(self.get_context_data(form=form, previews=found))


def _checked(form: MailboxForm, kind: str) -> Check | None:
    """What comes of trying one of the two accounts, if enough is typed for it."""
    values = form.cleaned_data
    try:
        account = form.account(kind)
    except ConnectionFailed as failure:
        return failed_check(kind, failure)
    if account is None:
        return None
    if kind == "smtp":
        return check_outgoing(account)
    begins = form.is_another_account or (form.stored and not form.stored.connected_at)
    count = counted(values.get("take_in", ""), values.get("take_in_since")) if begins else None
    return check_incoming(account, values.get("protocol", ""), values.get("folder") or "INBOX", count)


class MailboxDeletion(DeletePage):
    """Ask, then forget the account; its mails stay in the log, its tickets stay as they are."""

    http_method_names = ["get", "head", "post"]
    queryset = Mailbox.objects.prefetch_related("addresses")
    template_name = "mailboxes/accounts/mailbox_delete.html"
    success_url = reverse_lazy("settings:mailboxes")
    deleted = gettext_lazy("%(mailbox)s was deleted.")


@administrator_of_all_required
@require_POST
def mailbox_fetch(request: SignedIn, pk: int) -> HttpResponse:
    """Make the mailbox due; the next beat, seconds away, has a worker fetch it."""
    mailbox = get_object_or_404(Mailbox, pk=pk)
    if not mailbox.is_active:
        messages.error(request, _("%(mailbox)s is switched off; switch fetching on first.") % {"mailbox": mailbox})
    else:
        Mailbox.objects.filter(pk=pk).update(next_poll_at=timezone.now())
        messages.success(request, _("%(mailbox)s is being fetched.") % {"mailbox": mailbox})
    return redirect("settings:mailbox", pk)


@administrator_of_all_required
@require_POST
def mailbox_default(request: SignedIn, pk: int) -> HttpResponse:
    mailbox = get_object_or_404(Mailbox, pk=pk)
    if mailbox.fetched_at is None:
        messages.error(
            request, _("%(mailbox)s has never been fetched successfully; fix that first.") % {"mailbox": mailbox}
        )
        return redirect("settings:mailbox", pk)
    mailbox.make_default()
    messages.success(request, _("%(mailbox)s is the default mailbox now.") % {"mailbox": mailbox})
    return redirect("settings:mailboxes")
