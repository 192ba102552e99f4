"""Is who follows a ticket, or is mentioned in a note, told of it, and nobody else of what colleagues say?"""

from django.test import Client

from recipients.models import Recipient, User
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


def test_a_note_that_somebody_of_the_customer_answers_is_not_published(
    as_anna: Client, ticket: Ticket, queue: Queue
) -> None:
    ben = User.objects.create_user("ben@desk.example", first_name="Ben", last_name="Ito")
    ben.queues.add(queue)
    ticket.participants.add(Recipient.objects.known("ben@home.example", "Ben"))
    note(as_anna, ticket, "@Ben is this customer difficult?")
    received = reply_to(Outbox.objects.get(kind="mention"), "> Is she difficult?", sender="ben@home.example")
    assert (received.ticket, received.comment.is_public) == (ticket, False)


def test_what_is_mentioned_is_no_markup_and_who_lost_the_ticket_is_told_nothing(
    as_anna: Client, ticket: Ticket, queue: Queue
) -> None:
    User.objects.update(notify_messages=False)
    people = [
        User.objects.create_user(f"{name}@desk.example", first_name=name, last_name="X") for name in ("Ben", "Cy")
    ]
    User.objects.filter(pk__in=[each.pk for each in people]).update(notify_messages=False)
    for each in people:
        each.queues.add(queue)
    note(as_anna, ticket, "@Ben @Cy &lt;img src=x onerror=alert(1)&gt;")
    mails = Outbox.objects.filter(kind="mention")
    assert {each.recipient for each in mails} == {"ben@desk.example", "cy@desk.example"}
    assert not any("<img src=x" in each.html for each in mails)
    people[0].queues.clear()
    User.objects.filter(pk=people[1].pk).update(is_active=False)
    take(mail("carla@acme.example", f"Re: [#{ticket.number}] More"))
    assert not sent(ticket, "customer_replied")
