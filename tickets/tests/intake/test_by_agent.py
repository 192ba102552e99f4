"""Can an agent write first, and is what comes of it a ticket like any other?"""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recipients.decisions import actions
from recipients.models import (
    Customer,
    CustomerAddress,
    OwnAddress,
    Pairing,
    Partner,
    Recipient,
    RecognitionSettings,
    User,
)
from tickets.models import Event, Outbox, Queue, Ticket
from tickets.tests.mails import mail, reply_to, sent, take

pytestmark = pytest.mark.django_db
URL = "/tickets/new/"


def typed(queue: Queue, **fields: Any) -> dict[str, Any]:
    return {
        "to": "carla@acme.example",
        "queue": queue.pk,
        "subject": "Your contract",
        "text": "Please sign it.",
    } | fields


def said(browser: Client, data: dict[str, Any]) -> str:
    response = browser.post(URL, data)
    assert response.status_code == 422
    assert not Ticket.objects.exists()
    return response.content.decode()


def test_the_first_message_opens_a_ticket_and_leaves_by_the_outbox(
    as_anna: Client, anna: User, ada: User, queue: Queue, carla: Customer
) -> None:
    assert URL in as_anna.get("/tickets/").content.decode()
    assert as_anna.get(URL).status_code == 200
    files = SimpleUploadedFile("contract.pdf", b"%PDF", "application/pdf")
    response = as_anna.post(URL, typed(queue, files=files))
    ticket = Ticket.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/tickets/{ticket.number}/")
    assert (ticket.subject, ticket.customer, ticket.validity, ticket.status) == (
        "Your contract",
        carla,
        "valid",
        "open",
    )
    out = Outbox.objects.get(kind=Outbox.Kind.NEW_MESSAGE)
    assert (out.recipient, out.from_name, [each.name for each in out.attachments.all()]) == (
        "carla@acme.example",
        "Anna Berg",
        ["contract.pdf"],
    )
    assert out.next_attempt_at > out.created_at  # may still be taken back
    assert not sent(ticket, Outbox.Kind.REQUEST_RECEIVED)
    assert sent(ticket, Outbox.Kind.NEW_TICKET) == ["ada@helpdesk.example"]
    assert Event.objects.filter(ticket=ticket, kind=Event.Kind.OPENED).get().agent == anna
    answer = reply_to(out)
    assert (answer.ticket, answer.held) == (ticket, False)


def test_a_customer_may_be_named_instead_of_an_address(as_anna: Client, queue: Queue, carla: Customer) -> None:
    as_anna.post(URL, typed(queue, to="conti"))
    assert Ticket.objects.get().customer == carla


def test_somebody_unknown_is_nobody_s_and_to_verify(as_anna: Client, queue: Queue) -> None:
    as_anna.post(URL, typed(queue, to=" New@Elsewhere.example "))
    ticket = Ticket.objects.get()
    assert ticket.requester
    assert (ticket.requester.address, ticket.customer, ticket.validity) == ("new@elsewhere.example", None, "to_verify")
    assert sent(ticket, Outbox.Kind.NEW_MESSAGE) == ["new@elsewhere.example"]


def test_what_is_wrong_is_said_and_everything_typed_is_kept(as_anna: Client, queue: Queue, carla: Customer) -> None:
    CustomerAddress.objects.create(customer=Customer.objects.create(name="Conti & Figli"), address="c@figli.example")
    Customer.objects.create(name="Silent")
    OwnAddress.objects.create(address="support@helpdesk.example")
    Recipient.objects.create(address="banned@evil.example", banned=True)
    for to, why in {
        "no address@": "is not an email address",
        "conti": "More than one customer has this name.",
        "nobody": "No customer has this name.",
        "silent": "Silent has no email address.",
        "support@helpdesk.example": "is an address of the helpdesk itself.",
        "banned@evil.example": "is banned: a reply from there would not come in.",
    }.items():
        page = said(as_anna, typed(queue, to=to))
        assert why in page, to
        assert "Please sign it." in page
    assert "Write a message first." in said(as_anna, typed(queue, text="  \n "))


def test_an_agent_opens_tickets_in_their_queues_and_for_their_partners_customers_alone(
    as_anna: Client, anna: User, queue: Queue, carla: Customer, main_partner: Partner
) -> None:
    other = Queue.objects.create(name="Finance")
    said(as_anna, typed(other))
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    assert "You could not see the ticket afterwards" in said(as_anna, typed(queue))
    assert "No customer has this name." in said(as_anna, typed(queue, to="conti"))
    Customer.objects.filter(pk=carla.pk).update(partner=main_partner)
    as_anna.post(URL, typed(queue, to="conti"))
    assert Ticket.objects.get().customer == carla


def test_a_mail_by_the_person_afterwards_is_a_ticket_of_its_own(as_anna: Client, queue: Queue, carla: Customer) -> None:
    as_anna.post(URL, typed(queue))
    assert take(mail("carla@acme.example", "Your contract")).ticket != Ticket.objects.order_by("pk").first()


def test_a_ticket_knows_the_pairing_and_the_settings_as_one_by_mail_does(
    as_anna: Client, anna: User, queue: Queue, carla: Customer, acme: Customer
) -> None:
    recipient = Recipient.objects.create(address="carla@postbox.example")
    actions.pair(Recipient.objects.filter(pk=recipient.pk), carla, by=anna)
    as_anna.post(URL, typed(queue, to="carla@postbox.example"))
    ticket = Ticket.objects.latest("pk")
    assert (ticket.customer, ticket.customer_source, ticket.validity) == (carla, "pairing", "valid")
    assert ticket.customer_pairing == Pairing.objects.get()
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"domain_counts_as_valid": True})
    as_anna.post(URL, typed(queue, to="new@acme.example"))
    ticket = Ticket.objects.latest("pk")
    assert (ticket.customer, ticket.customer_source, ticket.validity) == (acme, "matching", "valid")


def test_a_new_ticket_begins_with_people_in_copy_an_assignee_tags_and_a_note(
    as_anna: Client, anna: User, ada: User, queue: Queue, carla: Customer
) -> None:
    queue.agents.add(ada)
    more = {"cc": "boss@acme.example", "assignee": ada.pk, "tags": "contract, vip", "note": "Signed by fax.\nTwice."}
    as_anna.post(URL, typed(queue, html="<p>Please <b>sign</b> it.</p>", text="", **more))
    ticket = Ticket.objects.get()
    assert sent(ticket, "new_message") == ["boss@acme.example", "carla@acme.example"]
    assert (ticket.assignee, sorted(tag.name for tag in ticket.tags.all())) == (ada, ["contract", "vip"])
    assert ticket.comments.get(kind="note").text == "Signed by fax.\nTwice."
    assert "<b>sign</b>" in ticket.comments.get(kind="agent").html


def test_undoing_the_first_message_brings_all_of_the_form_back(
    as_anna: Client, ada: User, queue: Queue, carla: Customer
) -> None:
    queue.agents.add(ada)
    as_anna.post(URL, typed(queue, cc="boss@acme.example", assignee=ada.pk, tags="contract"))
    ticket = Ticket.objects.get()
    undo = f"/tickets/{ticket.number}/messages/{ticket.comments.get().pk}/undo/"
    page = as_anna.post(undo, follow=True).content.decode()
    assert not Ticket.objects.exists()
    assert 'value="boss@acme.example"' in page
    assert 'value="contract"' in page
    assert f'<option value="{ada.pk}" selected>' in page


def test_what_is_typed_into_the_form_of_a_new_ticket_is_kept(as_anna: Client, queue: Queue) -> None:
    kept = {"key": "k1", "html": "<p>Half</p>", "cc": "boss@acme.example", "note": "Mind the fax.", "tags": "vip"}
    as_anna.post("/tickets/new/draft/", kept)
    page = as_anna.get("/tickets/new/?draft=k1").content.decode()
    for part in ("boss@acme.example", "Mind the fax.", 'value="vip"', "&lt;p&gt;Half&lt;/p&gt;"):
        assert part in page
