"""Mail leaves at least once, under one Message-ID, in the right name; or it is failed for all to see."""

import email
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.core.mail import get_connection, send_mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk import limits, setup
from helpdesk.demo.mailserver import MailServer
from mailboxes.models import Address, Mailbox, save_with_address
from mailboxes.sending import outbox as sending
from mailboxes.tasks import send_due
from recipients.models import Recipient, User
from tickets.conversation.merge_tickets import merge_ticket
from tickets.models import Event, Outbox, Queue, Ticket
from tickets.text import references

pytestmark = pytest.mark.django_db


def waiting(**fields: Any) -> Outbox:
    values: dict[str, Any] = {
        "kind": Outbox.Kind.NEW_MESSAGE,
        "recipient": "carla@acme.example",
        "token": references.new_token(0, settings.REFERENCE_KEYS),
        "subject": "Re: Printer [#1]",
        "text": "Have you tried water?",
        "is_automatic": False,
    }
    return Outbox.objects.create(**(values | fields))


def sent(server: MailServer) -> list[EmailMessage]:
    """What customers have received."""
    raws = server.messages(server.catch_all)
    return [email.message_from_bytes(raw, policy=policy.default) for raw in raws]  # type: ignore[misc]


def composed(outbox: Outbox) -> EmailMessage:
    return email.message_from_bytes(sending.compose(outbox), policy=policy.default)  # type: ignore[return-value]


def test_a_due_mail_leaves_once(support: Mailbox, mail_server: MailServer) -> None:
    outbox = waiting()
    send_due()
    send_due()
    (received,) = sent(mail_server)
    outbox.refresh_from_db()
    assert outbox.state == Outbox.State.SENT
    assert received["Message-ID"] == f"<{outbox.message_id}>" == f"<{outbox.token}@helpdesk.example>"
    assert str(received["From"]) == "Support <support@helpdesk.example>"
    assert received.get_content().strip() == "Have you tried water?"


def test_many_mails_take_little_more_than_two_statements_each(support: Mailbox, mail_server: MailServer) -> None:
    """One before it is handed over, and one when the server has taken it: a crash sends no more than that one again."""
    for number in range(50):
        waiting(recipient=f"person{number}@acme.example")
    with CaptureQueriesContext(connection) as captured:
        assert sending.send_due() == 50
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE")
    assert sum(query["sql"].startswith(verbs) for query in captured.captured_queries) <= 2.3 * 50


def test_a_mail_that_is_not_due_waits(support: Mailbox, mail_server: MailServer) -> None:
    waiting(next_attempt_at=timezone.now() + timedelta(minutes=10))
    send_due()
    assert sent(mail_server) == []


def test_a_cancelled_mail_never_leaves(support: Mailbox, mail_server: MailServer) -> None:
    waiting(state=Outbox.State.CANCELLED)
    send_due()
    assert sent(mail_server) == []


def test_what_another_worker_is_sending_is_left_to_it_until_its_lease_runs_out(
    support: Mailbox, mail_server: MailServer
) -> None:
    outbox = waiting()
    (claimed,) = sending._claim(Outbox.objects.all())
    send_due()
    assert sent(mail_server) == []
    Outbox.objects.update(next_attempt_at=timezone.now())  # it was killed, and time has passed
    send_due()
    assert len(sent(mail_server)) == 1
    assert sending._send([claimed], sending.Connections()) == 0  # it was only slow: it notices
    assert len(sent(mail_server)) == 1
    outbox.refresh_from_db()
    assert outbox.state == Outbox.State.SENT


def test_without_a_mailbox_or_server_mail_waits_and_says_so(queue: Queue) -> None:
    outbox = waiting()
    send_due()
    outbox.refresh_from_db()
    assert (outbox.state, outbox.attempts) == (Outbox.State.WAITING, 0)
    assert outbox.error == "There is no mailbox yet that could send it. Add one."
    save_with_address(Mailbox(name="Support"), "support@helpdesk.example", queue)
    Outbox.objects.update(next_attempt_at=timezone.now())
    send_due()
    outbox.refresh_from_db()
    assert outbox.state == Outbox.State.WAITING
    assert "has no SMTP server" in outbox.error


def test_a_server_that_is_down_costs_no_attempt(support: Mailbox, mail_server: MailServer) -> None:
    mail_server.stop()
    outbox = waiting()
    send_due()
    outbox.refresh_from_db()
    assert (outbox.state, outbox.attempts) == (Outbox.State.WAITING, 0)
    assert "cannot be reached" in outbox.error
    assert outbox.next_attempt_at > timezone.now()


def test_a_temporary_refusal_is_tried_again_and_fails_in_the_end(support: Mailbox, mail_server: MailServer) -> None:
    mail_server.refused["carla@acme.example"] = "451 4.7.1 Greylisted, try again"
    outbox = waiting()
    tries = 0
    while outbox.state == Outbox.State.WAITING:
        Outbox.objects.update(next_attempt_at=timezone.now())
        send_due()
        outbox.refresh_from_db()
        tries += 1
    assert tries == limits.SENDING_ATTEMPTS.amount
    assert outbox.state == Outbox.State.FAILED
    assert "Greylisted" in outbox.error
    assert not Recipient.objects.filter(undeliverable=True).exists()
    first_id = outbox.message_id
    mail_server.refused.clear()
    sending.retry(outbox)  # L40: the same Message-ID
    send_due()
    assert [received["Message-ID"] for received in sent(mail_server)] == [f"<{first_id}>"]


@pytest.mark.parametrize(
    ("reply", "undeliverable"),
    [
        ("550 5.1.1 No such user", True),
        ("550 no such user", True),
        ("550 5.7.1 Your server is listed", False),
        ("552 5.2.2 Mailbox full", False),
    ],
)
def test_a_permanent_refusal_fails_at_once(
    support: Mailbox, mail_server: MailServer, reply: str, undeliverable: bool
) -> None:
    Recipient.objects.create(address="carla@acme.example")
    mail_server.refused["carla@acme.example"] = reply
    first, other = waiting(), waiting(recipient="dora@acme.example")
    send_due()
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.state, other.state) == (Outbox.State.FAILED, Outbox.State.SENT)
    assert Recipient.objects.get().undeliverable is undeliverable


def test_a_mail_that_fails_after_a_merger_is_told_of_where_the_ticket_lives_on(
    support: Mailbox, mail_server: MailServer, queue: Queue, ada: User
) -> None:
    merged, survivor = (Ticket.objects.create(subject=name, bare_subject=name, queue=queue) for name in ("A", "B"))
    waiting(ticket=merged)
    merge_ticket(merged, into=survivor, by=ada)
    mail_server.refused["carla@acme.example"] = "550 5.7.1 No"
    send_due()
    assert survivor.events.filter(kind=Event.Kind.DELIVERY_FAILURE).exists()


def test_nothing_is_sent_to_ourselves_or_to_an_undeliverable_address(support: Mailbox, mail_server: MailServer) -> None:
    # L22, S67
    Recipient.objects.create(address="gone@acme.example", undeliverable=True)
    rows = [waiting(recipient="gone@acme.example", is_automatic=True), waiting(recipient="support@helpdesk.example")]
    send_due()
    for outbox in rows:
        outbox.refresh_from_db()
        assert outbox.state == Outbox.State.FAILED
        assert outbox.error
    assert sent(mail_server) == []
    assert mail_server.messages("support") == []


def test_a_persons_answer_is_tried_even_where_mail_bounced(support: Mailbox, mail_server: MailServer) -> None:
    Recipient.objects.create(address="carla@acme.example", undeliverable=True)
    outbox = waiting(recipient="carla@acme.example", is_automatic=False)
    send_due()
    outbox.refresh_from_db()
    assert outbox.state == Outbox.State.SENT


def test_the_additional_address_answers_for_itself(support: Mailbox, mail_server: MailServer) -> None:
    # U15, SC45, S57, S58
    Address.objects.create(mailbox=support, address="billing@helpdesk.example", name="Billing")
    waiting(addressed_to="billing@helpdesk.example", from_name="Anna Berg")
    send_due()
    (received,) = sent(mail_server)
    assert str(received["From"]) == str(received["Reply-To"]) == "Billing <billing@helpdesk.example>"
    assert received["Return-Path"] == "<support@helpdesk.example>"


def test_a_ticket_that_came_by_no_address_answers_as_its_queue(support: Mailbox, queue: Queue) -> None:
    # What a customer wrote in the portal was sent to no address of ours.
    Address.objects.create(mailbox=support, address="new@helpdesk.example", queue=queue)
    Address.objects.create(
        mailbox=support, address="billing@helpdesk.example", name="Billing", queue=queue, verified_at=timezone.now()
    )
    Address.objects.filter(is_main=True).update(queue=None)
    ticket = Ticket.objects.create(subject="Printer", queue=queue)
    assert str(composed(waiting(ticket=ticket))["From"]) == "Billing <billing@helpdesk.example>"
    Address.objects.filter(is_main=True).update(queue=queue)
    assert composed(waiting(ticket=ticket))["From"].addresses[0].addr_spec == "support@helpdesk.example"


def test_an_agents_own_name_and_reply_address(support: Mailbox) -> None:
    # T05, T21, S57, S58
    outbox = waiting(from_name="Anna Berg", from_address="anna@helpdesk.example", reply_to="anna@helpdesk.example")
    mail = composed(outbox)
    assert str(mail["From"]) == "Anna Berg <anna@helpdesk.example>"
    assert str(mail["Sender"]) == "support@helpdesk.example"
    assert str(mail["Reply-To"]) == "Anna Berg <anna@helpdesk.example>"


def test_staff_always_answer_to_the_incoming_mailbox(support: Mailbox) -> None:
    # R21, SC36, S58
    support.sender_email, support.plus_addressing = "noreply@helpdesk.example", True
    support.save()
    outbox = waiting(to_staff=True, reply_to="anna@helpdesk.example")
    mail = composed(outbox)
    assert mail["From"].addresses[0].addr_spec == "noreply@helpdesk.example"
    assert mail["Reply-To"].addresses[0].addr_spec == f"support+{outbox.token}@helpdesk.example"


def test_the_second_mailbox_sends_what_was_written_to_it(support: Mailbox, queue: Queue) -> None:
    # U08
    sales = Mailbox(name="Sales")
    save_with_address(sales, "sales@other.example", queue)
    mail = composed(waiting(addressed_to="sales@other.example"))
    assert str(mail["From"]) == "Sales <sales@other.example>"
    assert mail["Message-ID"].endswith("@other.example>")


def test_automatic_mail_says_so(support: Mailbox) -> None:
    # L21, L22, S67; RFC 3834
    outbox = waiting(is_automatic=True, kind=Outbox.Kind.REQUEST_RECEIVED)
    mail = composed(outbox)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Precedence"] == "bulk"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Helpdesk-Loop"] == outbox.token
    assert composed(waiting())["Auto-Submitted"] is None


def test_nobody_can_add_a_header(support: Mailbox) -> None:
    outbox = waiting(
        subject="Hi\r\nBcc: victim@example.com\r\n\r\nBody",
        from_name='Anna\r\nX-Evil: 1 "<x@y>"',
        recipient_name="Carla\nX-Evil: 1",
        in_reply_to="<a@b>\r\nX-Evil: 1",
        references="<a@b>\r\n\tX-Evil: 1 <c@d>",
    )
    outbox.subject += "\x00"  # which PostgreSQL does not store
    raw = sending.compose(outbox)
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\x00" not in head
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert not {b"bcc", b"x-evil"} & set(names)
    mail = composed(outbox)
    assert mail["To"].addresses[0].addr_spec == "carla@acme.example"
    assert mail["References"] == "<a@b> <c@d>"


def test_long_ids_are_never_encoded(support: Mailbox) -> None:
    ids = [f"<{'x' * 200}{number}@mail.example>" for number in range(40)]
    raw = sending.compose(waiting(in_reply_to=ids[-1], references=" ".join(ids)))
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"=?" not in head
    assert max(len(line) for line in head.split(b"\r\n")) < 998
    mail = email.message_from_bytes(raw)
    assert mail["In-Reply-To"].split() == [ids[-1]]
    assert mail["References"].split() == [ids[0], *ids[-19:]]


def test_other_alphabets_arrive(support: Mailbox, mail_server: MailServer) -> None:
    waiting(
        subject="Grüße из Москвы 🔥", from_name="Jürgen Ångström", text="Größe: 5 €\n" + "ж" * 2000, html="<p>ж</p>"
    )
    send_due()
    (received,) = sent(mail_server)
    assert received["Subject"] == "Grüße из Москвы 🔥"
    assert received["From"].addresses[0].display_name == "Jürgen Ångström"
    body = received.get_body(("plain",))
    assert body is not None
    assert "ж" * 2000 in body.get_content()


def test_the_same_mail_has_the_same_bytes(support: Mailbox) -> None:
    outbox = waiting(html="<p>Have you tried water?</p>")
    assert sending.compose(outbox) == sending.compose(Outbox.objects.get())


def test_a_fresh_system_sends_by_what_the_environment_names(
    settings: LazySettings, mail_server: MailServer, anna: User
) -> None:
    # U07
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.smtp_port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL = "helpdesk@desk.example"
    waiting()
    send_due()
    backend = get_connection("mailboxes.sending.mail_backend.MailboxBackend")
    send_mail("A link", "https://…", None, ["ada@staff.example"], connection=backend)
    first, second = sent(mail_server)
    assert str(first["From"]) == str(first["Reply-To"]) == "Helpdesk <helpdesk@desk.example>"
    assert str(second["From"]) == "Helpdesk <helpdesk@desk.example>"
    assert "smtp" not in {step.requirement.key for step in setup.missing()}
    assert "mailbox" in {step.requirement.key for step in setup.missing()}
