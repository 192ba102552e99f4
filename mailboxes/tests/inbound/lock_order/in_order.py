"""Somebody locks the right way round, and an import and a deletion from the other side keep to the order, too."""

from django.test import Client

from mailboxes.tests.inbound.lock_order.meeting import meet, until_somebody_waits
from recipients.customers.import_file.carry_out import carry_out
from recipients.customers.import_file.plan import plan
from recipients.decisions import actions
from recipients.models import Customer, Recipient, User
from tickets.models import Queue, Ticket

anna = User.objects.create_superuser("anna@helpdesk.example", "correct horse battery")
queue = Queue.objects.create(name="Support", is_default=True)
one, two = (Customer.objects.create(name=name, number=name, is_company=True) for name in ("One", "Two"))
writer = Recipient.objects.known("carla@acme.example")
actions.pair(Recipient.objects.filter(pk=writer.pk), two, by=anna)
Ticket.objects.create(subject="Printer", bare_subject="printer", queue=queue, requester=writer, customer=two)
Customer.objects.filter(pk=one.pk).update(notes="Written last, so that it is read last.")
browser = Client(headers={"host": "localhost"})
browser.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")


def locking(*rows):
    def lock_in_order(ready):
        list(rows[0].locked())
        ready()
        until_somebody_waits()
        for each in rows[1:]:
            list(each.locked())

    return lock_in_order


def bring_in():
    carry_out(plan([["number", "notes"], ["Two", "Newer"], ["One", "Newer"]], by=anna))


def delete():
    chosen = {"action": "delete_selected", "_selected_action": [two.pk], "post": "yes"}
    print("answered", browser.post("/admin/recipients/customer/", chosen).status_code)


meet(locking(Customer.objects.filter(pk=one.pk), Customer.objects.filter(pk=two.pk)), bring_in)
print("notes", *Customer.objects.order_by("pk").values_list("notes", flat=True))
meet(locking(Recipient.objects.all(), Customer.objects.filter(pk=two.pk), Ticket.objects.all()), delete)
print("left", *Customer.objects.values_list("name", flat=True), Ticket.objects.get().customer, Recipient.objects.get())
