"""Somebody else's number, and answers to mails that we never saw: a ticket of its own that asks whether it is one."""

import pytest
from django.test import Client

from recipients.models import Customer, OwnAddress, User
from tickets.models import Comment, Queue, Ticket, TicketSettings
from tickets.tests.mails import FAILED, SUPPORT, mail, sent, take

pytestmark = pytest.mark.django_db

CARLA = "Carla <carla@acme.example>"
FREIGHT = "Fairfreight <help@fairfreight.example>"


@pytest.fixture
def ticket(queue: Queue, anna: User, carla: Customer) -> Ticket:
    OwnAddress.objects.create(address=SUPPORT)
    return take(mail(CARLA, "Printer broken", mid="first@acme.example")).ticket


@pytest.mark.parametrize("subject", ["[#{}] Parcel 7781 is late", "Re: [#{}] your order", "Ticket [#{}]: closed"])
def test_a_suppliers_own_number_opens_a_ticket_with_a_hint(ticket: Ticket, as_anna: Client, subject: str) -> None:
    # S20
    received = take(mail(FREIGHT, subject.format(ticket.number)))
    assert (received.held, received.ticket.may_follow) == (False, ticket)
    assert sent(received.ticket, "request_received") == ["help@fairfreight.example"]
    page = as_anna.get(received.ticket.get_absolute_url()).content.decode()
    assert f"Follow-up of #{ticket.number} Printer broken?" in page
    as_anna.post(f"/tickets/{received.ticket.number}/stand-alone/")
    page = as_anna.get(received.ticket.get_absolute_url()).content.decode()
    assert f"Follow-up of #{ticket.number}" not in page


def test_what_a_stranger_writes_under_our_subject_or_name_of_somebody_else_is_held(ticket: Ticket) -> None:
    assert take(mail(FREIGHT, f"Re: [#{ticket.number}] Printer broken")).held
    assert take(mail(FREIGHT, f"[#{ticket.number}] Parcel", answers="first@acme.example")).held
    assert take(mail(FREIGHT, f"[#{ticket.number}] Parcel"), verdict=FAILED, enforce=True).held


def test_the_number_counts_for_everybody_who_has_to_do_with_the_ticket(ticket: Ticket) -> None:
    assert take(mail(CARLA, f"[#{ticket.number}] Something else")).ticket == ticket
    assert take(mail("office@acme.example", f"[#{ticket.number}] Something else")).ticket == ticket
    TicketSettings.objects.update_or_create(pk=1, defaults={"reply_sender_check": "off"})
    assert take(mail(FREIGHT, f"[#{ticket.number}] Parcel")).ticket == ticket


@pytest.mark.parametrize("subject", ["Re: Printer broken", "AW: [EXTERNAL] Printer broken", "Odp: printer broken"])
def test_an_answer_to_a_mail_we_never_saw_joins_by_a_click(ticket: Ticket, as_anna: Client, subject: str) -> None:
    # S21
    received = take(mail(CARLA, subject, "The third model.", answers="outlook-1@elsewhere.example"))
    assert (received.ticket != ticket, received.ticket.may_follow) == (True, ticket)
    as_anna.post(f"/tickets/{received.ticket.number}/merge/", {"number": ticket.number})
    received.comment.refresh_from_db()
    assert received.comment.ticket == ticket


@pytest.mark.parametrize(
    ("sender", "subject", "status"),
    [
        (CARLA, "Printer broken", "open"),
        (CARLA, "Re: Printer", "open"),
        (FREIGHT, "Re: Printer broken", "open"),
        (CARLA, "Re: Printer broken", "solved"),
        (CARLA, "Re:", "open"),
    ],
)
def test_no_other_new_ticket_asks(ticket: Ticket, anna: User, sender: str, subject: str, status: str) -> None:
    ticket.set_status(status, by=anna)
    received = take(mail(sender, subject))
    assert (received.ticket != ticket, received.ticket.may_follow) == (True, None)


def test_a_held_message_is_made_a_ticket_by_a_click(ticket: Ticket, as_anna: Client) -> None:
    held = take(mail(FREIGHT, f"Re: [#{ticket.number}] Printer broken", files={"offer.pdf": b"%PDF"}))
    assert "Turn into a ticket" in as_anna.get(ticket.get_absolute_url()).content.decode()
    page = as_anna.post(f"/tickets/{ticket.number}/messages/{held.comment.pk}/ticket/", follow=True)
    assert "The message is now a separate ticket." in page.content.decode()
    comment = Comment.objects.get(pk=held.comment.pk)
    ticket.refresh_from_db()
    assert (comment.is_held, comment.ticket == ticket, ticket.has_held_comments) == (False, False, False)
    assert (comment.ticket.requester.address, comment.ticket.subject) == (
        "help@fairfreight.example",
        "Re: Printer broken",
    )
    assert comment.attachments.get().name == "offer.pdf"
    assert sent(comment.ticket, "request_received") == ["help@fairfreight.example"]
    answer = take(mail(FREIGHT, "Re: Printer broken", answers=held.comment.message_id))
    assert answer.ticket == comment.ticket
    again = as_anna.post(f"/tickets/{ticket.number}/messages/{held.comment.pk}/ticket/")
    assert again.status_code == 404


def test_a_ticket_without_a_subject_says_so_in_the_language_of_its_queue(ticket: Ticket, as_anna: Client) -> None:
    Queue.objects.filter(pk=ticket.queue_id).update(language="de")
    held = take(mail(FREIGHT, f"[#{ticket.number}]"))
    as_anna.post(f"/tickets/{ticket.number}/messages/{held.comment.pk}/ticket/")
    assert Comment.objects.get(pk=held.comment.pk).ticket.subject == "(kein Betreff)"
