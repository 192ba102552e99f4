"""Access to the portal: who looks at a page, and whose things they may see.

Asked anew with every request, so that a right ends the moment it is taken away. The session itself
proves one thing only: that its owner controls the address.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from typing import Any, Self
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from recipients.addressing.normalise import spellings
from recipients.models import CompanyRight, Customer, CustomerAddress, PortalAccount, Recipient
from recipients.portal.membership import Membership

View = Callable[..., HttpResponseBase]
#: Where all pages of the portal are.
ROOT = "/portal/"
_SESSION, _PROVED = "portal", "portal_proved_at"
_ASKED = "_portal_account"
#: For so long after a mailed link was used nobody is asked for the present password.
PROVED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has proved that they control `address`, and what follows from the customers of today.

    Google's two domains are one: whoever reads a mailbox by one of them reads it by the other (S35).

    `customers`: for whom they write, those on which the address is registered or with whom it is paired. By id:
    `readable`, the customers whose tickets they may read; `companies`, those whose persons' tickets they may read,
    too; `managed`, those whose account details they may edit. `membership`: which forums are for them.
    """

    account: PortalAccount
    customers: tuple[Customer, ...] = ()
    readable: frozenset[int] = frozenset()
    companies: frozenset[int] = frozenset()
    managed: frozenset[int] = frozenset()
    membership: Membership = field(default_factory=Membership)

    @property
    def address(self) -> str:
        return self.account.address

    @property
    def addresses(self) -> tuple[str, ...]:
        """`address`, and the other one at which the same mailbox is reached."""
        return spellings(self.address)

    @classmethod
    def of(cls, account: PortalAccount) -> Self | None:
        """The visitor behind `account`; None while the address is banned or shared. Three queries."""
        theirs = spellings(account.address)
        recipients = Recipient.objects.order_by().filter(address__in=theirs)
        if any(each.banned or each.shared for each in recipients):
            return None
        addresses = CustomerAddress.objects.order_by().filter(address__in=theirs)
        on_them = set(addresses.values_list("customer", flat=True))
        paired = {each.customer_id for each in recipients if each.customer_id}
        customers = tuple(Customer.objects.present().filter(pk__in=on_them | paired).select_related("company"))
        registered = {each.pk for each in customers if each.pk in on_them and not each.added_automatically}
        readable, companies = _readable(customers, registered), _companies(customers, registered)
        managed, membership = _managed(customers, registered), Membership.of(customers)
        return cls(account, customers, readable | companies, companies, managed, membership)


class PortalRequest(HttpRequest):
    """The request of a visitor, as the views behind `visitor_required` get it."""

    visitor: Visitor
    htmx: HtmxDetails


def visitor_required(view: View) -> View:
    """Whoever has signed in to the portal may open the page; others are sent to its sign-in page and come back."""

    @wraps(view)
    def checked(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        account = account_of(request)
        visitor = Visitor.of(account) if account else None
        if visitor is None:
            return redirect(f"{reverse('portal_account:sign_in')}?{urlencode({'next': request.get_full_path()})}")
        request.visitor = visitor
        return view(request, *args, **kwargs)

    return checked


def sign_in(request: HttpRequest, account: PortalAccount, *, by_link: bool = False) -> None:
    """Let the session be that of `account`, under a new key, so that nobody who knew the old one comes along.

    `by_link`: the visitor has just proved that they read the mail of the address.
    """
    request.session.cycle_key()
    request.session[_SESSION] = [account.pk, account.generation]
    request.session.pop(_PROVED, None)  # another visitor's, perhaps
    if by_link:
        request.session[_PROVED] = timezone.now().timestamp()
    PortalAccount.objects.filter(pk=account.pk).update(signed_in_at=timezone.now())
    setattr(request, _ASKED, account)


def sign_out(request: HttpRequest) -> None:
    """Forget the visitor; an agent who is signed in with the same browser stays."""
    request.session.pop(_SESSION, None)
    request.session.pop(_PROVED, None)
    request.session.cycle_key()
    setattr(request, _ASKED, None)


def account_of(request: HttpRequest) -> PortalAccount | None:
    """The account that the session is of, if it still holds. One query, however often a request asks."""
    if not hasattr(request, _ASKED):
        pk, generation = request.session.get(_SESSION, (None, None))
        account = PortalAccount.objects.filter(pk=pk, generation=generation).first() if pk else None
        setattr(request, _ASKED, account)
    found: PortalAccount | None = getattr(request, _ASKED)
    return found


def is_portal(request: HttpRequest) -> bool:
    """Whether the page is one of the portal, there or not."""
    return request.path_info.startswith(ROOT)


def proved_just_now(request: HttpRequest) -> bool:
    """Whether the session was begun by a mailed link in the last ten minutes: who forgot a password can replace it."""
    proved: float = request.session.get(_PROVED, 0)
    return timezone.now().timestamp() - proved < PROVED_FOR.total_seconds()


def _readable(customers: tuple[Customer, ...], registered: set[int]) -> frozenset[int]:
    """A company's tickets are everybody's who works there: being paired with it is not enough."""
    return frozenset(each.pk for each in customers if each.pk in registered or not each.is_company)


def _companies(customers: tuple[Customer, ...], registered: set[int]) -> frozenset[int]:
    itself = {each.pk for each in customers if each.is_company and each.pk in registered}
    by_right = {each.company_id for each in customers if each.company_right != CompanyRight.NONE}
    return frozenset(pk for pk in itself | by_right if pk)


def _managed(customers: tuple[Customer, ...], registered: set[int]) -> frozenset[int]:
    """Registered addresses alone edit: a pairing says for whom somebody writes, not that the account is theirs."""
    persons = [each for each in customers if each.pk in registered]
    by_right = {each.company_id for each in persons if each.company_right == CompanyRight.MANAGE}
    return frozenset(pk for pk in registered | by_right if pk)
