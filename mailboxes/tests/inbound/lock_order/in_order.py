"""Somebody locks the right way round; an import, a deletion, a batch of mails and a round of assigning do so, too."""

from django.test import Client
from django.utils import timezone

from mailboxes.inbound.pipeline import process_batch
from mailboxes.inbound.take_in import take_in
from mailboxes.tests.inbound.lock_order.meeting import meet, until_somebody_waits
from recipients.customers.import_file.carry_out import carry_out
from recipients.customers.import_file.plan import plan
from recipients.decisions import actions
from recipients.models import Customer, Recipient, User
from tickets.assigning.rounds import assign_due
from tickets.intake.threading import digest
from tickets.models import MailReference, Queue, Ticket

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


def named(number, **headers):
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    raw = f"From: dora@home.example\r\nTo: support@helpdesk.example\r\n{lines}\r\nHello {number}.\r\n".encode()
    return take_in(raw), raw


dora = Recipient.objects.known("dora@home.example")
low, high = (
    Ticket.objects.create(subject="Lamp", bare_subject="lamp", queue=queue, requester=dora) for _each in range(2)
)
MailReference.objects.create(digest=digest("lamp@home.example"), ticket=low)
mails = [named(1, Subject=f"Re: [#{high.pk}] Lamp"), named(2, Subject="Re: Lamp", In_Reply_To="<lamp@home.example>")]
meet(
    locking(*(Ticket.objects.filter(pk=each.pk) for each in (low, high))),
    lambda: print("mails", [row.ticket_number for row in process_batch(mails)] == [high.pk, low.pk]),
)

first, second = (User.objects.create_user(f"agent{number}@helpdesk.example") for number in range(2))
for agent in (first, second):
    agent.queues.add(queue)
queue.takers.set([first, second])
Queue.objects.update(assigning=Queue.Assigning.IN_TURN)
User.objects.filter(pk=first.pk).update(last_assigned_at=timezone.now())
agents = [User.objects.filter(pk=agent.pk).select_for_update(no_key=True) for agent in (first, second)]


def hold(ready):
    list(agents[0])
    ready()
    until_somebody_waits()
    list(agents[1])


meet(hold, lambda: print("given", assign_due() > 1))
