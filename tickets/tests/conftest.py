"""Tickets to look at: a conversation with everything that a page can show."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.windows import windows
from recipients.matching.validity import Validity
from recipients.models import Customer, Recipient, User
from recipients.tests.portal import come_in
from tickets.models import Attachment, Comment, Event, Queue, Ticket
from tickets.models.work.attachment import attachment_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

OpenPage = Callable[..., "Page"]
#: An address that no page may ask before somebody agrees.
SPY = "http://127.0.0.1:9/spy.gif"

MakeTicket = Callable[..., Ticket]
MakeComment = Callable[..., Comment]
Enter = Callable[[str], Client]

EXACT = {
    "address": "carla@acme.example",
    "step": "exact",
    "customer_name": "Carla Conti",
    "company_name": "Acme GmbH",
    "evidence": "carla@acme.example",
    "reason": None,
    "candidates": [],
    "trail": ["exact"],
}
NOBODY = {
    "address": "mallory@evil.example",
    "step": "none",
    "customer": None,
    "customer_name": "",
    "evidence": "",
    "reason": None,
    "candidates": [],
    "trail": ["exact", "pairing", "authorised_address", "authorised_domain", "domain"],
}


@pytest.fixture
def make_ticket(queue: Queue) -> MakeTicket:
    """Makes tickets by Carla of Acme, or by anybody, each with its first message."""

    def make(subject: str = "Invoice 2024-118", *, customer: Customer | None = None, **fields: object) -> Ticket:
        fields.setdefault("requester", Recipient.objects.known("carla@acme.example", "Carla Conti"))
        fields.setdefault("queue", queue)
        fields.setdefault("validity", Validity.VALID if customer else Validity.TO_VERIFY)
        match = {**EXACT, "customer": customer.pk} if customer else NOBODY
        return Ticket.objects.create(
            subject=subject, bare_subject=subject.lower(), customer=customer, match=match, **fields
        )

    return make


@pytest.fixture
def make_comment() -> MakeComment:
    """Makes messages on a ticket; customers' mails unless it is said otherwise."""

    def make(ticket: Ticket, text: str = "Good morning.", kind: str = "customer", **fields: object) -> Comment:
        if kind == "customer":
            fields.setdefault("author_address", "carla@acme.example")
            fields.setdefault("author_name", "Carla Conti")
            fields.setdefault("message_id", f"{ticket.comments.count()}@acme.example")
            fields.setdefault("match", ticket.match)
            fields.setdefault("to", [{"name": "", "address": "support@helpdesk.example"}])
        fields.setdefault("is_public", kind not in ("note", "bounce"))
        return Comment.objects.create(ticket=ticket, kind=kind, text=text, **fields)

    return make


@pytest.fixture
def ticket(make_ticket: MakeTicket, make_comment: MakeComment, carla: Customer) -> Ticket:
    """Carla's ticket with her first message."""
    ticket = make_ticket(customer=carla)
    make_comment(ticket, "Where is my invoice?")
    return ticket


@pytest.fixture
def make_file() -> Callable[..., Attachment]:
    """Stores a file and attaches it to a message."""

    def make(comment: Comment, name: str, content: bytes, type: str, **fields: object) -> Attachment:
        sha256 = hashlib.sha256(content).hexdigest()
        if not default_storage.exists(attachment_path(sha256)):
            default_storage.save(attachment_path(sha256), ContentFile(content))
        return Attachment.objects.create(
            comment=comment, name=name, type=type, size=len(content), sha256=sha256, **fields
        )

    return make


@pytest.fixture
def long_ticket(make_ticket: MakeTicket, make_comment: MakeComment, carla: Customer, anna: User) -> Ticket:
    """A ticket with 120 messages and as many events."""
    ticket = make_ticket("A long story", customer=carla)
    start = timezone.now() - dt.timedelta(days=30)
    for n in range(120):
        make_comment(ticket, f"Message number {n:03d}", created_at=start + dt.timedelta(hours=n))
        Event.objects.create(
            ticket=ticket,
            kind=Event.Kind.STATUS,
            agent=anna,
            data={"from": "new", "to": "open"},
            at=start + dt.timedelta(hours=n, minutes=5),
        )
    return ticket


@pytest.fixture
def open_page(browser: "Browser", live_server: LiveServer, as_anna: Client) -> Iterator[OpenPage]:
    """Opens an address as Anna in a window of its own; afterwards no page may have complained on its console."""
    session = as_anna.cookies[settings.SESSION_COOKIE_NAME].value
    with windows(browser, live_server.url, complaint, session) as opened:
        yield opened


def complaint(message: "ConsoleMessage") -> list[str]:
    """What a console says that should not be there. That a form, a script or a picture was refused is meant."""
    expected = ("favicon", "422", "status of 401", "status of 409", SPY, "'allow-scripts' permission is not set")
    said = f"{message.text} {message.location['url']}"
    return [said] if message.type == "error" and not any(each in said for each in expected) else []


@pytest.fixture
def enter() -> Enter:
    """Lets somebody into the portal in a browser of their own, by the mailed link; nothing says who that is but it."""

    def entered(address: str) -> Client:
        client = Client()
        come_in(client, address)
        return client

    return entered
