"""Is who follows a ticket, or is mentioned in a note, told of it, and nobody else of what colleagues say?"""

from django.test import Client

from recipients.models import User
from tickets.models import Outbox, Queue, Ticket
from tickets.tests.conftest import MakeComment
from tickets.tests.mails import mail, reply_to, sent, take
from tickets.tests.ticket_page.conftest import said


def note(client: Client, ticket: Ticket, text: str) -> None:
    response = client.post(f"/tickets/{ticket.number}/send/", {"kind": "note", "html": f"<p>{text}</p>"})
    assert response.status_code == 302


def test_who_follows_a_ticket_is_told_of_its_messages_alone(
    as_anna: Client, ticket: Ticket, anna: User, make_comment: MakeComment
) -> None:
    User.objects.update(notify_messages=False)
    assert "You get an email" in said(as_anna, f"/tickets/{ticket.number}/follow/", {"on": "1"})
    assert "Stop following" in as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    take(mail("carla@acme.example", f"Re: [#{ticket.number}] More"))
    take(mail("carla@acme.example", "Something else"))
    assert sent(ticket, "customer_replied") == [anna.email]
    assert not Outbox.objects.filter(kind="customer_replied").exclude(ticket=ticket).exists()
    said(as_anna, f"/tickets/{ticket.number}/follow/", {"on": ""})
    take(mail("carla@acme.example", f"Re: [#{ticket.number}] And more"))
    assert sent(ticket, "customer_replied") == [anna.email]


def test_who_is_mentioned_in_a_note_is_told_and_follows(
    as_anna: Client, ticket: Ticket, ada: User, anna: User, queue: Queue
) -> None:
    User.objects.update(notify_messages=False)
    ben = User.objects.create_user("ben@desk.example", first_name="Ben", last_name="Ito", notify_messages=False)
    note(as_anna, ticket, "Nobody is @Ben: he may not see it")
    assert not sent(ticket)
    ben.queues.add(queue)
    note(as_anna, ticket, f"@ben ito, what do you say? Not me, @{anna.first_name}, nor x@ben.example")
    assert sent(ticket, "mention") == ["ben@desk.example"]
    assert "what do you say?" in Outbox.objects.get(kind="mention").text
    take(mail("carla@acme.example", f"Re: [#{ticket.number}] More"))
    assert sent(ticket, "customer_replied") == ["ben@desk.example"]


def test_what_answers_a_mention_by_mail_reaches_no_customer(as_anna: Client, ticket: Ticket, queue: Queue) -> None:
    ben = User.objects.create_user("ben@desk.example", first_name="Ben", last_name="Ito")
    ben.queues.add(queue)
    note(as_anna, ticket, "@Ben is this customer difficult?")
    received = reply_to(Outbox.objects.get(kind="mention"), "Very.")
    assert (received.ticket, received.held) == (ticket, True)
    assert not sent(ticket, "new_message")
    comment = ticket.comments.latest("pk")
    assert not comment.is_public
    as_anna.post(f"/tickets/{ticket.number}/messages/{comment.pk}/accept/")
    comment.refresh_from_db()
    assert not comment.is_public
