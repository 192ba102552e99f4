"""The search for customers and addresses, by any part of a name, a number or an address.

Every word must be found, each anywhere. Each place is a query of its own that meets an index, joined by union: one
condition with "or" over several tables would walk over all rows (docs/decisions/finding-customers.md).
"""

from typing import Any

from django.db.models import Q, QuerySet

from recipients.addressing.normalise import normalise
from recipients.models import Customer, CustomerAddress, Recipient
from recipients.models.customers import CustomerQuerySet
from recipients.models.recipients import RecipientQuerySet

#: Words that are looked at; each is a look into every index.
MAX_WORDS = 5
#: From here on a trigram index finds a part of a word; shorter ones are looked for at the beginning.
PART_LENGTH = 3


def find_customers(customers: CustomerQuerySet, text: str) -> CustomerQuerySet:
    """Those of `customers` in whose name, number or addresses every word of `text` occurs; all for the empty text."""
    for word in _words(text):
        customers = customers.filter(pk__in=_customers_with(word))
    return customers


def find_recipients(recipients: RecipientQuerySet, text: str) -> RecipientQuerySet:
    """Those of `recipients` in whose address, name or customer's name every word of `text` occurs."""
    for word in _words(text):
        of_customers = Customer.objects.filter(_has("name", word)).order_by().values("pk")
        places = _union(
            Recipient.objects.filter(_has("address", normalise(word) or word)),
            Recipient.objects.filter(_has("name", word)),
            Recipient.objects.filter(customer__in=of_customers),
        )
        recipients = recipients.filter(pk__in=places)
    return recipients


def _customers_with(word: str) -> QuerySet[Any, Any]:
    address = CustomerAddress.objects.filter(_has("address", normalise(word) or word)).order_by()
    by_name_or_number = (
        Customer.objects.filter(_has(field, word)).order_by().values("pk") for field in ("name", "number")
    )
    return address.values("customer").union(*by_name_or_number)


def _has(field: str, word: str) -> Q:
    return Q(**{f"{field}__{'icontains' if len(word) >= PART_LENGTH else 'istartswith'}": word})


def _union(first: QuerySet[Recipient], *others: QuerySet[Recipient]) -> QuerySet[Any, Any]:
    return first.order_by().values("pk").union(*(other.order_by().values("pk") for other in others))


def _words(text: str) -> list[str]:
    """The words of a query; a NUL, which PostgreSQL refuses to compare, parts them."""
    return text.replace("\0", " ").split()[:MAX_WORDS]
