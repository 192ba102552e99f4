"""Can an agent let a held message in and pair its writer in one step, and only where pairing is right?"""

from collections.abc import Callable

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recipients.models import Customer, CustomerAddress, OwnAddress, Recipient, User
from tickets.models import Comment, Queue, Ticket
from tickets.sender.held_messages import reject_held
from tickets.tests.mails import FAILED, mail, take

pytestmark = pytest.mark.django_db
HOME = "carla@home.example"


@pytest.fixture
def ticket(queue: Queue, carla: Customer) -> Ticket:
    return take(mail("carla@acme.example", "Printer broken")).ticket


def held(ticket: Ticket, sender: str = HOME, **facts: object) -> Comment:
    received = take(mail(sender, f"Re: [#{ticket.number}] Printer broken", "Still broken."), **facts)
    assert received.held
    return received.comment


def url(comment: Comment) -> str:
    return f"/tickets/{comment.ticket_id}/messages/{comment.pk}/accept-and-pair/"


def said(browser: Client, comment: Comment) -> list[str]:
    response = browser.post(url(comment))
    assert (response.status_code, response["Location"]) == (302, comment.get_absolute_url())
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_one_click_accepts_and_pairs(as_anna: Client, ticket: Ticket, carla: Customer) -> None:
    comment = held(ticket)
    assert url(comment) in as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    page = as_anna.post(url(comment), follow=True).content.decode()
    comment.refresh_from_db()
    recipient = Recipient.objects.get(address=HOME)
    assert (comment.is_held, comment.is_public, recipient.customer) == (False, True, carla)
    assert "The message was accepted." in page
    assert "carla@home.example is paired with Carla Conti." in page
    assert not take(mail(HOME, f"Re: [#{ticket.number}]")).held
    assert take(mail(HOME, "Another matter")).ticket.customer == carla
    as_anna.post(f"/recipients/undo/{recipient.changes.get().batch_id}/")
    recipient.refresh_from_db()
    comment.refresh_from_db()
    assert (recipient.customer, comment.is_held) == (None, False)


def nobodys(ticket: Ticket, comment: Comment, carla: Customer) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(customer=None)


def of_another_kind(ticket: Ticket, comment: Comment, carla: Customer) -> None:
    Customer.objects.filter(pk=carla.pk).update(kind="supplier")


def shared(ticket: Ticket, comment: Comment, carla: Customer) -> None:
    Recipient.objects.filter(address=HOME).update(shared=True)


def registered(ticket: Ticket, comment: Comment, carla: Customer) -> None:
    CustomerAddress.objects.create(customer=Customer.objects.create(name="Beta"), address=HOME)


def paired(ticket: Ticket, comment: Comment, carla: Customer) -> None:
    Recipient.objects.filter(address=HOME).update(customer=Customer.objects.create(name="Beta"))


def own(ticket: Ticket, comment: Comment, carla: Customer) -> None:
    OwnAddress.objects.create(address=HOME)


def an_agents(ticket: Ticket, comment: Comment, carla: Customer) -> None:
    User.objects.create_user(HOME, "correct horse battery")


def forged(ticket: Ticket, comment: Comment, carla: Customer) -> None:
    Comment.objects.filter(pk=comment.pk).update(verdict=FAILED.as_json())


REFUSED: dict[Callable[[Ticket, Comment, Customer], None], str] = {
    nobodys: "Choose the ticket's customer first: the address is paired with it.",
    of_another_kind: "Customers of the kind of Carla Conti own no tickets.",
    shared: "It is shared: each of its tickets has a customer of its own.",
    registered: "It is registered as an address of Beta.",
    paired: "It is already paired with Beta.",
    own: "It is an address of the helpdesk itself.",
    an_agents: "It belongs to somebody who works here.",
    forged: "The mail server reports that this address may be forged. Pair it from a mail that is authentic.",
}


@pytest.mark.parametrize("why", REFUSED, ids=lambda why: why.__name__)
def test_where_pairing_is_wrong_nothing_happens_and_it_is_not_offered(
    why: Callable[[Ticket, Comment, Customer], None], as_anna: Client, ticket: Ticket, carla: Customer
) -> None:
    comment = held(ticket)
    before = Recipient.objects.get(address=HOME).customer
    why(ticket, comment, carla)
    assert url(comment) not in as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert said(as_anna, comment) == [REFUSED[why]]
    comment.refresh_from_db()
    assert comment.is_held
    assert Recipient.objects.get(address=HOME).pairings.count() == 0
    assert before is None


def test_what_was_decided_is_not_decided_again(as_anna: Client, ticket: Ticket, anna: User) -> None:
    comment = held(ticket)
    reject_held(comment, by=anna)
    assert said(as_anna, comment) == ["This message is no longer held."]
    assert Recipient.objects.get(address=HOME).customer is None


def test_however_many_are_held_it_takes_as_many_queries(as_anna: Client, ticket: Ticket) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = as_anna.get(f"/tickets/{ticket.number}/")
        assert page.content.count(b"accept-and-pair") == ticket.comments.filter(is_held=True).count()
        return len(captured)

    held(ticket)
    few = queries()
    for number in range(10):
        held(ticket, f"stranger{number}@evil.example")
    assert queries() == few
