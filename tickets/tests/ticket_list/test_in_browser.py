"""Can the list be read on a laptop? The subject gives way last, in every language and at every width."""

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from recipients.models import Customer, Recipient, User
from tickets.models import Priority, Queue, Tag
from tickets.tests.conftest import MakeComment, MakeTicket, OpenPage

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: CSS pixels: 20 rem.
READABLE = 320
WIDTH_OF_MAIN_CELLS = "[...document.querySelectorAll('td.fill')].map((cell) => cell.getBoundingClientRect().width)"
#: For each row the words of the columns that it shows: those of its own cells, and of the heads where a cell has none.
COLUMNS_SHOWN = """[...document.querySelectorAll("thead tr, tbody tr")].map((row) =>
    [...row.children].filter((cell) => cell.offsetParent).map((cell) => {
      const head = row.closest("table").tHead.rows[0].cells[cell.cellIndex];
      return head.dataset.col && (cell.dataset.label ?? head.textContent.trim());
    }).join())"""


@pytest.fixture
def many(make_ticket: MakeTicket, make_comment: MakeComment, acme: Customer, anna: User) -> None:
    """Tickets that differ in every column and wear every badge."""
    billing = Queue.objects.create(name="Billing and contracts")
    anna.queues.add(billing)
    for number in range(6):
        fields = {"queue": billing, "assignee": anna, "priority": Priority.HIGH} if number % 2 else {"customer": acme}
        fields["due_at"] = timezone.now() + dt.timedelta(hours=23 * number)
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
        assert width < 1000 or page.evaluate("document.documentElement.scrollWidth") == width
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


def rows(page: "Page") -> None:
    """Waits for the list and its scripts: a key that is pressed before them is lost."""
    expect(page.locator("tr[data-row]").first).to_be_visible()
    page.wait_for_load_state()


def test_the_keys_of_a_ticket_work_on_a_selection(open_page: OpenPage, make_ticket: MakeTicket, anna: User) -> None:
    make_ticket("One")
    make_ticket("Two")
    page = open_page("/tickets/?sort=number")
    rows(page)
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    page.keyboard.press("t")
    expect(page.get_by_text("2 tickets: Assignee: Anna Berg")).to_be_visible()
    rows(page)
    page.get_by_label("Select all rows of this page").check()
    page.keyboard.press("p")
    expect(page.get_by_label("Set priority")).to_be_focused()
    page.get_by_label("Set priority").select_option("High")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 tickets: Priority: High")).to_be_visible()
    rows(page)
    page.get_by_label("Select all rows of this page").check()
    page.keyboard.press("l")
    page.keyboard.type("vip")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 tickets: Tags: +vip")).to_be_visible()
    rows(page)
    page.get_by_label("Select all rows of this page").check()
    page.keyboard.press("e")
    expect(page.get_by_text("2 tickets: Status: Solved")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    expect(page.locator("tr[data-row]")).to_have_count(2)


def test_all_that_match_are_offered_once_the_whole_page_is_selected(
    open_page: OpenPage, make_ticket: MakeTicket
) -> None:
    for number in range(51):
        make_ticket(f"Spam {number}")
    page = open_page("/tickets/")
    rows(page)
    page.locator("[form=bulk]").first.check()
    every = page.get_by_label("All that match, on every page")
    expect(every).to_be_hidden()
    page.get_by_label("Select all rows of this page").check()
    every.check()
    expect(page.locator("[data-bulk-count]")).to_have_text("50+")
    page.locator("[form=bulk]").first.uncheck()
    expect(every).to_be_hidden()
    page.locator("[form=bulk]").first.check()
    expect(every).not_to_be_checked()
    every.check()
    page.keyboard.press("e")
    expect(page.get_by_text("51 tickets: Status: Solved")).to_be_visible()


def test_enter_after_a_number_opens_the_ticket(open_page: OpenPage, make_ticket: MakeTicket) -> None:
    ticket = make_ticket("The one")
    make_ticket(f"Order {ticket.number} and others")
    page = open_page("/tickets/")
    rows(page)
    page.keyboard.press("/")
    page.keyboard.type(f"#{ticket.number}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The one")


def test_the_palette_leads_to_tickets_customers_views_and_fields(
    open_page: OpenPage, make_ticket: MakeTicket, acme: Customer
) -> None:
    ticket = make_ticket("Grinder", customer=acme)
    page = open_page("/tickets/")
    rows(page)
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type(f"{ticket.number}")
    page.keyboard.press("Enter")  # at once: it waits for what the server finds
    expect(page.get_by_role("heading", level=1)).to_have_text("Grinder")
    page.wait_for_load_state()
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("priority")
    expect(page.locator("#palette [aria-selected=true]")).to_have_text("Priority")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Priority", exact=True)).to_be_focused()
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("acme")
    expect(page.locator("#palette [aria-selected=true]")).to_contain_text("Grinder")  # before "Change customer"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme GmbH")
    page.wait_for_load_state()
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("unassigned")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Unassigned")


def test_what_a_page_says_once_somebody_wants_it(open_page: OpenPage, make_ticket: MakeTicket) -> None:
    Tag.objects.create(name="urgent-parts")
    make_ticket("One")
    page = open_page("/tickets/")
    expect(page.locator("#tickets time").first).to_have_attribute("title", re.compile(r"20\d\d.*\d:\d\d"))
    page.keyboard.press("/")
    expect(page.locator("#operators option[value='is:open']")).to_have_count(1)
    page.locator("[form=bulk]").first.check()
    page.get_by_label("Add tags").focus()
    expect(page.locator("#all-tags option[value='urgent-parts']")).to_have_count(1)
    expect(page.get_by_role("row")).to_have_count(2)
    page.locator(".row-link").click()
    page.get_by_label("Tags", exact=True).focus()
    expect(page.locator("#all-tags option[value='urgent-parts']")).to_have_count(1)
