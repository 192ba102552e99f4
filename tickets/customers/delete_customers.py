"""Deleting customers, with all that names them locked first in the one order (docs/decisions/lock-order.md)."""

from django.db import transaction
from django.db.models import Q, QuerySet

from recipients.models import Customer, Recipient
from tickets.models import Ticket


def delete(customers: QuerySet[Customer]) -> None:
    """Delete `customers`; their addresses, persons and tickets stay and belong to nobody."""
    with transaction.atomic():
        gone = list(customers.order_by().values_list("pk", flat=True))
        named = Q(pk__in=gone) | Q(company__in=gone) | Q(merged_into__in=gone)
        Recipient.objects.hold_paired(gone, Customer.objects.filter(named))
        theirs = Q(customer__in=gone) | Q(customer_pairing__customer__in=gone)
        list(Ticket.objects.filter(theirs).locked().values_list("pk"))
        Customer.objects.filter(pk__in=gone).delete()
