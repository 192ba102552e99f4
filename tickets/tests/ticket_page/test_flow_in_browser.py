"""From ticket to ticket: after sending, by keys, and back to the list and the row that one came from."""

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from recipients.models import Customer, User
from tickets.models import Event, Ticket
from tickets.tests.conftest import MakeComment, MakeTicket, OpenPage
from tickets.tests.mails import sent
from tickets.tests.ticket_page.test_in_browser import editor

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def three(make_ticket: MakeTicket, make_comment: MakeComment, carla: Customer) -> list[Ticket]:
    """Three unassigned tickets, as the list shows them from the top."""
    now = timezone.now()
    made = []
    for number in range(3):
        ticket = make_ticket(f"Question {number}", customer=carla, updated_at=now - dt.timedelta(hours=number))
        make_comment(ticket, "How does it work?")
        made.append(ticket)
    return made


def open_first(page: "Page") -> None:
    page.get_by_role("link", name="Question 0").click()
    heading(page, "Question 0")


def heading(page: "Page", text: str) -> None:
    """Waits for the page with this heading, and for its scripts: a key that is pressed before them is lost."""
    expect(page.get_by_role("heading", level=1)).to_have_text(text)
    page.wait_for_load_state()


def test_after_an_answer_the_next_ticket_of_the_list_is_there(open_page: OpenPage, three: list[Ticket]) -> None:
    page = open_page("/tickets/?view=unassigned")
    open_first(page)
    editor(page).fill("Like this.")
    page.keyboard.press("ControlOrMeta+Shift+Enter")  # send and solve
    heading(page, "Question 1")
    expect(page.get_by_text("The message is on its way.")).to_be_visible()
    three[0].refresh_from_db()
    assert three[0].status == "solved"


@pytest.mark.parametrize(("setting", "leads_to"), [("list", r"view=unassigned"), ("stay", r"/tickets/\d+/\?message=")])
def test_each_agent_chooses_where_sending_leads(
    open_page: OpenPage, three: list[Ticket], anna: User, setting: str, leads_to: str
) -> None:
    anna.after_sending = setting
    anna.save()
    page = open_page("/tickets/?view=unassigned")
    open_first(page)
    editor(page).fill("Like this.")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page).to_have_url(re.compile(leads_to))


def test_a_note_joins_the_page_and_nothing_typed_meanwhile_is_lost(open_page: OpenPage, ticket: Ticket) -> None:
    """The composer is empty and works as the first did, keys work, and the note is in focus, after two of them, too."""
    page = open_page(f"/tickets/{ticket.number}/")
    page.evaluate("window.same = true")
    focused = page.locator(":focus")
    for words in ("Careful.", "More of it."):
        expect(editor(page)).to_be_visible()
        page.keyboard.press("n")
        page.keyboard.type(words)
        page.keyboard.press("ControlOrMeta+Enter")
        expect(focused).to_contain_text(words)
        expect(focused).to_have_attribute("id", re.compile(r"message-\d+"))
    expect(page).to_have_url(re.compile(r"\?message=\d+#message-\d+$"))
    expect(page.get_by_text("The note was added.").first).to_be_visible()
    expect(page.locator("#messages article")).to_have_count(3)
    expect(page.locator("#composer")).to_have_count(1)
    expect(editor(page)).to_have_text("")
    expect(page.get_by_role("radio", name="Reply")).to_be_checked()
    assert page.evaluate("window.same")
    page.keyboard.press("n")
    page.keyboard.type("First.")
    with page.expect_request("**/send/"):
        page.evaluate(  # a letter comes while the note is on its way
            """() => {
              document.querySelector("#composer button.note-only[data-send]").click();
              document.querySelector("#composer textarea").dispatchEvent(new Event("input", { bubbles: true }));
            }"""
        )
    expect(page.locator("#messages article")).to_have_count(4)
    expect(editor(page)).to_have_text("First.")  # the page came anew, with what was typed as its draft
    assert not page.evaluate("window.same")


def test_the_first_message_of_a_ticket_takes_the_place_of_none(open_page: OpenPage, make_ticket: MakeTicket) -> None:
    page = open_page(f"/tickets/{make_ticket().number}/")
    expect(page.get_by_text("No message yet")).to_be_visible()
    expect(editor(page)).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("Careful.")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator(":focus")).to_contain_text("Careful.")
    expect(page.get_by_text("No message yet")).to_have_count(0)


def test_keys_lead_to_the_neighbours_and_back_to_the_row(open_page: OpenPage, three: list[Ticket]) -> None:
    page = open_page("/tickets/?view=unassigned&sort=-updated_at")
    open_first(page)
    expect(page.get_by_role("link", name="Previous ticket")).to_be_hidden()
    page.keyboard.press("]")
    heading(page, "Question 1")
    page.keyboard.press("]")
    heading(page, "Question 2")
    page.keyboard.press("[")
    heading(page, "Question 1")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"\?view=unassigned&sort=-updated_at$"))
    expect(page.locator("tr.is-current")).to_contain_text("Question 1")


def test_one_key_solves_and_goes_on(open_page: OpenPage, three: list[Ticket]) -> None:
    page = open_page("/tickets/?view=unassigned")
    open_first(page)
    page.keyboard.press("e")
    heading(page, "Question 1")
    page.keyboard.press("w")
    heading(page, "Question 2")
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(r"\?view=unassigned$"))
    assert [Ticket.objects.get(pk=each.pk).status for each in three] == ["solved", "waiting", "solved"]


@pytest.mark.parametrize(("key", "name"), [("a", "Assignee"), ("p", "Priority"), ("v", "Queue"), ("l", "Tags")])
def test_a_key_leads_to_each_property(open_page: OpenPage, ticket: Ticket, key: str, name: str) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    expect(editor(page)).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts [data-of-page]", has=page.get_by_text(key, exact=True))).to_have_text(name + key)
    page.keyboard.press("Escape")
    page.keyboard.press(key)
    expect(page.get_by_label(name, exact=True)).to_be_focused()


def test_a_day_by_keyboard_alone(open_page: OpenPage, three: list[Ticket], anna: User) -> None:
    """Each key does its work and gives the letters back: no field keeps them, and the focus is never lost."""
    page = open_page("/tickets/?view=all")
    press = page.keyboard.press
    focused = page.locator(":focus")
    for key in ("j", "j", "Enter"):
        press(key)
    heading(page, "Question 1")
    changes: list[str] = []
    page.on("request", lambda request: request.url.endswith("/properties/") and changes.append(request.url))
    press("t")
    expect(page.get_by_text("Assignee: Anna Berg")).to_be_visible()
    steps = (("p", "High", "Priority: High"), ("l", "vip", "Tags: vip"), ("l", "new", "Tags: vip, new"))
    for key, words, said in steps:
        press(key)
        page.keyboard.type(words, delay=60)
        press("Enter")
        expect(page.get_by_text(said, exact=True)).to_be_visible()
        expect(focused).to_have_attribute("id", "content")
    assert len(changes) == 4  # none for a letter on the way
    for key, label in (("m", "Merge into #"), ("z", "Tomorrow"), ("c", "Name, number or address")):
        press(key)
        expect(page.get_by_role("dialog").get_by_label(label).first).to_be_focused()
        press("Escape")
        expect(focused).to_have_attribute("id", "content")
    press("r")
    page.keyboard.type("Like this.")
    press("Escape")  # a letter is a key again
    press("]")
    heading(page, "Question 2")
    press("[")
    heading(page, "Question 1")
    expect(editor(page)).to_have_text("Like this.")  # nobody was asked, and nothing lost
    press("r")
    press("ControlOrMeta+Shift+Enter")
    heading(page, "Question 2")
    press("u")
    expect(focused).to_have_text("Question 2")
    for key in ("x", "k", "x", "p"):
        press(key)
    press("Escape")
    expect(focused).to_have_text("Question 0")
    press("e")
    expect(page.get_by_text("2 tickets: Status: Solved")).to_be_visible()
    expect(page.locator("tr.is-current .row-link")).to_be_focused()


def test_a_page_of_elsewhere_is_nowhere_to_go_after_sending(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    page.evaluate("document.querySelector('#composer [name=go]').value = 'https://evil.example/tickets/'")
    editor(page).fill("Like this.")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page).to_have_url(re.compile(rf"/tickets/{ticket.number}/\?message="))


@pytest.fixture
def long_talk(make_ticket: MakeTicket, make_comment: MakeComment, carla: Customer, anna: User) -> Ticket:
    """Forty messages, the last three of them after the last answer."""
    ticket = make_ticket("A long story", customer=carla)
    start = timezone.now() - dt.timedelta(days=3)
    for number in range(40):
        kind, agent = ("agent", anna) if number % 2 and number < 37 else ("customer", None)
        text = f"Message {number}\n" * 12
        make_comment(ticket, text, kind, agent=agent, created_at=start + dt.timedelta(hours=number))
        Event.objects.create(ticket=ticket, kind=Event.Kind.PRIORITY, agent=anna, at=start + dt.timedelta(hours=number))
    return ticket


@pytest.mark.parametrize("width", [1440, 390])
def test_a_long_ticket_opens_where_reading_goes_on(open_page: OpenPage, long_talk: Ticket, width: int) -> None:
    page = open_page(f"/tickets/{long_talk.number}/", width=width)
    expect(page.get_by_text("Message 36").first).to_be_in_viewport()
    first = page.locator(".message").first
    expect(first.locator(".message-line")).to_contain_text("Message 20")
    expect(first.locator(".message-body")).to_be_hidden()
    if width > 900:  # the heading stays, with what one wants to know wherever one is
        expect(page.locator("#ticket-state")).to_be_in_viewport()
        expect(page.get_by_label("Assignee")).to_be_in_viewport()
    page.get_by_role("link", name="Reply", exact=True).click()
    expect(page.locator("#composer")).to_be_in_viewport()
    expect(page.locator("[data-jump]")).to_be_hidden()


def test_an_address_of_a_folded_message_opens_it(open_page: OpenPage, long_talk: Ticket) -> None:
    folded = long_talk.comments.order_by("created_at")[22]
    page = open_page(f"/tickets/{long_talk.number}/#message-{folded.pk}")
    expect(page.locator(f"#message-{folded.pk} .message-body")).to_be_visible()
    expect(page.locator(f"#message-{folded.pk}")).to_be_in_viewport()
    expect(page.locator(".message").first.locator(".message-body")).to_be_hidden()


def test_earlier_messages_come_when_one_scrolls_up_or_names_one(open_page: OpenPage, long_talk: Ticket) -> None:
    third = long_talk.comments.order_by("created_at")[2]
    page = open_page(f"/tickets/{long_talk.number}/")
    expect(page.locator(".message")).to_have_count(20)
    page.mouse.move(400, 400)
    page.mouse.wheel(0, -3000)
    expect(page.locator(".message")).to_have_count(40)
    expect(page.locator("#earlier")).to_have_count(0)
    page = open_page(f"/tickets/{long_talk.number}/#message-{third.pk}")
    expect(page).to_have_url(re.compile(rf"\?message={third.pk}#message-{third.pk}$"))
    expect(page.locator(f"#message-{third.pk}")).to_be_in_viewport()


def test_a_search_from_a_view_finds_everything_and_what_it_finds_is_forwarded_by_keys(
    open_page: OpenPage, three: list[Ticket], make_comment: MakeComment
) -> None:
    make_comment(three[0], "The hopper is jammed")
    page = open_page("/tickets/?view=mine")
    page.keyboard.press("/")
    page.keyboard.type("hopper")
    expect(page.locator("mark")).to_have_text("hopper")
    expect(page.locator("#list-heading")).to_have_text("Search")
    expect(page.get_by_role("link", name="Only in “Mine”")).to_be_visible()
    open_first(page)
    page.keyboard.press("f")
    expect(page.locator("#composer-to")).to_be_focused()
    expect(editor(page)).to_contain_text("The hopper is jammed")
    page.keyboard.type("olaf@supplier.example")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text("The message is on its way.")).to_be_visible()
    assert sent(three[0], "new_message") == ["olaf@supplier.example"]


def test_a_colleague_is_offered_by_an_at_sign_in_a_note_alone(
    open_page: OpenPage, three: list[Ticket], ada: User
) -> None:
    page = open_page(f"/tickets/{three[0].number}/")
    page.keyboard.press("n")
    expect(editor(page)).to_be_focused()
    page.keyboard.type(f"Ask @{ada.first_name[:2].lower()}")
    expect(page.get_by_role("listbox").get_by_role("option", name=str(ada))).to_be_visible()
    page.keyboard.press("Enter")
    expect(editor(page)).to_contain_text(f"Ask @{ada}")
    page.keyboard.type("about it")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text("The note was added.")).to_be_visible()
    assert sent(three[0], "mention") == [ada.email]
