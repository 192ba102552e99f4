"""Signing in to the portal by a link that is mailed to the address, and signing out; passwords are another way.

The page says the same, and takes as long, whatever the address: whom we know is decided by the worker that mails the
link. The link itself only shows a button, because mail scanners open links.
"""

import posixpath
from urllib.parse import unquote, urlsplit

from celery import signature
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from helpdesk import limits
from recipients.addressing.normalise import display
from recipients.models import PortalAccount, SignInLink
from recipients.portal import access
from recipients.portal.access import Visitor
from recipients.portal.forms import AddressForm
from recipients.portal.links import MINUTES

#: Queued by name: tasks call the folders, not the other way round.
SEND_LINK = "recipients.tasks.send_sign_in_link"


@never_cache
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Ask for an address; a link to it is on its way, if we know it."""
    account = access.account_of(request)
    if account and Visitor.of(account):
        return redirect(next_page(request))
    form = AddressForm(request.POST or None)
    if form.is_valid() and not limits.PORTAL_LINK_CLIENT.count(limits.client(request)):
        form.add_error(None, limits.PORTAL_LINK_CLIENT.refusal())
    if form.is_valid():
        address = form.cleaned_data["address"]
        signature(SEND_LINK).delay(address, translation.get_language() or "", next_path(request))
        context = {"address": display(address), "mailbox": address, "minutes": MINUTES, "next": next_path(request)}
        return render(request, "recipients/portal/link_sent.html", context)
    return render(
        request,
        "recipients/portal/sign_in.html",
        {"form": form, "next": next_path(request)},
        status=limits.status(form),
    )


@never_cache
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a mailed link: opening it changes nothing, its button signs in, once.

    Visitors who are still signed in by it may open it again: people come back by the mail.
    """
    link = SignInLink.find(token)
    if link is None or not link.is_usable:
        account = access.account_of(request)
        if link and account and account.address == link.address and Visitor.of(account):
            return redirect(next_page(request))
        return _unusable(request)
    if request.method != "POST":
        response = render(request, "recipients/portal/open_link.html", {"link_address": display(link.address)})
        # The address of this page is a secret. Not "no-referrer": its form would then be sent without an origin.
        response["Referrer-Policy"] = "strict-origin"
        return response
    if not link.use() or Visitor.of(PortalAccount(address=link.address)) is None:
        return _unusable(request)
    account, _created = PortalAccount.objects.get_or_create(address=link.address)
    access.sign_in(request, account, by_link=True)
    return redirect(next_page(request))


def _unusable(request: HttpRequest) -> HttpResponse:
    """Used, expired, or never issued: which of them is nobody's business."""
    context = {"form": AddressForm(), "next": next_path(request), "unusable": True}
    return render(request, "recipients/portal/sign_in.html", context, status=410)


@require_POST
def sign_out_here(request: HttpRequest) -> HttpResponse:
    access.sign_out(request)
    messages.success(request, _("You have been signed out."))
    return redirect("portal_account:sign_in")


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of the visitor, this one included."""
    if account := access.account_of(request):
        account.end_sessions()
    access.sign_out(request)
    messages.success(request, _("You have been signed out on every device."))
    return redirect("portal_account:sign_in")


def next_page(request: HttpRequest) -> str:
    """Where the visitor wanted to go; else the start of the portal."""
    return next_path(request) or reverse("portal:list")


def next_path(request: HttpRequest) -> str:
    """The page that `next` asks for if it is one of the portal, "" if it is anything else."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    path = unquote(urlsplit(wanted).path) if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""
    root = reverse("home").removesuffix("/") + access.ROOT
    return wanted if f"{posixpath.normpath(path)}/".startswith(root) else ""
