"""The pages of further addresses: at which ones we are reached, and which queue handles their mail."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mailboxes.accounts.forms import AddressForm
from mailboxes.models import Address, Mailbox
from recipients.users.access import SignedIn, administrator_required

FURTHER = Address.objects.filter(is_main=False)


@administrator_required
def address_edit(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """The form of a further address; without a mailbox to redirect to there is none (U23)."""
    address = get_object_or_404(FURTHER.all(), pk=pk) if pk else Address()
    default = Mailbox.objects.order_by("-is_default", "pk").first()
    if default is None:
        messages.error(request, _("Set up a mailbox first: a further address redirects to one."))
        return redirect("settings:mailboxes")
    form = AddressForm(request.POST or None, instance=address, initial={} if pk else {"mailbox": default})
    if form.is_valid():
        saved = form.save()
        messages.success(request, _("%(address)s was saved.") % {"address": saved})
        if not saved.verified_at:
            messages.info(request, _("Check its redirect next: nobody knows yet whether mail to it arrives here."))
        return redirect("settings:mailboxes")
    return render(request, "mailboxes/accounts/address_form.html", {"form": form, "address": address})


@administrator_required
@require_POST
def address_delete(request: SignedIn, pk: int) -> HttpResponse:
    address = get_object_or_404(FURTHER.all(), pk=pk)
    address.delete()
    messages.success(request, _("%(address)s is no longer an address of ours.") % {"address": address})
    return redirect("settings:mailboxes")


@administrator_required
@require_POST
def address_check(request: SignedIn, pk: int) -> HttpResponse:
    """Send the mail that proves the redirect by coming in (U22)."""
    address = get_object_or_404(FURTHER.all(), pk=pk)
    address.ask_for_check()
    messages.success(
        request, _("A mail to %(address)s is on its way. When it comes in, the redirect works.") % {"address": address}
    )
    return redirect("settings:mailboxes")
