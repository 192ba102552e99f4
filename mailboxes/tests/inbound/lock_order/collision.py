"""Somebody locks the wrong way round, and a page notices first."""

from django.test import Client
from django.urls import reverse

from mailboxes.tests.inbound.lock_order.meeting import meet, until_somebody_waits
from recipients.models import Recipient, User
from tickets.models import Queue, Ticket

anna = User.objects.create_superuser("anna@helpdesk.example", "correct horse battery")
writer = Recipient.objects.known("carla@acme.example")
queue = Queue.objects.create(name="Support", is_default=True)
ticket = Ticket.objects.create(subject="Printer", bare_subject="printer", queue=queue, requester=writer)
browser = Client(headers={"host": "localhost"})
browser.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")


def the_wrong_way_round(ready):
    list(Ticket.objects.filter(pk=ticket.pk).locked())
    ready()
    until_somebody_waits()
    list(Recipient.objects.filter(pk=writer.pk).locked())


def ban():
    page = browser.post(reverse("tickets:ban_requester", args=[ticket.pk]), {"close": "on"})
    print("answered", page.status_code, page.content.decode())


meet(the_wrong_way_round, ban)
