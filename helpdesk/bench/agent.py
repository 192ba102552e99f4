"""How many keys and clicks does an agent need for what is done most, and how long until the next page can be used?

A database of its own in memory, the pages of Django's own server with its static files, and Chromium. Keys are counted
without the text that is written. The aims are what the best of the others need (Zendesk, Zammad, FreeScout, Help Scout,
Front), by their documentation. Times are from the key until what was asked for is there; they are this machine's. Bytes
are uncompressed, as this server sends them. As gunicorn does, it sends what it has at once: Django's own holds a body
back until the browser has acknowledged the header, which takes 40 ms on one machine.
"""

import datetime as dt
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.client import Client
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler
from django.test.utils import override_settings, setup_databases, setup_test_environment, teardown_databases
from django.utils import timezone

from helpdesk.tests.servers import chromium
from recipients.matching.validity import Validity
from recipients.models import Customer, CustomerAddress, Recipient, Role, User
from tickets.models import Comment, Queue, Ticket

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TICKETS, LONG = 60, 45
WIDE = "<table>" + "<tr>" + "<td>cell of a table</td>" * 25 + "</tr>" + "</table>"
NEWSLETTER = '<table width="640"><tr><td><p>All of the offer.</p></td></tr></table>'
#: What moved by itself since the page was there.
SHIFT = """() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 300);
})"""
BYTES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
USABLE = """() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd"""

Say = Callable[[str], None]


def run(rounds: int, say: Say) -> None:
    """Measure and say both tables. Raises RuntimeError without a browser."""
    if reason := chromium.missing():
        raise RuntimeError(reason)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
    with _site() as url, _window(url) as page:
        say(f"{'action':<34} {'keys':>4} {'clicks':>6} {'aim':>4} {'median ms':>9}")
        for action in ACTIONS:
            hand = Hand(page)
            for number in range(rounds):
                hand.begin(number)
                action.do(hand, number)
            hands = hand.keys // rounds + hand.clicks // rounds
            mark = "" if hands <= action.aim else "  more than the aim"
            counted = f"{hand.keys // rounds:>4} {hand.clicks // rounds:>6} {action.aim:>4}"
            say(f"{action.name:<34} {counted} {hand.median:>9.0f}{mark}")
        say("")
        say(f"{'page':<34} {'usable ms':>9} {'kB':>6} {'shift, first':>12} {'again':>6} {'console':>7}")
        for name, path in PAGES.items():
            say(f"{name:<34} {_look(page, path, rounds)}")


@dataclass
class Hand:
    """The hand of an agent on `page`: counts what it does, and measures until what it wanted is there."""

    page: "Page"
    keys: int = 0
    clicks: int = 0
    times: list[float] = field(default_factory=list)

    def begin(self, number: int) -> None:
        """Open a ticket from the list, uncounted."""
        self.page.goto("/tickets/?view=unassigned")
        self.page.locator("tr[data-row] .row-link").nth(number % 5).click()
        self.ready()

    def ready(self) -> None:
        self.page.locator("#composer [contenteditable=true]").wait_for()
        self.page.wait_for_load_state()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def click(self, selector: str) -> None:
        self.clicks += 1
        self.page.locator(selector).first.click()

    @contextmanager
    def until(self, text: str = "", *, leaves: bool = False) -> Iterator[None]:
        """Measure what is done inside, until `text` is on the page, and on the next one if it `leaves` this one."""
        before, start = self.page.url, time.perf_counter()
        yield
        if leaves:
            self.page.wait_for_url(lambda url: url != before, wait_until="domcontentloaded")
        if text:
            self.page.get_by_text(text).first.wait_for()
        self.times.append((time.perf_counter() - start) * 1000)
        self.page.wait_for_load_state()

    @property
    def median(self) -> float:
        return statistics.median(self.times)


@dataclass(frozen=True)
class Action:
    """What agents do, by keys alone where there are some. `aim`: keys and clicks of the best of the others."""

    name: str
    aim: int
    do: Callable[[Hand, int], None]


def _next(hand: Hand, number: int) -> None:
    with hand.until(leaves=True):
        hand.page.keyboard.press("e")  # what finishes a ticket leads to the next one by itself


def _reply(hand: Hand, number: int) -> None:
    hand.press("r")
    hand.write("Like this.")
    with hand.until("The message is on its way.", leaves=True):
        hand.press("Control+Enter")


def _reply_and_solve(hand: Hand, number: int) -> None:
    hand.press("r")
    hand.write("Like this.")
    with hand.until("The message is on its way.", leaves=True):
        hand.press("Control+Shift+Enter")


def _solve(hand: Hand, number: int) -> None:
    with hand.until("Status: Solved", leaves=True):
        hand.press("e")


def _take(hand: Hand, number: int) -> None:
    with hand.until("Assignee: Anna Berg"):
        hand.press("t")


def _assign(hand: Hand, number: int) -> None:
    hand.press("a")
    with hand.until("Assignee: Ben Otto"):
        hand.write("Ben")
        hand.press("Tab")


def _note(hand: Hand, number: int) -> None:
    hand.press("n")
    hand.write("Careful.")
    with hand.until("The note was added."):
        hand.press("Control+Enter")


def _tag(hand: Hand, number: int) -> None:
    hand.press("l")
    hand.write(f"tag{number}")
    with hand.until("Tags: "):
        hand.press("Enter")


def _find(hand: Hand, number: int) -> None:
    hand.press("Control+k")
    hand.write("long story")
    hand.page.get_by_role("option", name="A long story").wait_for()
    with hand.until("A long story", leaves=True):
        hand.press("Enter")


def _customer(hand: Hand, number: int) -> None:
    with hand.until("Other tickets"):
        """They stand beside the ticket."""


def _merge(hand: Hand, number: int) -> None:
    here = urlsplit(hand.page.url).path.split("/")[2]
    other = Ticket.objects.unsolved().exclude(pk=here).order_by("pk")[number]
    hand.press("m")
    hand.page.get_by_label("Merge into #").wait_for()
    hand.write(str(other.number))
    with hand.until("was merged into this ticket", leaves=True):
        hand.press("Enter")


def _five(hand: Hand, number: int) -> None:
    hand.page.goto("/tickets/?view=unassigned")
    hand.page.locator("[form=bulk]").nth(4).wait_for()
    hand.page.wait_for_load_state()
    for _each in range(5):
        hand.press("j", "x")
    with hand.until("5 tickets: Status: Solved"):
        hand.press("e")


ACTIONS = (
    Action("open next after finishing one", 0, _next),
    Action("reply", 2, _reply),
    Action("reply, solve, go on", 2, _reply_and_solve),
    Action("solve without words", 1, _solve),
    Action("assign to me", 1, _take),
    Action("assign to a colleague", 2, _assign),
    Action("internal note", 2, _note),
    Action("tag", 2, _tag),
    Action("find an old ticket", 2, _find),
    Action("all of a customer", 0, _customer),
    Action("merge", 2, _merge),
    Action("solve five of the list", 11, _five),
)
PAGES = {
    "list": "/tickets/?view=all",
    "ticket, one HTML mail": "/tickets/1/",
    "ticket, a table of 25 columns": "/tickets/2/",
    f"ticket, {LONG} messages": "/tickets/3/",
    "recipients": "/recipients/",
}


def _look(page: "Page", path: str, rounds: int) -> str:
    """One line of the second table: cold first, then again."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.evaluate("localStorage.clear()")
    page.goto(path)
    first, size, usable = page.evaluate(SHIFT), page.evaluate(BYTES), []
    for _round in range(rounds):
        page.goto(path)
        usable.append(page.evaluate(USABLE))
    again = page.evaluate(SHIFT)
    return f"{statistics.median(usable):>9.0f} {size / 1000:>6.0f} {first:>12.3f} {again:>6.3f} {len(complaints):>7}"


@contextmanager
def _site() -> Iterator[str]:
    """A filled house, and its address."""
    setup_test_environment()
    made = setup_databases(verbosity=0, interactive=False)
    shared = {each.alias: each for each in connections.all() if each.vendor == "sqlite" and each.is_in_memory_db()}  # type: ignore[attr-defined]  # of SQLite
    for each in shared.values():
        each.inc_thread_sharing()
    server = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override=shared)
    plain = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    plain["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    at_once = mock.patch.object(QuietWSGIRequestHandler, "disable_nagle_algorithm", True)
    with override_settings(STORAGES=plain, CELERY_TASK_ALWAYS_EAGER=False, SECURE_SSL_REDIRECT=False), at_once:
        _fill()
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.terminate()
            teardown_databases(made, verbosity=0)


@contextmanager
def _window(url: str) -> "Iterator[Page]":
    from playwright.sync_api import sync_playwright  # of the development's tools

    client = Client()
    client.force_login(User.objects.get(email="anna@desk.example"), settings.AUTHENTICATION_BACKENDS[-1])
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as tools:
        browser: Browser = tools.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900}, locale="en")
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
        yield context.new_page()
        browser.close()


def _fill() -> None:
    queue = Queue.objects.create(name="Support", is_default=True)
    for name, last in (("anna", "Berg"), ("ben", "Otto")):
        user = User.objects.create_user(f"{name}@desk.example", "correct horse battery", role=Role.ADMINISTRATOR)
        User.objects.filter(pk=user.pk).update(first_name=name.title(), last_name=last)
    now = timezone.now()
    for number in range(TICKETS):
        customer = Customer.objects.create(name=f"Customer {number % 7}")
        address = f"c{number}@customer.example"
        CustomerAddress.objects.create(customer=customer, address=address, is_primary=True)
        ticket = Ticket.objects.create(
            subject="A long story" if number == 2 else f"Question {number}",
            bare_subject=f"question {number}",
            queue=queue,
            requester=Recipient.objects.known(address, f"Person {number}"),
            validity=Validity.VALID,
            updated_at=now - dt.timedelta(hours=number),
        )
        html = {0: NEWSLETTER, 1: WIDE}.get(number, "")
        for place in range(LONG if number == 2 else 2):
            _say(ticket, address, f"How does it work?\n{place}\n" * 4, html, now - dt.timedelta(days=9 - place / 10))
        if number:
            Ticket.objects.create(subject="Another one", bare_subject="x", queue=queue, requester=ticket.requester)


def _say(ticket: Ticket, address: str, text: str, html: str, at: dt.datetime) -> None:
    fields: dict[str, Any] = {"author_address": address, "author_name": "Somebody", "recipient": ticket.requester}
    Comment.objects.create(ticket=ticket, kind="customer", text=text, html=html, created_at=at, **fields)
