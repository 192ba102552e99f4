"""Mails wait for a ticket that gets another queue, another customer and another requester in that moment."""

from mailboxes.inbound import pipeline
from mailboxes.inbound.take_in import take_in
from mailboxes.tests.inbound.lock_order.meeting import meet, until_somebody_waits
from recipients.models import Customer, CustomerAddress, Recipient, User
from tickets.customers.assignment import change_customer
from tickets.models import Queue, Ticket

anna = User.objects.create_superuser("anna@helpdesk.example", "correct horse battery")
queue = Queue.objects.create(name="Support", is_default=True)
other = Queue.objects.create(name="Other")
acme = Customer.objects.create(name="Acme", is_company=True)
CustomerAddress.objects.create(customer=acme, address="carla@acme.example", is_primary=True)
ada = Recipient.objects.known("ada@home.example")


def ticket():
    return Ticket.objects.create(subject="Printer", bare_subject="printer", queue=queue, requester=ada)


def reply(number, sender):
    raw = (
        f"From: {sender}\r\nTo: support@helpdesk.example\r\nSubject: Re: [#{number}] Printer\r\n"
        f"Message-ID: <{number}@home.example>\r\n\r\nHello.\r\n"
    ).encode()
    row = pipeline.deliver(take_in(raw), raw)
    print("mail", row.outcome, row.ticket_number == number, row.traceback)


def while_it(is_changed):
    def change(ready):
        is_changed()
        ready()
        until_somebody_waits()

    return change


moved = ticket()
meet(while_it(lambda: moved.move(other, by=anna)), lambda: reply(moved.pk, "ada@home.example"))
owned = ticket()
meet(while_it(lambda: change_customer(owned, acme, by=anna)), lambda: reply(owned.pk, "carla@acme.example"))
