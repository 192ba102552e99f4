"""The search for a customer that pairing and changing a ticket's customer share."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404

from helpdesk import limits
from helpdesk.database.time_limit import in_time
from helpdesk.ui.ids import row_id
from recipients.models import Customer, RecognitionSettings, User
from recipients.models.customers import CustomerQuerySet
from recipients.search.query import find_customers
from recipients.users.access import visible_customers

#: Customers that a search shows.
SHOWN = 20


@dataclass(frozen=True)
class Choice:
    """What was typed, and the customers that fit; `more`: there are others; `too_much` says that it took too long."""

    text: str
    customers: list[Customer]
    more: bool = False
    too_much: str = ""


def choice(customers: CustomerQuerySet, text: str) -> Choice:
    """Those of `customers` that `text` means; nothing for no text."""
    text = text.strip()
    if not text:
        return Choice(text, [])
    fits = find_customers(customers, text).with_email().select_related("company", "partner")[: SHOWN + 1]
    found = in_time(limits.LIST_TIME, lambda: list(fits), otherwise=None)
    if found is None:
        return Choice(text, [], too_much=limits.LIST_TIME.sentence())
    return Choice(text, found[:SHOWN], more=len(found) > SHOWN)


def chosen_or_404(customers: CustomerQuerySet, pk: str) -> Customer:
    """The one of `customers` whose button was pressed. Raises Http404."""
    return get_object_or_404(customers, pk=row_id(pk))


def pairable_customers(user: User) -> CustomerQuerySet:
    """The customers that `user` may see and that may be a ticket's customer: others would count as not found (W09)."""
    return visible_customers(user).filter(kind__in=RecognitionSettings.load().allowed_kinds)
