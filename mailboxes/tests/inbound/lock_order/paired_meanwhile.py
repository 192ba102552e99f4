"""Addresses are paired with a customer in the moment in which that one goes."""

from mailboxes.tests.inbound.lock_order.meeting import meet, until_somebody_waits
from recipients.decisions import actions
from recipients.models import Customer, Recipient, User
from tickets.customers import delete_customers, merge_customers

anna = User.objects.create_superuser("anna@helpdesk.example", "correct horse battery")
one, two, three = (Customer.objects.create(name=name, is_company=True) for name in ("One", "Two", "Three"))
ada, bea, cleo = (Recipient.objects.known(f"{name}@acme.example") for name in ("ada", "bea", "cleo"))
actions.pair(Recipient.objects.filter(pk=cleo.pk), one, by=anna)


def pairing(recipient, customer):
    def pair(ready):
        actions.pair(Recipient.objects.filter(pk=recipient.pk), customer, by=anna)
        ready()
        until_somebody_waits()

    return pair


meet(pairing(ada, one), lambda: merge_customers.merge(one, two, by=anna))
meet(pairing(bea, three), lambda: delete_customers.delete(Customer.objects.filter(pk=three.pk)))
print("paired", *Recipient.objects.order_by("pk").values_list("customer__name", flat=True))
print("refused", *actions.pair(Recipient.objects.filter(pk=bea.pk), one, by=anna).refused.values())
