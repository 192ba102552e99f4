"""The pages of further addresses: at which ones we are reached, and which queue handles their mail."""

from typing import Any

from django.contrib import messages
from django.forms import ModelForm
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.ui.pages import DeletePage, FormPage
from mailboxes.accounts.forms import AddressForm
from mailboxes.accounts.redirect_check import send_check
from mailboxes.models import Address, Mailbox
from recipients.users.access import SignedIn, administrator_of_all_required

FURTHER = Address.objects.filter(is_main=False)


class AddressPage(FormPage):
    """The form of a further address; without a mailbox to redirect to there is none (U23)."""

    queryset = FURTHER
    form_class = AddressForm
    success_url = reverse_lazy("settings:mailboxes")
    list_title = gettext_lazy("Mailboxes")
    new_title = gettext_lazy("New address")
    edit_title = gettext_lazy("Edit address")
    saved = gettext_lazy("%(address)s was saved.")

    def dispatch(self, request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        self.default = Mailbox.objects.order_by("-is_default", "pk").first()
        if self.default is None:
            messages.error(request, _("Set up a mailbox first: a further address redirects to one."))
            return redirect("settings:mailboxes")
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return {} if self.object else {"mailbox": self.default}

    def form_valid(self, form: "ModelForm[Address]") -> HttpResponse:
        response = super().form_valid(form)
        if not form.instance.verified_at:
            text = _("Check its redirect next: it is not known yet whether mail to it arrives here.")
            messages.info(self.request, text)
        return response


class AddressDeletion(DeletePage):
    """Give up a further address: mail to it is no longer ours."""

    queryset = FURTHER
    success_url = reverse_lazy("settings:mailboxes")
    deleted = gettext_lazy("%(address)s is no longer an address of ours.")


@administrator_of_all_required
@require_POST
def address_check(request: SignedIn, pk: int) -> HttpResponse:
    """Send the mail that proves the redirect by coming in (U22)."""
    address = get_object_or_404(FURTHER.all(), pk=pk)
    send_check(address)
    messages.success(
        request, _("A mail to %(address)s is on its way. Once it arrives, the redirect works.") % {"address": address}
    )
    return redirect("settings:mailboxes")


@administrator_of_all_required
@require_POST
def address_default(request: SignedIn, pk: int) -> HttpResponse:
    """Let the mailbox write in the name of this address (U14, U17): its own, or a further one that is checked."""
    address = get_object_or_404(Address.objects.select_related("mailbox"), pk=pk)
    if not address.is_main and not address.verified_at:
        messages.error(
            request, _("Check the redirect of %(address)s first: replies to it have to come in.") % {"address": address}
        )
    else:
        address.make_default()
        values = {"mailbox": address.mailbox, "address": address}
        messages.success(request, _("%(mailbox)s now sends as %(address)s.") % values)
    return redirect("settings:mailboxes")
