"""What travels compressed? Pages; files are as they are."""

import gzip

from django.test import Client

from recipients.models import Customer, Recipient
from tickets.models import Queue, Ticket


def test_a_page_of_fifty_tickets_is_small_on_its_way(as_anna: Client, queue: Queue, acme: Customer) -> None:
    for number in range(50):
        person = Recipient.objects.create(address=f"person{number}@acme.example", name=f"Person {number}")
        Ticket.objects.create(queue=queue, subject=f"The grinder {number}", requester=person, customer=acme)
    page = as_anna.get("/tickets/", headers={"accept-encoding": "gzip, br"})
    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
    whole = gzip.decompress(page.content)
    assert b"The grinder 49" in whole
    assert b"The grinder 49" in as_anna.get("/tickets/").content  # for whoever does not ask for it
    assert len(page.content) < 20_000 < len(whole)


def test_an_export_is_sent_as_it_is(as_anna: Client) -> None:
    Recipient.objects.create(address="carla@acme.example")
    export = as_anna.get("/recipients/export/?format=csv", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in export
    assert b"carla@acme.example" in b"".join(export.streaming_content)
