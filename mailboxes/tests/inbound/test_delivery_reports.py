"""What does a delivery report change? The address of that very mail, once, and anybody can put it right by a click."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tasks import send_due
from mailboxes.tests.mails import arrive, bounce, mail
from recipients.models import Customer, Recipient, User
from tickets.conversation.merge_tickets import merge_ticket
from tickets.models import Comment, Event, Outbox, Ticket

pytestmark = pytest.mark.django_db
CARLA = "carla@acme.example"
NOT_PROVEN = "Nothing proves"


@pytest.fixture
def ticket(support: Mailbox, carla: Customer) -> Ticket:
    """Carla's; the confirmation has left."""
    ticket = arrive(mail()).ticket
    assert ticket
    send_due()
    return ticket


@pytest.fixture
def confirmation(ticket: Ticket) -> Outbox:
    return Outbox.objects.get(kind=Outbox.Kind.REQUEST_RECEIVED)


def address() -> Recipient:
    return Recipient.objects.get(address=CARLA)


def noted(row: InboundEmail) -> str:
    """What agents read of it on the ticket."""
    assert row.outcome == Outcome.BOUNCE
    assert row.comment
    assert (row.comment.kind, row.comment.is_public) == (Comment.Kind.BOUNCE, False)
    return row.comment.reply


def test_a_report_about_a_mail_of_ours_marks_its_recipient(confirmation: Outbox) -> None:  # S05
    row = arrive(bounce(CARLA, confirmation.message_id))
    confirmation.refresh_from_db()
    assert (row.outcome, row.ticket, confirmation.state) == (
        Outcome.BOUNCE,
        confirmation.ticket,
        Outbox.State.BOUNCED,
    )
    said = "A delivery report by mailer-daemon@mx.example says: Mail to carla@acme.example could not be delivered"
    assert noted(row).startswith(said)
    assert "550 5.1.1 User unknown" in row.reason
    assert (address().undeliverable, address().undeliverable_reason) == (True, noted(row))


def test_who_writes_can_be_reached_again(confirmation: Outbox) -> None:
    arrive(bounce(CARLA, confirmation.message_id))
    arrive(mail("I am back."))
    assert not address().undeliverable


def test_an_agent_makes_the_address_reachable_by_one_click_and_undoes_it(confirmation: Outbox, as_anna: Client) -> None:
    row = arrive(bounce(CARLA, confirmation.message_id))
    where = f"/tickets/{row.ticket_id}/"
    page = as_anna.get(where).content.decode()
    assert "A delivery report by mailer-daemon@mx.example says" in page
    assert "Mark as reachable" in page
    assert "Mark as reachable" in as_anna.get(f"/recipients/{address().pk}/").content.decode()
    said = as_anna.post("/recipients/reach/", {"selected": address().pk, "next": where}, follow=True)
    assert said.redirect_chain[-1][0] == where
    assert "Mail to carla@acme.example is sent again." in said.content.decode()
    assert (address().undeliverable, address().undeliverable_reason) == (False, "")
    assert "Mark as reachable" not in as_anna.get(where).content.decode()
    history = as_anna.get(f"/recipients/{address().pk}/").content.decode()
    assert "marked it as reachable" in history
    as_anna.post(f"/recipients/undo/{address().changes.get().batch_id}/")
    assert (address().undeliverable, address().undeliverable_reason) == (True, noted(row))


def test_a_report_counts_once(confirmation: Outbox) -> None:
    """Whoever has the report may send it again; that Carla wrote since is newer."""
    arrive(bounce(CARLA, confirmation.message_id))
    arrive(mail("I am back."))
    row = arrive(bounce(CARLA, confirmation.message_id))
    assert noted(row)
    assert not address().undeliverable


def test_a_report_without_a_mail_of_ours_is_noted_and_marks_nobody(ticket: Ticket) -> None:
    row = arrive(bounce(CARLA))
    assert row.ticket == ticket
    assert NOT_PROVEN in noted(row)
    assert not address().undeliverable


def test_a_report_marks_nobody_but_the_recipient_of_the_mail_it_names(confirmation: Outbox) -> None:
    """Mallory was written to, so she has an id of ours; it says nothing about Carla."""
    arrive(mail(From="Mallory <mallory@evil.example>"))
    send_due()
    hers = Outbox.objects.get(recipient="mallory@evil.example")
    assert NOT_PROVEN in noted(arrive(bounce(CARLA, hers.message_id)))
    assert not Recipient.objects.filter(undeliverable=True).exists()
    confirmation.refresh_from_db()
    assert (hers.state, confirmation.state) == (Outbox.State.SENT, Outbox.State.SENT)


def test_a_report_that_names_two_mails_is_about_the_one_to_whom_it_reports(confirmation: Outbox) -> None:
    arrive(mail(From="Mallory <mallory@evil.example>"))
    send_due()
    hers = Outbox.objects.get(recipient="mallory@evil.example")
    report = bounce(CARLA, confirmation.message_id).replace(
        b"\r\n", f"\r\nReferences: <{hers.message_id}>\r\n".encode(), 1
    )
    assert arrive(report).ticket == confirmation.ticket
    assert address().undeliverable


def test_a_notice_in_words_is_noted_and_marks_nobody(confirmation: Outbox) -> None:
    """Words are interpreted; somebody's automatic reply may look like a notice."""
    text = f"Your message could not be delivered to {CARLA}: 550 5.1.1 User unknown"
    notice = mail(
        text,
        return_path="<>",
        From="Mail Delivery System <MAILER-DAEMON@mx.example>",
        subject="Undelivered Mail Returned to Sender",
        in_reply_to=f"<{confirmation.message_id}>",
    )
    row = arrive(notice)
    assert row.ticket == confirmation.ticket
    assert NOT_PROVEN in noted(row)
    assert not address().undeliverable


def test_a_report_about_a_mail_of_last_month_marks_nobody(confirmation: Outbox) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        row = arrive(bounce(CARLA, confirmation.message_id))
    assert NOT_PROVEN in noted(row)
    assert not address().undeliverable


def test_a_report_about_a_mail_that_has_not_left_marks_nobody(support: Mailbox, carla: Customer) -> None:
    arrive(mail())
    waiting = Outbox.objects.get(kind=Outbox.Kind.REQUEST_RECEIVED)
    assert NOT_PROVEN in noted(arrive(bounce(CARLA, f"{waiting.token}@helpdesk.example")))
    assert not address().undeliverable


def test_a_server_that_gave_up_for_now_marks_nobody(confirmation: Outbox) -> None:
    row = arrive(bounce(CARLA, confirmation.message_id, status="4.4.7"))
    assert NOT_PROVEN not in noted(row)
    assert not address().undeliverable


def test_a_report_about_nothing_of_ours_is_kept_in_the_log(support: Mailbox) -> None:
    row = arrive(bounce("somebody@else.example", "their@id.example"))
    assert (row.outcome, row.ticket) == (Outcome.BOUNCE, None)
    assert not Ticket.objects.exists()


def test_a_report_with_somebody_elses_signature_marks_nobody(ticket: Ticket) -> None:
    row = arrive(bounce(CARLA, f"{ticket.pk}-0123456789abcde-0123456789abcdef0123@helpdesk.example"))
    assert NOT_PROVEN in noted(row)
    assert not address().undeliverable


def test_a_report_about_a_merged_ticket_is_told_on_its_survivor(
    confirmation: Outbox, ticket: Ticket, ada: User
) -> None:
    survivor = arrive(mail()).ticket
    assert survivor
    merge_ticket(ticket, into=survivor, by=ada)
    row = arrive(bounce(CARLA, confirmation.message_id))
    assert row.ticket == survivor
    assert noted(row).startswith("A delivery report")
    assert survivor.events.filter(kind=Event.Kind.DELIVERY_FAILURE).exists()
