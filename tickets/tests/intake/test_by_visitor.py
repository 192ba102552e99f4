"""What becomes of what a visitor writes? The same as of their mail, once, and nothing that they typed is lost."""

import datetime as dt
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from recipients.matching.validity import Validity
from recipients.models import Customer, CustomerAddress, DenyRule, Kind, Recipient, RecognitionSettings, User
from recipients.tests.portal import come_in
from tickets.conversation.replying import reply
from tickets.models import Comment, Event, Outbox, Queue, Ticket, TicketSettings
from tickets.sender.acceptance import accept_sender, reject_sender
from tickets.tests.conftest import Enter, MakeTicket
from tickets.tests.mails import mail, reply_to, sent, take
from tickets.tests.settings.test_settings_pages import typed

CARLA, MALLORY = "carla@acme.example", "mallory@evil.example"


@pytest.fixture
def ticket(queue: Queue, anna: User, carla: Customer) -> Ticket:
    """Carla's question, by mail, that Anna answered and waits for."""
    ticket = take(mail(f"Carla Conti <{CARLA}>", "Printer broken", cc=["boss@acme.example"])).ticket
    reply(ticket, by=anna, html="<p>Turn it off.</p>", status="waiting")
    Outbox.objects.all().delete()
    return ticket


def answer(client: Client, ticket: Ticket, text: str = "It is off.", **more: object) -> int:
    return client.post(f"/portal/tickets/{ticket.number}/reply/", {"text": text, **more}).status_code


def ask(client: Client, **more: object) -> Ticket:
    response = client.post("/portal/tickets/new/", {"subject": "Scanner", "text": "It does not scan.", **more})
    assert response.status_code == 302, response.content.decode()
    return Ticket.objects.latest("pk")


def file(name: str = "a.txt", content: bytes = b"bytes", kind: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


# -- An answer ------------------------------------------------------------------------------------------------------


def test_an_answer_moves_the_ticket_and_tells_staff_as_a_mail_does(enter: Enter, ticket: Ticket, anna: User) -> None:
    assert (
        answer(enter(CARLA), ticket, "It is off.\r\nStill broken.", files=[file(), file("b.png", b"PNG", "image/png")])
        == 302
    )
    comment = ticket.comments.latest("pk")
    assert (comment.kind, comment.in_portal, comment.is_public, comment.is_held) == ("customer", True, True, False)
    assert (comment.text, comment.html) == ("It is off.\nStill broken.", "")
    assert (comment.author_address, comment.author_name) == (CARLA, "Carla Conti")
    assert [(each.name, each.type, each.read()) for each in comment.attachments.all()] == [
        ("a.txt", "text/plain", b"bytes"),
        ("b.png", "image/png", b"PNG"),
    ]
    ticket.refresh_from_db()
    assert ticket.status == "open"
    assert sent(ticket) == [anna.email]
    notice = Outbox.objects.get()
    assert "Still broken." in notice.text
    assert "a.txt" in notice.text
    assert [each.address for each in ticket.participants.all()] == ["boss@acme.example"]


def test_a_reply_by_mail_to_what_staff_heard_of_it_goes_to_the_customer(
    enter: Enter, ticket: Ticket, anna: User
) -> None:
    answer(enter(CARLA), ticket)
    reply_to(Outbox.objects.get(recipient=anna.email), "Then call us.")
    assert ticket.comments.latest("pk").kind == "agent"
    assert CARLA in sent(ticket, "new_message")


def test_the_same_form_sent_twice_makes_one_message(enter: Enter, ticket: Ticket) -> None:
    client = enter(CARLA)
    key = client.get(f"/portal/tickets/{ticket.number}/").context["form"]["key"].value()
    for _time in range(3):
        assert answer(client, ticket, key=key) == 302
    assert ticket.comments.filter(in_portal=True).count() == 1
    assert Outbox.objects.count() == 1
    answer(client, ticket, key="another")
    assert ticket.comments.filter(in_portal=True).count() == 2
    first = client.get("/portal/tickets/new/").context["form"]["key"].value()
    assert ask(client, key=first) == ask(client, key=first)
    assert Ticket.objects.count() == 2


def test_the_key_of_somebody_elses_form_hides_nothing(enter: Enter, ticket: Ticket) -> None:
    carlas, mallorys = enter(CARLA), enter(MALLORY)
    ask(mallorys, key="known", text="Mine")
    assert answer(carlas, ticket, key="known") == 302
    assert ticket.comments.filter(in_portal=True).count() == 1


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_an_answer_opens_what_was_finished(enter: Enter, ticket: Ticket, anna: User, status: str) -> None:
    ticket.set_status(status, by=anna)
    client = enter(CARLA)
    assert "we will reopen it" in client.get(f"/portal/tickets/{ticket.number}/").content.decode()
    answer(client, ticket)
    ticket.refresh_from_db()
    assert ticket.status == "open"


def test_an_answer_after_too_long_opens_a_follow_up(enter: Enter, ticket: Ticket, anna: User, carla: Customer) -> None:
    # S29
    TicketSettings.objects.update_or_create(pk=1, defaults={"match_closed_for_days": 7})
    ticket.set_status("closed", by=anna)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=timezone.now() - dt.timedelta(days=8))
    client = enter(CARLA)
    assert "a new request will follow up" in client.get(f"/portal/tickets/{ticket.number}/").content.decode()
    assert answer(client, ticket) == 302
    follow_up = Ticket.objects.latest("pk")
    assert (follow_up.follow_up_of, follow_up.customer, follow_up.validity) == (ticket, carla, Validity.VALID)
    assert follow_up.subject == "Printer broken"
    ticket.refresh_from_db()
    assert ticket.status == "closed"
    page = client.get(f"/portal/tickets/{follow_up.number}/").content.decode()
    assert f"Follows up on #{ticket.number}" in page
    assert f"It continues as #{follow_up.number}." in client.get(f"/portal/tickets/{ticket.number}/").content.decode()


def test_the_visitor_says_that_it_is_solved_and_nobody_gets_mail(enter: Enter, ticket: Ticket, as_anna: Client) -> None:
    client = enter(CARLA)
    assert client.post(f"/portal/tickets/{ticket.number}/solved/").status_code == 302
    assert client.post(f"/portal/tickets/{ticket.number}/solved/").status_code == 302
    ticket.refresh_from_db()
    assert ticket.status == "solved"
    event = Event.objects.get(kind="status", recipient__address=CARLA)
    assert event.data == {"before": "waiting", "after": "solved"}
    assert not Outbox.objects.exists()
    text = " ".join(as_anna.get(f"/tickets/{ticket.number}/history/").content.decode().split())
    assert "<strong>Carla Conti</strong> set the status to Solved" in text


def test_a_colleagues_answer_proves_nothing_about_the_requester(
    enter: Enter, queue: Queue, acme: Customer, anna: User
) -> None:
    ticket = take(mail("Dora <dora@acme.example>")).ticket
    assert answer(enter("office@acme.example"), ticket) == 404
    accept_sender(ticket, by=anna)
    assert answer(enter("office@acme.example"), ticket) == 302
    assert ticket.comments.latest("pk").author_address == "office@acme.example"


def test_a_rejected_sender_stays_rejected(enter: Enter, queue: Queue, acme: Customer, anna: User) -> None:
    ticket = take(mail("Dora <dora@acme.example>")).ticket
    reject_sender(ticket, by=anna)
    answer(enter("dora@acme.example"), ticket)
    ticket.refresh_from_db()
    assert ticket.validity == Validity.REJECTED


# -- A new ticket ---------------------------------------------------------------------------------------------------


def test_a_new_request_is_the_customers_and_is_confirmed(enter: Enter, carla: Customer, anna: User) -> None:
    client = enter(CARLA)
    page = client.get("/portal/tickets/new/").content.decode()
    assert "Department" not in page
    assert "For<" not in page
    ticket = ask(client, subject="Scanner [#1]\tbroken", files=[file()])
    assert (ticket.subject, ticket.bare_subject) == ("Scanner broken", "scanner broken")
    assert (ticket.customer, ticket.validity, ticket.match["step"]) == (carla, Validity.VALID, "exact")
    assert sent(ticket, "request_received") == [CARLA]
    assert sent(ticket, "new_ticket") == [anna.email]
    confirmation = Outbox.objects.get(ticket=ticket, kind="request_received")
    assert f"/portal/tickets/{ticket.number}/" in confirmation.text
    assert (confirmation.in_reply_to, confirmation.references) == ("", "")
    comment = ticket.comments.get()
    assert comment.in_portal
    assert comment.attachments.get().name == "a.txt"
    reply_to(confirmation, "One more thing.")
    assert ticket.comments.latest("pk").text.strip() == "One more thing."


def test_a_stranger_is_verified_and_nobodys(enter: Enter, queue: Queue) -> None:
    ticket = ask(enter(MALLORY))
    assert (ticket.customer, ticket.validity) == (None, Validity.VERIFIED)
    assert ticket.requester
    assert ticket.requester.address == MALLORY


def test_departments_are_asked_for_once_some_are_offered(enter: Enter, queue: Queue) -> None:
    client = enter(CARLA)
    sales = Queue.objects.create(name="Sales", in_portal=True)
    assert ask(client).queue == sales
    billing = Queue.objects.create(name="Billing", in_portal=True)
    page = client.get("/portal/tickets/new/").content.decode()
    assert "Department" in page
    assert "Support</option>" not in page
    assert ask(client, queue=billing.pk).queue == billing
    refused = client.post("/portal/tickets/new/", {"subject": "S", "text": "T", "queue": queue.pk})
    assert refused.status_code == 422
    assert Ticket.objects.count() == 2


def test_a_department_that_refuses_strangers_is_not_offered_to_them(
    enter: Enter, queue: Queue, carla: Customer
) -> None:
    Queue.objects.update(unknown_senders="refuse")
    page = enter(MALLORY).get("/portal/tickets/new/").content.decode()
    assert "We cannot accept requests here" in page
    assert enter(MALLORY).post("/portal/tickets/new/", {"subject": "S", "text": "T"}).status_code == 200
    assert not Ticket.objects.exists()
    assert ask(enter(CARLA)).queue == queue


def test_who_writes_for_several_customers_says_for_whom(
    enter: Enter, queue: Queue, carla: Customer, acme: Customer
) -> None:
    twin = Customer.objects.create(name="Carla's own firm", is_company=True)
    supplier = Customer.objects.create(name="Paper Supplier", kind=Kind.SUPPLIER)
    other = Customer.objects.create(name="Rival")
    for customer in (twin, supplier):
        CustomerAddress.objects.create(customer=customer, address=CARLA)
    client = enter(CARLA)
    page = client.get("/portal/tickets/new/").content.decode()
    assert "Carla&#x27;s own firm</option>" in page
    assert "Paper Supplier" not in page
    for wrong in ("", supplier.pk, other.pk, acme.pk):
        values = {"subject": "S", "text": "T", "customer": wrong}
        assert client.post("/portal/tickets/new/", values).status_code == 422
    assert not Ticket.objects.exists()
    for customer in (carla, twin):
        ticket = ask(client, customer=customer.pk)
        assert (ticket.customer, ticket.validity) == (customer, Validity.VALID)
        assert ticket.match["customer"] == customer.pk
        assert ticket.match["reason"] is None


def test_a_customer_of_a_kind_that_is_not_allowed_is_never_assigned(
    enter: Enter, queue: Queue, carla: Customer
) -> None:
    Customer.objects.filter(pk=carla.pk).update(kind=Kind.SUPPLIER)
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"allowed_kinds": ["customer"]})
    ticket = ask(enter(CARLA), customer=carla.pk)
    assert ticket.customer != carla


# -- What is refused ------------------------------------------------------------------------------------------------


def test_an_empty_message_is_not_sent_and_what_was_typed_is_kept(enter: Enter, ticket: Ticket) -> None:
    client = enter(CARLA)
    response = client.post(f"/portal/tickets/{ticket.number}/reply/", {"text": "  ", "key": "k"})
    assert response.status_code == 422
    assert "Write a message first." in response.content.decode()
    assert 'value="k"' in response.content.decode()
    response = client.post("/portal/tickets/new/", {"subject": "", "text": "Kept & <safe>"})
    assert response.status_code == 422
    assert "Kept &amp; &lt;safe&gt;" in response.content.decode()
    assert not Comment.objects.filter(in_portal=True).exists()


def test_what_is_too_large_is_said_and_the_text_is_kept(
    enter: Enter, ticket: Ticket, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MAX_MESSAGE_BYTES = 400_000  # which leaves 300,000 for files
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    client = enter(CARLA)
    for files in ([file(content=b"x" * 1_000_000)], [file(content=b"x" * 200_000), file("b.txt", b"x" * 200_000)]):
        response = client.post(f"/portal/tickets/{ticket.number}/reply/", {"text": "Typed long", "files": files})
        assert response.status_code == 422
        page = response.content.decode()
        assert "a message can hold 293.0" in page
        assert "Please attach the files again" in page
        assert "Typed long" in page
    assert list(tmp_path.glob("*.upload*")) == []
    assert answer(client, ticket, files=[file(content=b"x" * 290_000)]) == 302
    response = client.post(f"/portal/tickets/{ticket.number}/reply/", {"text": "y" * 100_001})
    assert "Attach the text as a file instead." in response.content.decode()


def test_too_many_fields_or_files_are_refused(enter: Enter, ticket: Ticket) -> None:
    client = enter(CARLA)
    assert answer(client, ticket, **{f"field{n}": "x" for n in range(5001)}) == 413
    assert answer(client, ticket, files=[file(f"{n}.txt") for n in range(101)]) == 413
    assert answer(client, ticket, files=[file(f"{n}.txt") for n in range(51)]) == 422
    assert not Comment.objects.filter(in_portal=True).exists()


def test_a_message_with_an_impossible_character_is_refused(enter: Enter, ticket: Ticket) -> None:
    assert answer(enter(CARLA), ticket, "a\x00b") == 422


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\r\nX-Evil: 1.txt", "aX-Evil: 1.txt"),
        ('"><b>.txt', '"><b>.txt'),
        ("C:\\x\\y.txt", "y.txt"),
    ],
)
def test_the_name_of_a_file_is_a_name_and_nothing_else(enter: Enter, ticket: Ticket, given: str, kept: str) -> None:
    client = enter(CARLA)
    body = (
        '--B\r\nContent-Disposition: form-data; name="text"\r\n\r\nHello\r\n--B\r\nContent-Disposition: form-data; '
        f"name=\"files\"; filename*=utf-8''{''.join(f'%{byte:02X}' for byte in given.encode())}\r\n"
        "Content-Type: text/html; charset=x\r\n\r\n<script>\r\n--B--\r\n"
    )
    path = f"/portal/tickets/{ticket.number}/reply/"
    assert client.post(path, body.encode(), content_type="multipart/form-data; boundary=B").status_code == 302
    attachment = ticket.comments.latest("pk").attachments.get()
    assert attachment.name == kept
    served = client.get(f"/portal/tickets/{ticket.number}/files/{attachment.pk}/?show=1")
    assert served["Content-Type"] == "application/octet-stream"
    assert served["Content-Disposition"].startswith("attachment")
    assert "\n" not in served["Content-Disposition"]


def test_a_visitor_may_write_thirty_messages_an_hour(enter: Enter, ticket: Ticket) -> None:
    client = enter(CARLA)
    for n in range(29):
        answer(client, ticket, f"Message {n}")
    ask(client)
    response = client.post(f"/portal/tickets/{ticket.number}/reply/", {"text": "One too many"})
    assert response.status_code == 422
    assert "You have written 30 messages within an hour." in response.content.decode()
    assert "One too many" in response.content.decode()
    assert client.post("/portal/tickets/new/", {"subject": "S", "text": "T"}).status_code == 422
    assert Comment.objects.filter(in_portal=True).count() == 30
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1, minutes=1)):
        assert answer(client, ticket, "An hour later") == 302


@pytest.mark.parametrize(("where", "text"), [("email", CARLA), ("subject", "printer"), ("body", "casino")])
def test_what_the_deny_list_refuses_by_mail_is_refused_politely(
    enter: Enter, ticket: Ticket, where: str, text: str
) -> None:
    DenyRule.objects.create(where=where, how="contains", text=text)  # R20
    client = enter(CARLA)
    for path, values in (("tickets/new/", {"subject": "Printer"}), (f"tickets/{ticket.number}/reply/", {})):
        response = client.post(f"/portal/{path}", {"text": "Win in our CASINO", **values})
        assert response.status_code == 422
        assert "this message cannot be accepted here" in response.content.decode()
        assert "Win in our CASINO" in response.content.decode()
    assert not Comment.objects.filter(in_portal=True).exists()


def test_a_form_of_another_site_is_refused(ticket: Ticket) -> None:
    client = Client()
    come_in(client, CARLA)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    for path in (f"tickets/{ticket.number}/reply/", f"tickets/{ticket.number}/solved/", "tickets/new/"):
        assert strict.post(f"/portal/{path}", {"subject": "S", "text": "T", "files": [file()]}).status_code == 403
    assert not Comment.objects.filter(in_portal=True).exists()
    ticket.refresh_from_db()
    assert ticket.status == "waiting"


def test_who_signs_in_while_sending_comes_back_to_the_page(enter: Enter, ticket: Ticket) -> None:
    for path in ("reply/", "solved/"):
        response = enter(CARLA).get(f"/portal/tickets/{ticket.number}/{path}")
        assert response["Location"] == f"/portal/tickets/{ticket.number}/"


def test_a_ticket_that_is_lost_between_reading_and_answering_takes_no_answer(
    enter: Enter, make_ticket: MakeTicket, acme: Customer
) -> None:
    ticket = make_ticket(customer=acme, requester=Recipient.objects.known("dora@acme.example"))
    client = enter("office@acme.example")
    assert client.get(f"/portal/tickets/{ticket.number}/").status_code == 200
    Ticket.objects.filter(pk=ticket.pk).update(customer=None)
    assert answer(client, ticket) == 404
    assert not Comment.objects.exists()


# -- What agents see of it ------------------------------------------------------------------------------------------


def test_agents_see_where_it_was_written_and_that_the_writer_is_proven(
    enter: Enter, ticket: Ticket, as_ada: Client
) -> None:
    answer(enter(CARLA), ticket)
    comment = ticket.comments.latest("pk")
    page = as_ada.get(f"/tickets/{ticket.number}/").content.decode()
    message = page.split(f'id="message-{comment.pk}"')[1].split("</article>")[0]
    assert "In the portal" in message
    assert "Primary address" in message
    assert "had signed in to the portal" in message
    assert "was not checked" not in message
    assert "Show original" not in message


def test_an_administrator_offers_a_queue_in_the_portal(as_ada: Client, queue: Queue) -> None:
    page = as_ada.get(f"/settings/queues/{queue.pk}/").content.decode()
    assert 'name="in_portal"' in page
    assert "Customers can choose it for a new request." in page
    as_ada.post(f"/settings/queues/{queue.pk}/", typed(make_default="on", in_portal="on"))
    queue.refresh_from_db()
    assert queue.in_portal
