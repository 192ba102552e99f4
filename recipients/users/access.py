"""Access of users: who may open a page, and whose customers it shows.

Agents open their work, administrators the settings too, visitors nothing but the sign-in page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxDetails

from recipients.models import Customer, CustomerAddress, Recipient, Role, User
from recipients.models.customers import CustomerQuerySet
from recipients.models.recipients import RecipientQuerySet

View = Callable[..., HttpResponseBase]


class SignedIn(HttpRequest):
    """The request of somebody who has signed in, as the views behind these decorators get it."""

    user: User
    htmx: HtmxDetails


def agent_required(view: View) -> View:
    """Everybody who signs in may open the page; others are sent to the sign-in page and come back."""
    return login_required(view)


def administrator_required(view: View) -> View:
    """Administrators may open the page; agents get 403, visitors the sign-in page."""

    @wraps(view)
    def checked(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_administrator:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(checked)


def administrator_of_all_required(view: View) -> View:
    """Administrators who see every partner may open the page: what it sets holds for the mail of all of them.

    Whoever sets a mailbox reads its mail, links to new passwords included: a partner would be no limit any more.
    """

    @wraps(view)
    def checked(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.administers_all:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(checked)


def manageable_users(user: User) -> QuerySet[User]:
    """The users whom the administrator `user` lists and changes: everybody, or those of the own partner.

    Nobody gives more than they have: who sees every partner, or another one, is not theirs.
    """
    return User.objects.all() if user.sees_every_partner else User.objects.filter(partner=user.partner)


def colleagues(user: User) -> QuerySet[User]:
    """The active users whose names `user` reads and to whom they give work: everybody, or those of the own partner.

    With who sees every partner; of the staff of another one nothing is shown.
    """
    active = User.objects.filter(is_active=True)
    if user.sees_every_partner:
        return active
    return active.filter(Q(partner=None) | Q(partner=user.partner) | Q(role=Role.SUPER_ADMINISTRATOR))


def visible_customers(user: User) -> CustomerQuerySet:
    """The customers whose pages `user` may open: every one, or those of the user's partner (R30)."""
    customers = Customer.objects.present()
    return customers if user.sees_every_partner else customers.filter(partner=user.partner)


def visible_recipients(user: User) -> RecipientQuerySet:
    """The addresses `user` may list: every one, or those paired with or registered on the partner's customers.

    One that belongs to nobody has no partner, as a ticket without a customer (R30).
    """
    recipients = Recipient.objects.all()
    if user.sees_every_partner:
        return recipients
    registered = CustomerAddress.objects.order_by().filter(customer__partner=user.partner).values("address")
    return recipients.filter(Q(customer__partner=user.partner) | Q(address__in=registered))
