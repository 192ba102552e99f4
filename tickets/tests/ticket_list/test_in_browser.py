"""Can the list be read on a laptop? The subject gives way last, in every language and at every width."""

from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from recipients.models import Customer, Recipient, User
from tickets.models import Priority, Queue
from tickets.tests.conftest import MakeComment, MakeTicket, OpenPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: CSS pixels: 20 rem.
READABLE = 320
WIDTH_OF_MAIN_CELLS = "[...document.querySelectorAll('td.fill')].map((cell) => cell.getBoundingClientRect().width)"
COLUMNS_SHOWN = """[...document.querySelectorAll("thead tr, tbody tr")].map((row) =>
    [...row.children].filter((cell) => cell.offsetParent && cell.dataset.col).map((cell) => cell.dataset.col).join())"""


@pytest.fixture
def many(make_ticket: MakeTicket, make_comment: MakeComment, acme: Customer, anna: User) -> None:
    """Tickets that differ in every column and wear every badge."""
    billing = Queue.objects.create(name="Billing and contracts")
    anna.queues.add(billing)
    for number in range(6):
        fields = {"queue": billing, "assignee": anna, "priority": Priority.HIGH} if number % 2 else {"customer": acme}
        ticket = make_ticket(
            f"The coffee machine on floor {number} leaks and blinks since Monday", has_held_comments=True, **fields
        )
        make_comment(ticket, "It drips " * 30)


def read(page: "Page") -> tuple[list[float], list[str]]:
    return page.evaluate(WIDTH_OF_MAIN_CELLS), page.evaluate(COLUMNS_SHOWN)


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_subjects_are_readable_and_heads_go_with_their_cells(
    open_page: OpenPage, many: None, anna: User, language: str
) -> None:
    anna.language = language
    anna.save()
    page = open_page("/tickets/", width=1280)
    widths, shown = read(page)
    assert len(widths) == 6
    assert min(widths) >= READABLE
    assert len(set(shown)) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    for width in (1024, 800):  # a small laptop, and one at 160 percent
        page.set_viewport_size({"width": width, "height": 900})
        widths, shown = read(page)
        assert min(widths) >= 256
        assert len(set(shown)) == 1
    page.set_viewport_size({"width": 640, "height": 900})  # 1280 at 200 percent: a card a ticket
    assert page.evaluate("document.documentElement.scrollWidth") == 640
    assert min(read(page)[0]) >= READABLE


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_addresses_are_readable_on_the_recipients_page(
    open_page: OpenPage, many: None, anna: User, language: str
) -> None:
    anna.language = language
    anna.save()
    Recipient.objects.known("a-long-name.of-somebody@a-long-domain.example", "Somebody with a long name")
    Recipient.objects.known("press@acme.example", "Press")
    Recipient.objects.filter(address__startswith="a-long").update(banned=True)
    Recipient.objects.filter(address="press@acme.example").update(shared=True)
    page = open_page("/recipients/", width=1280)
    widths, shown = read(page)
    assert widths
    assert min(widths) >= READABLE
    assert len(set(shown)) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
