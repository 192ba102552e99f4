"""The page of the visitor's account, and the language of the portal."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from recipients.customers import authorised
from recipients.models import Customer, PortalAccount, RecognitionSettings
from recipients.portal import access
from recipients.portal.access import PortalRequest, visitor_required

#: Changes of authorised senders and addresses that the page shows.
SHOWN = 50


@never_cache
@visitor_required
def account(request: PortalRequest) -> HttpResponse:
    """The details of the customers whose account the visitor manages; of others no more than their names."""
    visitor = request.visitor
    managed = Customer.objects.present().filter(pk__in=visitor.managed).select_related("company")
    context = {
        "account": visitor.account,
        "managed": managed.prefetch_related("addresses", "authorised_senders"),
        "listed_senders_wait": RecognitionSettings.load().listed_senders_wait,
        "others": [each for each in visitor.customers if each.pk not in visitor.managed],
        "several": len(visitor.managed) > 1,
        "changes": authorised.changes(visitor.managed)[:SHOWN],
    }
    return render(request, "recipients/portal/account.html", context)


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Choose the language: in a cookie, and in the account of a visitor who has signed in."""
    chosen = request.POST.get("language", "")
    account = access.account_of(request)
    if account and chosen in dict(settings.LANGUAGES):
        PortalAccount.objects.filter(pk=account.pk).update(language=chosen)
    return set_language(request)
