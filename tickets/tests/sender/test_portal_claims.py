"""Does a visitor confirm what they wrote, and nothing that somebody else wrote in their name?"""

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import windows
from recipients.matching.validity import Validity
from recipients.models import Customer, User
from tickets.models import Comment, Event, Queue, Ticket
from tickets.portal.conversation import MESSAGES_A_PAGE
from tickets.sender.acceptance import accept_sender, reject_sender
from tickets.tests.conftest import Enter, complaint
from tickets.tests.mails import FAILED, mail, take

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DORA, MALLORY = "dora@acme.example", "mallory@evil.example"
QUESTION, MARK = "came by email in your name", "By mail in your name"


@pytest.fixture
def ticket(queue: Queue, acme: Customer) -> Ticket:
    """By somebody with Acme's domain whom nobody knows: to verify."""
    return take(mail(f"Dora <{DORA}>", "Printer")).ticket


def validity(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return ticket.validity


def in_her_name(ticket: Ticket, **more: object) -> Comment:
    """Another mail with her address as From, and with the ticket's tag, that anybody can write."""
    return take(mail(f"Dora <{DORA}>", f"Re: Printer [#{ticket.number}]", **more)).comment  # type: ignore[arg-type]


def page(client: Client, ticket: Ticket, query: str = "") -> str:
    return client.get(f"/portal/tickets/{ticket.number}/{query}").content.decode()


def wrote(client: Client, ticket: Ticket, *messages: object) -> int:
    return client.post(f"/portal/tickets/{ticket.number}/wrote/", {"message": list(messages)}).status_code


@pytest.mark.django_db
def test_an_answer_proves_itself_and_nothing_else(enter: Enter, ticket: Ticket, acme: Customer) -> None:
    # A05: "that was not me" is an answer, too
    forged = in_her_name(ticket)
    client = enter(DORA)
    assert client.post(f"/portal/tickets/{ticket.number}/reply/", {"text": "I wrote none of this!"}).status_code == 302
    assert validity(ticket) == Validity.TO_VERIFY
    answer = ticket.comments.latest("pk")
    assert (answer.in_portal, answer.validity) == (True, Validity.VERIFIED)
    forged.refresh_from_db()
    assert forged.validity == Validity.TO_VERIFY
    assert not ticket.events.filter(kind=Event.Kind.VALIDITY).exists()


@pytest.mark.django_db
def test_the_button_verifies_what_the_page_showed_and_the_ticket_with_its_first_message(
    enter: Enter, ticket: Ticket, acme: Customer, as_anna: Client
) -> None:
    first, client = ticket.comments.get(), enter(DORA)
    html = page(client, ticket)
    assert QUESTION in html
    assert html.count(MARK) == 1
    later = in_her_name(ticket)  # while she reads
    assert wrote(client, ticket, first.pk) == 302
    assert (validity(ticket), ticket.customer) == (Validity.VERIFIED, acme)
    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.validity, later.validity) == (Validity.VERIFIED, Validity.TO_VERIFY)
    event = Event.objects.get(ticket=ticket, kind=Event.Kind.VALIDITY)
    assert (event.recipient, event.data["before"], event.data["after"]) == (ticket.requester, "to_verify", "verified")
    history = as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "confirmed in the portal that they wrote a message" in history
    assert QUESTION in page(client, ticket)  # the later one, on a verified ticket
    wrote(client, ticket, later.pk)
    later.refresh_from_db()
    assert later.validity == Validity.VERIFIED
    assert QUESTION not in page(client, ticket)


@pytest.mark.django_db
def test_messages_of_an_earlier_page_are_not_confirmed_by_a_later_one(enter: Enter, ticket: Ticket) -> None:
    for _time in range(MESSAGES_A_PAGE):
        in_her_name(ticket)
    first, client = ticket.comments.earliest("pk"), enter(DORA)
    conversation = client.get(f"/portal/tickets/{ticket.number}/").context["conversation"]
    shown = [message.comment.pk for message in conversation.unproven]
    assert first.pk not in shown
    wrote(client, ticket, *shown)
    assert validity(ticket) == Validity.TO_VERIFY  # whose the first message is nobody has said
    assert ticket.comments.filter(validity=Validity.VERIFIED).count() == len(shown)
    assert QUESTION in page(client, ticket, f"?before={conversation.earlier}")
    wrote(client, ticket, first.pk)
    assert validity(ticket) == Validity.VERIFIED


@pytest.mark.django_db
def test_what_is_reported_as_forged_or_held_has_no_button(enter: Enter, queue: Queue, acme: Customer) -> None:
    ticket = take(mail(f"Dora <{DORA}>", "Printer"), verdict=FAILED).ticket
    first, client = ticket.comments.get(), enter(DORA)
    assert QUESTION not in page(client, ticket)
    wrote(client, ticket, first.pk)
    first.refresh_from_db()
    assert (validity(ticket), first.validity) == (Validity.TO_VERIFY, Validity.TO_VERIFY)


@pytest.mark.django_db
def test_nobody_confirms_for_somebody_else(
    enter: Enter, ticket: Ticket, acme: Customer, carla: Customer, anna: User
) -> None:
    first = ticket.comments.get()
    assert wrote(enter(MALLORY), ticket, first.pk) == 404
    company = enter("office@acme.example")
    accept_sender(ticket, by=anna)
    Comment.objects.filter(pk=first.pk).update(validity=Validity.TO_VERIFY)
    assert QUESTION not in page(company, ticket)
    assert wrote(company, ticket, first.pk) == 302
    first.refresh_from_db()
    assert first.validity == Validity.TO_VERIFY
    other = take(mail(f"Mallory <{MALLORY}>")).ticket
    wrote(enter(DORA), ticket, other.comments.get().pk, "twelve", "9" * 5000, -1)
    assert validity(other) == Validity.TO_VERIFY


@pytest.mark.django_db
def test_a_rejected_sender_stays_rejected_whatever_they_say(enter: Enter, ticket: Ticket, anna: User) -> None:
    reject_sender(ticket, by=anna)
    client = enter(DORA)
    assert QUESTION not in page(client, ticket)
    wrote(client, ticket, *ticket.comments.values_list("pk", flat=True))
    assert validity(ticket) == Validity.REJECTED
    assert not ticket.comments.filter(validity=Validity.VERIFIED).exists()


@pytest.mark.django_db
def test_who_has_to_sign_in_first_sees_the_ticket_and_confirms_nothing(enter: Enter, ticket: Ticket) -> None:
    path = f"/portal/tickets/{ticket.number}/wrote/"
    assert Client().post(path).url.startswith("/portal/sign-in/")
    client = enter(DORA)
    for method in (client.get, client.head):
        assert method(path).url == f"/portal/tickets/{ticket.number}/"
    assert validity(ticket) == Validity.TO_VERIFY


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1440, 360])
def test_a_visitor_is_asked_and_confirms_with_one_click(
    browser: "Browser", live_server: LiveServer, enter: Enter, ticket: Ticket, width: int
) -> None:
    in_her_name(ticket)
    session = enter(DORA).cookies[settings.SESSION_COOKIE_NAME].value
    with windows(browser, live_server.url, complaint, session) as open_page:
        page = open_page(f"/portal/tickets/{ticket.number}/", width)
        expect(page.get_by_text("2 messages on this page came by email in your name.")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Yes, I wrote these").click()
        expect(page.get_by_text("Thank you. Now we know that you wrote it.")).to_be_visible()
        expect(page.get_by_text(MARK)).to_have_count(0)
    assert validity(ticket) == Validity.VERIFIED
