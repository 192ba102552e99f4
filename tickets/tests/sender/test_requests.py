"""What do agents see of what the sender was asked for, and can they ask from the ticket's page?"""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import undo
from recipients.models import AuthorisedSender, Customer, Recipient, User
from tickets.customers.assignment import change_customer
from tickets.models import Outbox, PrimaryRequest, Queue, Ticket, TicketSettings, VerificationRequest
from tickets.sender.acceptance import reject_sender
from tickets.sender.primary_address import ask_for_primary, standing
from tickets.sender.verification import ask_to_verify
from tickets.tests.conftest import Enter, OpenPage
from tickets.tests.mails import FAILED, PASSED, mail, take

TECH, OFFICE = "tech@agency.example", "office@acme.example"


@pytest.fixture
def ticket(queue: Queue, acme: Customer) -> Ticket:
    """By an authorised sender of Acme."""
    AuthorisedSender.objects.create(customer=acme, kind=AuthorisedSender.Kind.ADDRESS, value=TECH)
    return take(mail(TECH, "Transfer the domain")).ticket


@pytest.fixture
def unknown(queue: Queue) -> Ticket:
    return take(mail("boss@agency.example", "Who are you?")).ticket


def page(client: Client, ticket: Ticket) -> str:
    """The text of the ticket's page."""
    answer = client.get(f"/tickets/{ticket.number}/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.django_db
def test_an_agent_asks_to_confirm_the_address_and_sees_how_it_stands(as_anna: Client, unknown: Ticket) -> None:
    assert "Ask to confirm the address" in page(as_anna, unknown)
    answer = as_anna.post(f"/tickets/{unknown.number}/sender/ask/", follow=True)
    assert "is on its way to boss@agency.example" in answer.content.decode()
    shown = page(as_anna, unknown)
    assert "The sender was asked to confirm the address" in shown
    assert "The link works until" in shown
    assert "Ask again" not in shown  # not within the hour
    history = as_anna.get(f"/tickets/{unknown.number}/history/").content.decode()
    assert "asked the sender to confirm the address" in history

    long_ago = timezone.now() - timedelta(days=9)
    VerificationRequest.objects.update(created_at=long_ago, expires_at=long_ago)
    unknown.comments.update(created_at=long_ago)
    shown = page(as_anna, unknown)
    assert "The link has expired" in shown
    assert "Ask again to confirm the address" in shown

    link = re.search(r"/portal/verify/[\w-]+/", Outbox.objects.get(kind="verification").text)
    assert link
    VerificationRequest.objects.update(expires_at=timezone.now() + timedelta(days=1))
    Client().post(link[0])
    shown = page(as_anna, unknown)
    assert "The sender confirmed the address" in shown
    assert "Verified, unknown" in shown
    history = as_anna.get(f"/tickets/{unknown.number}/history/").content.decode()
    assert "confirmed the address" in history


@pytest.mark.django_db
def test_the_page_says_why_the_sender_cannot_be_asked(as_anna: Client, queue: Queue) -> None:
    forged = take(mail("boss@agency.example"), verdict=FAILED).ticket
    shown = page(as_anna, forged)
    assert "cannot be asked to confirm the address" in shown
    assert "may be forged" in shown
    answer = as_anna.post(f"/tickets/{forged.number}/sender/ask/", follow=True)
    assert "may be forged" in answer.content.decode()
    assert not VerificationRequest.objects.exists()


@pytest.mark.django_db
def test_nothing_is_offered_for_a_sender_who_is_valid_and_writes_from_the_primary_address(
    as_anna: Client, queue: Queue, carla: Customer
) -> None:
    shown = page(as_anna, take(mail("carla@acme.example")).ticket)
    for words in ("confirm the address", "primary address", "Not the primary address"):
        assert words not in shown


@pytest.mark.django_db
def test_an_agent_asks_to_write_from_the_primary_address(as_anna: Client, ticket: Ticket, anna: User) -> None:
    # A06
    shown = page(as_anna, ticket)
    assert "Ask to write from the primary address" in shown
    assert "Not the primary address" in shown
    address = f"/tickets/{ticket.number}/primary/"
    dialog = as_anna.get(address)
    assert "o…e@acme.example" in dialog.content.decode()
    text = dialog.context["form"]["text"].value()
    assert as_anna.post(address, {"text": "  "}).status_code == 422
    assert not PrimaryRequest.objects.exists()
    assert as_anna.post(address, {"text": f"{text}\n\n<b>Thanks</b>"})["Location"] == f"/tickets/{ticket.number}/"
    said = Outbox.objects.get(kind="new_message", recipient=TECH)
    assert "<b>Thanks</b>" in said.text  # as it was typed
    shown = page(as_anna, ticket)
    assert "Anna Berg asked to write from the primary address o…e@acme.example" in shown
    assert 'title="Awaiting primary address"' in as_anna.get("/tickets/").content.decode()
    assert as_anna.get("/tickets/?view=primary").content.count(b"data-row") == 1
    assert as_anna.get(address, follow=True).redirect_chain  # asked already

    take(mail(OFFICE, f"Re: [#{ticket.number}] Transfer the domain", "Yes."), verdict=PASSED)
    shown = page(as_anna, ticket)
    assert "Confirmed from the primary address" in shown
    assert "asked to write from the primary address o…e" not in shown
    assert as_anna.get("/tickets/?view=primary").content.count(b"data-row") == 0
    assert "confirmed it from the primary address" in as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()


@pytest.mark.django_db
def test_what_is_written_in_the_portal_counts_by_the_address_that_signed_in(
    enter: Enter, ticket: Ticket, anna: User, acme: Customer
) -> None:
    acme.addresses.create(address="second@acme.example")
    ask_for_primary(ticket, by=anna, html="<p>Please.</p>")
    for address, open_requests in (("second@acme.example", 1), (OFFICE, 0)):
        answer = enter(address).post(f"/portal/tickets/{ticket.number}/reply/", {"text": "Yes, please."})
        assert answer.status_code == 302
        assert PrimaryRequest.objects.filter(fulfilled_at__isnull=True).count() == open_requests
    assert PrimaryRequest.objects.get().fulfilled_by == ticket.comments.latest("pk")
    assert standing(ticket).doubt == ""


@pytest.mark.django_db
def test_an_agent_withdraws_the_request(as_anna: Client, ticket: Ticket, anna: User) -> None:
    ask_for_primary(ticket, by=anna, html="<p>Please.</p>")
    answer = as_anna.post(f"/tickets/{ticket.number}/primary/withdraw/", follow=True)
    assert "was withdrawn" in answer.content.decode()
    assert not PrimaryRequest.objects.exists()
    history = as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "no longer waiting" in history


@pytest.mark.django_db
def test_every_class_of_sender_has_its_badge(as_anna: Client, queue: Queue, acme: Customer, anna: User) -> None:
    # A06
    Recipient.objects.create(address="paired@else.example", customer=acme)
    acme.addresses.create(address="second@acme.example")
    AuthorisedSender.objects.create(customer=acme, kind=AuthorisedSender.Kind.ADDRESS, value=TECH)

    def badge(sender: str, **facts: object) -> str:
        comment = take(mail(sender), **facts).comment
        return shown_badge(as_anna, comment.ticket)

    assert badge(OFFICE) == "Primary address"
    assert badge("second@acme.example") == "Registered address"
    assert badge("paired@else.example") == "Paired address"
    assert badge(TECH) == "Authorised sender"
    assert badge("new@acme.example") == "Recognised by domain"
    assert badge("mallory@evil.example") == "Unknown sender"
    assert badge(OFFICE, verdict=FAILED) == "Failed authentication"
    rejected = take(mail("mallory@evil.example")).ticket
    reject_sender(rejected, by=anna)
    assert shown_badge(as_anna, rejected) == "Rejected sender"
    accepted = take(mail("mallory@evil.example")).ticket
    change_customer(accepted, acme, by=anna)
    take(mail("mallory@evil.example", f"[#{accepted.number}] More"))
    assert shown_badge(as_anna, accepted) == "Accepted sender"


def shown_badge(client: Client, ticket: Ticket) -> str:
    """The class of the last message's sender, as it is read."""
    answer = client.get(f"/tickets/{ticket.number}/").content.decode()
    heads = re.findall(r'<div class="message-who">.*?</div>', answer, re.S)
    found = re.search(r'<span class="badge[^>]*>(.*?)</span>', heads[-1], re.S)
    assert found
    return re.sub(r"<[^>]+>", "", found[1]).strip()


# -- In a browser -----------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_the_dialog_is_filled_in_and_its_message_can_be_undone(
    open_page: OpenPage, ticket: Ticket, width: int, scheme: str
) -> None:
    TicketSettings.objects.create(pk=1, undo_seconds=3600)  # however long it takes to look at the page before
    shown = open_page(f"/tickets/{ticket.number}/", width, color_scheme=scheme, reduced_motion="reduce")
    shown.get_by_text("Sender and customer").click()
    assert violations(shown) == []
    shown.get_by_role("link", name="Ask to write from the primary address").click()
    dialog = shown.get_by_role("dialog")
    expect(dialog.get_by_role("textbox")).to_have_value(re.compile("o…e@acme.example"))
    assert violations(shown) == []
    dialog.get_by_role("button", name="Send").click()
    panel = shown.get_by_role("group", name="About the ticket")
    expect(panel.get_by_text("Anna Berg asked to write from the primary address")).to_be_visible()
    assert violations(shown) == []
    undo(shown)
    panel.get_by_text("Sender and customer").click()
    expect(panel.get_by_role("link", name="Ask to write from the primary address")).to_be_visible()
    assert not PrimaryRequest.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (360, "light")])
def test_a_sender_confirms_the_address_without_signing_in(
    page: Page, live_server: LiveServer, unknown: Ticket, anna: User, width: int, scheme: str
) -> None:
    ask_to_verify(unknown, by=anna)
    link = re.search(r"/portal/verify/[\w-]+/", Outbox.objects.get(kind="verification").text)
    assert link
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto(live_server.url + link[0])
    assert violations(page) == []
    page.get_by_role("button", name="Yes, I wrote it").click()
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    assert violations(page) == []
    unknown.refresh_from_db()
    assert unknown.validity == "verified"
    page.goto(live_server.url + link[0])
    expect(page.get_by_role("heading", name="This link has been used.")).to_be_visible()
    assert violations(page) == []
