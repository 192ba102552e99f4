"""One request from the first mail to the last answer, through every door: mail, portal, the agent's page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mailboxes.models import Mailbox, Outcome, save_with_address
from mailboxes.tests.mails import arrive, mail
from recipients.matching.validity import Validity
from recipients.models import Customer, User
from tickets.models import Outbox, TicketSettings
from tickets.tests.conftest import Enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(queue: object) -> Mailbox:
    mailbox = Mailbox(name="Support", imap_host="127.0.0.1", imap_port=9, imap_username="support", imap_password="x")
    save_with_address(mailbox, "support@helpdesk.example", queue)
    return mailbox


def test_a_mail_is_read_and_answered_in_the_portal_and_by_the_agent(
    enter: Enter, as_anna: Client, anna: User, carla: Customer, mailbox: Mailbox
) -> None:
    TicketSettings.objects.create(pk=1, undo_seconds=0)
    row = arrive(
        mail("Our printer is on fire.", From="Carla Conti <carla@acme.example>", Subject="Printer"), mailbox=mailbox
    )
    assert row.outcome == Outcome.TICKET, row.traceback
    ticket = row.ticket
    assert ticket
    assert (ticket.customer, ticket.validity) == (carla, Validity.VALID)
    confirmation = Outbox.objects.get(kind="request_received")
    path = next(word for word in confirmation.text.split() if "/portal/" in word).removeprefix("http://localhost:8000")

    portal = enter("carla@acme.example")
    assert "Our printer is on fire." in portal.get(path).content.decode()
    plan = SimpleUploadedFile("Plan of the house.pdf", b"%PDF-1.4 plan", "application/pdf")
    answered = portal.post(f"{path}reply/", {"text": "Here is the way to it.", "files": [plan]}, follow=True)
    assert "We have received your message." in answered.content.decode()

    desk = f"/tickets/{ticket.number}/"
    seen = as_anna.get(desk).content.decode()
    assert "Here is the way to it." in seen
    assert "Plan of the house.pdf" in seen
    assert "In the portal" in seen
    file = ticket.comments.latest("pk").attachments.get()
    assert b"".join(as_anna.get(f"{desk}attachments/{file.pk}/").streaming_content) == b"%PDF-1.4 plan"
    assert as_anna.post(f"{desk}send/", {"kind": "note", "text": "They sound nervous."}).status_code == 302
    sent = as_anna.post(f"{desk}send/", {"kind": "reply", "text": "We are on our way.", "then": "waiting"})
    assert sent.status_code == 302
    assert Outbox.objects.filter(kind="new_message", recipient="carla@acme.example").exists()

    read = portal.get(path).content.decode()
    assert "We are on our way." in read
    assert "Anna Berg" in read
    assert "nervous" not in read
    assert "Waiting for your answer" in portal.get("/portal/").content.decode()
    assert portal.post(f"{path}solved/", follow=True).status_code == 200
    ticket.refresh_from_db()
    assert ticket.status == "solved"


def test_requests_are_told_in_italian_with_the_words_for_requests(
    enter: Enter, carla: Customer, mailbox: Mailbox
) -> None:
    """Their status is feminine, where that of a ticket is not; and how long ago is part of a sentence."""
    ticket = arrive(mail("Help.", From="carla@acme.example", Subject="Printer"), mailbox=mailbox).ticket
    assert ticket
    portal = enter("carla@acme.example")
    portal.post("/portal/language/", {"language": "it"})
    listed = portal.get("/portal/").content.decode()
    assert '<option value="">Tutte</option>' in listed
    assert ">Aperta</span>" in listed
    assert "<span>Aperta <time " in portal.get(f"/portal/tickets/{ticket.pk}/").content.decode()
