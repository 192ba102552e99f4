"""Passwords of the portal: signing in with one that its owner has chosen, and choosing it."""

from django.contrib import messages
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from helpdesk import limits
from recipients.models import PortalAccount
from recipients.portal import access
from recipients.portal.access import PortalRequest, Visitor, visitor_required
from recipients.portal.forms import PasswordForm, PasswordSignInForm
from recipients.portal.signing_in import next_page, next_path


@never_cache
def sign_in_with_password(request: HttpRequest) -> HttpResponse:
    """One sentence for everything that fails, and one hash, whether there is such an account or not."""
    form = PasswordSignInForm(request.POST or None)
    client = limits.client(request)
    if form.is_valid() and not limits.PORTAL_PASSWORD_CLIENT.left(client):
        form.add_error(None, limits.PORTAL_PASSWORD_CLIENT.refusal())
    if form.is_valid():
        account = _opened(form.cleaned_data["address"], form.cleaned_data["password"])
        if account and Visitor.of(account):
            access.sign_in(request, account)
            return redirect(next_page(request))
        limits.PORTAL_PASSWORD_CLIENT.count(client)
        form.add_error(None, limits.PORTAL_PASSWORD.told)
    context = {"form": form, "next": next_path(request)}
    return render(request, "recipients/portal/sign_in_password.html", context, status=limits.status(form))


def _opened(address: str, password: str) -> PortalAccount | None:
    account = PortalAccount.objects.filter(address=address).first()
    if account is None:
        check_password(password, "")  # as slow as a wrong one
        return None
    return account if account.check_password(password) else None


@never_cache
@visitor_required
def password(request: PortalRequest) -> HttpResponse:
    """Choose, change or take away the password; every other session ends."""
    account = request.visitor.account
    form = PasswordForm(request.POST or None, account=account, proved=access.proved_just_now(request))
    if form.is_valid():
        form.save()
        access.sign_in(request, account)
        told = _("Your password was saved.") if account.has_password else _("Your password was removed.")
        messages.success(request, f"{told} {_('You have been signed out on every other device.')}")
        return redirect("portal_account:account")
    return render(request, "recipients/portal/password.html", {"form": form, "account": account})
