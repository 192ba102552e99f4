"""Can an agent live in the two pages: find a ticket, read it, answer it, take the answer back, on any screen?"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from helpdesk.tests.browser.axe import violations, violations_in_any_light
from helpdesk.tests.browser.windows import undo
from recipients.models import Customer, Recipient, User
from tickets.conversation.replying import add_note
from tickets.models import Attachment, Comment, Draft, Ticket, TicketSettings
from tickets.tests.conftest import SPY, MakeComment, MakeTicket, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ticket(
    make_ticket: MakeTicket,
    make_comment: MakeComment,
    make_file: Callable[..., Attachment],
    carla: Customer,
    anna: User,
) -> Ticket:
    """A ticket with everything that its page can show, and all the time of the world to take an answer back."""
    TicketSettings.objects.create(pk=1, undo_seconds=3600)
    ticket = make_ticket("Invoice 2024-118", customer=carla)
    make_comment(ticket, "Thanks\n> before", reply="Where is my invoice?", quoted="> before")
    html = (
        '<p style="color:red">Hello <b>there</b></p><script>top.document.title="broken"</script>'
        f'<img data-remote-src="{SPY}" alt="Spy"><table height="900"><tr><td>tall</td></tr></table>'
        "<details><blockquote>Old text</blockquote></details>"
    )
    mail = make_comment(ticket, "Hello there", html=html)
    make_file(mail, "invoice.pdf", b"%PDF-1.4", "application/pdf")
    stranger = Recipient.objects.known("mallory@a-rather-long-domain.example", "Mallory")
    make_comment(
        ticket,
        "Pay me",
        is_held=True,
        held_reason="A stranger.",
        reply_to_address="money@evil.example",
        recipient=stranger,
    )
    make_comment(ticket, "x", kind="bounce", reply="Nobody there.", quoted="550")
    add_note(ticket, by=anna, html="<p>Careful.</p><ul><li>one</li></ul>")
    ticket.set_status("open", by=anna)
    return ticket


def editor(page: Page) -> Any:
    return page.locator(".composer [contenteditable=true]")


@pytest.mark.parametrize("width", [1440, 360])
def test_both_pages_are_accessible_on_every_screen(
    open_page: OpenPage, ticket: Ticket, make_ticket: MakeTicket, width: int
) -> None:
    before = make_ticket("Something about the invoice that was asked before, at some length")
    Ticket.objects.filter(pk=ticket.pk).update(may_follow=before)
    Recipient.objects.filter(pk=ticket.requester_id).update(banned=True)
    for path in ("/tickets/", f"/tickets/{ticket.number}/", f"/tickets/{ticket.number}/customer/?text=acme"):
        page = open_page(path, width, reduced_motion="reduce")
        if "customer" not in path and path != "/tickets/":
            expect(editor(page)).to_be_visible()
            page.get_by_text("How this was decided").click()
            for shown in ("Follow-up of #", "Turn into a ticket", "is banned"):
                expect(page.get_by_text(shown)).to_be_visible()
        assert violations_in_any_light(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == width, path


def test_a_ticket_is_opened_answered_and_the_answer_taken_back_by_keyboard_alone(
    open_page: OpenPage, ticket: Ticket
) -> None:
    page = open_page("/tickets/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.split('/tickets')[0]}/tickets/{ticket.number}/")
    expect(editor(page)).to_be_visible()
    page.keyboard.press("r")
    expect(editor(page)).to_be_focused()
    page.keyboard.type("Dear Carla, ")
    page.keyboard.press("Control+b")
    page.keyboard.type("here")
    page.keyboard.press("Control+b")
    page.keyboard.type(" it is.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The message is on its way.")).to_be_visible()
    expect(page).to_have_url(re.compile("/tickets/$"))  # no ticket comes after it; Undo leads back from anywhere
    assert "<strong>here</strong>" in Comment.objects.get(kind="agent").html
    undo(page)
    expect(page.get_by_text("The message was not sent.")).to_be_visible()
    expect(editor(page)).to_have_text("Dear Carla, here it is.")
    expect(editor(page).locator("strong")).to_have_text("here")
    assert not Comment.objects.filter(kind="agent").exists()


def test_in_a_long_conversation_what_was_sent_is_in_view(
    open_page: OpenPage, ticket: Ticket, make_comment: MakeComment
) -> None:
    for number in range(15):
        make_comment(ticket, f"Message {number}\n\n\nof many")
    page = open_page(f"/tickets/{ticket.number}/")
    for words in ("First answer", "Second answer"):
        editor(page).fill(words)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".message.from-agent").last).to_contain_text(words)
        expect(page.locator(".message.from-agent").last).to_be_in_viewport()


def test_who_writes_before_the_editor_is_there_goes_on_in_it(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page("about:blank")
    held: list[Route] = []
    page.route("**/django_prose_editor/editor.js", lambda route: held.append(route))
    with page.expect_request("**/django_prose_editor/editor.js"):
        page.goto(f"/tickets/{ticket.number}/", wait_until="domcontentloaded")
    page.keyboard.press("r")
    expect(page.locator("textarea[name=text]")).to_be_focused()
    page.keyboard.type("Dear")
    page.evaluate("window.requestAnimationFrame = () => 0")  # no letter is lost before the next picture
    held.pop().continue_()
    expect(editor(page)).to_be_focused()
    page.keyboard.type(" Carla")
    expect(editor(page)).to_have_text("Dear Carla")


def test_a_draft_keeps_itself(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    editor(page).fill("Half a thought")
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    assert "Half a thought" in Draft.objects.get().html
    page.reload()
    expect(editor(page)).to_have_text("Half a thought")


def test_nothing_is_lost_when_a_message_comes_in_while_one_is_written(
    open_page: OpenPage, ticket: Ticket, make_comment: MakeComment, tmp_path: Path
) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    editor(page).fill("Here it is.")
    (tmp_path / "invoice.txt").write_text("content")
    page.locator("input[type=file]").set_input_files(tmp_path / "invoice.txt")
    make_comment(ticket, "Forget it.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Carla Conti wrote while you were writing")
    expect(page.get_by_role("alert")).to_contain_text("Forget it.")
    expect(editor(page)).to_have_text("Here it is.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message.from-agent")).to_contain_text("invoice.txt")


def test_the_script_and_the_pictures_of_a_mail_stay_outside(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page("/tickets/")
    fetched: list[str] = []
    page.on("request", lambda request: _note(request, fetched))
    page.goto(f"/tickets/{ticket.number}/")
    frame = page.locator("iframe.mail-frame")
    frame.scroll_into_view_if_needed()
    mail = page.frame_locator("iframe.mail-frame")
    expect(mail.get_by_text("there")).to_be_visible()
    expect(mail.get_by_text("Old text")).to_be_hidden()
    mail.locator("summary").click()
    expect(mail.get_by_text("Old text")).to_be_visible()
    assert "Invoice 2024-118" in page.title()
    page.wait_for_function("document.querySelector('iframe.mail-frame').clientHeight > 900")
    assert fetched == []
    with page.expect_request(SPY):
        page.get_by_role("link", name="Show them").click()
    expect(mail.get_by_text("there")).to_be_visible()


def test_a_mail_makes_no_page_without_end(open_page: OpenPage, ticket: Ticket, make_comment: MakeComment) -> None:
    make_comment(ticket, "x", html='<div style="height:9000000px">high</div><p>The end</p>')
    page = open_page(f"/tickets/{ticket.number}/")
    page.locator("iframe.mail-frame").last.scroll_into_view_if_needed()
    page.wait_for_function("[...document.querySelectorAll('iframe.mail-frame')].at(-1).clientHeight === 20000")
    assert page.frames[-1].evaluate("document.documentElement.scrollHeight > 20000")


def _note(request: Request, fetched: list[str]) -> None:
    if request.url == SPY:
        fetched.append(request.url)


def test_the_list_narrows_while_one_types_and_keeps_the_cursor(
    open_page: OpenPage, ticket: Ticket, make_ticket: MakeTicket
) -> None:
    make_ticket("Printer on fire")
    page = open_page("/tickets/")
    page.keyboard.press("/")
    page.keyboard.type("printer", delay=30)
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("tr[data-row]")).to_contain_text("Printer on fire")
    expect(page.get_by_role("combobox", name="Search tickets")).to_be_focused()
    expect(page).to_have_url(re.compile("text=printer"))
    page.get_by_role("link", name="Search: printer").click()
    expect(page.locator("tr[data-row]")).to_have_count(2)


def test_who_presses_enter_asks_for_the_list_once(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page("/tickets/")
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.evaluate(
        "window.asked = 0;"
        "addEventListener('htmx:beforeRequest', ({ target }) => (window.asked += target.matches('form')))"
    )
    page.keyboard.press("/")
    page.keyboard.type("invoice")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("text=invoice"))
    page.clock.fast_forward(1000)
    assert page.evaluate("window.asked") == 1


def test_who_has_typed_presses_a_ticket_and_nothing_comes_under_the_mouse(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page("/tickets/")
    page.keyboard.press("/")
    page.keyboard.type("invoice")
    expect(page).to_have_url(re.compile("text=invoice"))
    page.evaluate("window.asked = 0; document.addEventListener('htmx:beforeRequest', () => (window.asked += 1))")
    page.get_by_role("link", name="Invoice 2024-118").hover()
    page.mouse.down()
    expect(page.get_by_role("combobox", name="Search tickets")).not_to_be_focused()
    assert page.evaluate("window.asked") == 0
    page.mouse.up()
    expect(page).to_have_url(re.compile(rf"/tickets/{ticket.number}/$"))


def test_what_is_selected_stays_selected_when_the_list_comes_again(
    open_page: OpenPage, ticket: Ticket, make_ticket: MakeTicket
) -> None:
    make_ticket("Printer on fire")
    page = open_page("/tickets/")
    page.locator("tr", has_text="Invoice 2024-118").locator("[form=bulk]").check()
    page.get_by_role("combobox", name="Search tickets").fill("invoice")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("[form=bulk]")).to_be_checked()
    expect(page.locator("[data-bulk-count]")).to_have_text("1")


def test_new_mail_announces_itself_and_the_list_stays(
    open_page: OpenPage, ticket: Ticket, make_ticket: MakeTicket, browser: Browser
) -> None:
    page = open_page("/tickets/")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    make_ticket("Printer on fire")
    page.evaluate("htmx.ajax('GET', document.getElementById('news').getAttribute('hx-get'), '#news')")
    expect(page.get_by_text("1 new or changed ticket. Show it.")).to_be_visible()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("#views [aria-current] .count")).to_have_text("2")
    page.get_by_text("1 new or changed ticket. Show it.").click()
    expect(page.locator("tr[data-row]")).to_have_count(2)


def test_columns_and_selected_tickets_are_changed_in_place(
    open_page: OpenPage, ticket: Ticket, make_ticket: MakeTicket, anna: User
) -> None:
    make_ticket("Printer on fire")
    page = open_page("/tickets/")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Tags").check()
    expect(page.get_by_role("columnheader", name="Tags")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Select all rows of this page").check()
    page.get_by_label("Assign to").select_option("Me")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("2 tickets: Assignee: Anna Berg")).to_be_visible()
    assert Ticket.objects.filter(assignee=anna).count() == 2


def test_the_right_side_changes_without_touching_what_is_typed(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    editor(page).fill("Half a thought")
    page.get_by_label("Status").focus()
    page.get_by_label("Status").select_option("Waiting")  # it counts as soon as it is chosen
    expect(page.locator("#ticket-state")).to_contain_text("Waiting")
    expect(page.get_by_text("Status: Waiting")).to_be_visible()
    expect(page.get_by_label("Status")).to_be_focused()
    page.get_by_label("Tags").fill("vip")
    page.get_by_label("Tags").press("Enter")
    expect(page.get_by_text("Tags: vip")).to_be_visible()
    expect(editor(page)).to_have_text("Half a thought")


def test_the_customer_is_changed_in_a_dialog(open_page: OpenPage, ticket: Ticket, acme: Customer) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    page.get_by_text("Sender and customer").click()
    page.get_by_role("link", name="Change customer").last.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("acme")
    dialog.get_by_role("listitem").filter(has_text="Acme GmbH").get_by_role("button", name="Choose").first.click()
    expect(page.get_by_text("Acme GmbH, because an agent chose it.")).to_be_visible()


def test_two_clicks_open_one_dialog_and_what_is_typed_there_stays(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    held: list[Route] = []
    page.get_by_text("Sender and customer").click()
    page.route("**/customer/", lambda route: held.append(route))
    for _click in range(2):
        with page.expect_request("**/customer/"):
            page.get_by_role("link", name="Change customer").last.click()
    search = page.get_by_role("dialog").get_by_role("searchbox")
    expect(search).to_have_count(0)
    first, second = held
    second.continue_()
    search.press_sequentially("no")
    with page.expect_event("requestfinished", lambda request: request == first.request):
        first.continue_()
    search.press_sequentially("body")
    expect(search).to_have_value("nobody")


def test_a_dialog_begins_where_one_goes_on(open_page: OpenPage, ticket: Ticket, make_ticket: MakeTicket) -> None:
    survivor = make_ticket("The same printer")
    page = open_page(f"/tickets/{ticket.number}/")
    expect(editor(page)).to_be_visible()
    page.keyboard.press("h")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("#modal-body")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_text("Sender and customer").click()
    page.get_by_role("link", name="Ban requester").click()
    expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    page.keyboard.press("m")
    expect(dialog.get_by_label("Merge into #")).to_be_focused()
    page.keyboard.type(str(survivor.number))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The same printer")


def test_why_a_message_was_not_sent_is_brought_into_sight(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    page.set_viewport_size({"width": 1440, "height": 420})
    editor(page).fill("Half a thought\n" * 30)
    page.locator("#composer-cc").fill("nobody")
    editor(page).click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text("This is not an email address: “nobody”.")).to_be_in_viewport()


def test_everything_works_without_scripts(
    open_page: OpenPage, ticket: Ticket, make_ticket: MakeTicket, anna: User
) -> None:
    page = open_page("/tickets/", java_script_enabled=False)
    page.get_by_label("Search tickets", exact=True).first.fill("invoice")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("text=invoice"))
    page.locator("[form=bulk]").first.check()
    page.get_by_label("Assign to").select_option("Me")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text(f"#{ticket.number}: Assignee: Anna Berg")).to_be_visible()
    page.get_by_role("link", name="Invoice 2024-118").click()
    page.locator("textarea[name=text]").fill("Dear Carla,\n\nhere it is.")
    page.get_by_role("button", name="Send as solved").click()
    expect(page.locator(".message.from-agent")).to_contain_text("here it is.")
    expect(page.locator("#ticket-state")).to_contain_text("Solved")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("textarea[name=text]")).to_have_value("Dear Carla,\n\nhere it is.")


def test_one_click_answers_where_a_message_wants_its_answers(
    open_page: OpenPage, ticket: Ticket, make_comment: MakeComment
) -> None:
    make_comment(
        ticket, "By a form.", reply_to_address="olaf@brandt.example", cc=[{"name": "Tom", "address": "t@x.de"}]
    )
    page = open_page(f"/tickets/{ticket.number}/")
    to, warning = page.get_by_role("textbox", name="To", exact=True), page.locator("#elsewhere")
    expect(editor(page)).to_be_visible()
    expect(warning).to_be_hidden()
    page.get_by_role("link", name="Reply there").last.click()
    expect(to).to_have_value("olaf@brandt.example")
    expect(warning).to_be_visible()
    expect(to).to_be_in_viewport()
    page.get_by_role("button", name="Bcc").click()
    page.keyboard.type("boss@acme.example, to")
    expect(page.get_by_role("option", name="Tom t@x.de")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Bcc")).to_have_value("boss@acme.example, t@x.de")
    assert violations(page) == []


#: What is too small for a thumb, by its name.
SMALL = """() => [...document.querySelectorAll("main :is(button, summary, select)")]
    .filter((each) => each.checkVisibility() && !each.closest(".visually-hidden, .menu-panel"))
    .filter((each) => each.getBoundingClientRect().height < 40)
    .map((each) => each.getAttribute("aria-label") || each.textContent.trim() || each.name)"""


def test_a_thumb_meets_what_it_means_and_the_first_ticket_is_near(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page("/tickets/?view=all", 390)
    assert page.evaluate(SMALL) == []
    assert page.locator("tr[data-row]").first.evaluate("(row) => row.getBoundingClientRect().top") < 300
    page.goto(f"/tickets/{ticket.number}/")
    expect(editor(page)).to_be_visible()
    assert page.evaluate(SMALL) == []


def test_on_paper_stand_the_conversation_and_facts_and_tables_stay_tables(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page(f"/tickets/{ticket.number}/", 680)  # as wide as A4 between its margins
    expect(editor(page)).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".message").first).to_be_visible()
    expect(page.get_by_label("Status")).to_have_css("border-top-width", "0px")
    for left_out in (".answer", ".screen-only", ".sidebar"):
        expect(page.locator(left_out).first).to_be_hidden()
    page.goto("/tickets/?view=all")
    expect(page.locator("tr[data-row]").first).to_have_css("display", "table-row")
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
