"""Can people use the look: with a keyboard alone, on a phone, in the dark, with and without scripts?"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations, violations_in_any_light
from helpdesk.tests.browser.windows import windows
from helpdesk.tests.loop import wait_for
from helpdesk.tests.ui import look_urls

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("helpdesk.tests.ui.look_urls"),
]

GUIDE = "/styleguide/"


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Any]:
    """Opens an address in a window of its own; afterwards no page may have complained on its console."""
    with windows(browser, live_server.url, complaint) as opened:
        yield opened


def complaint(message: ConsoleMessage) -> list[str]:
    return [message.text] if message.type == "error" and "favicon" not in message.location["url"] else []


@pytest.mark.parametrize("path", [GUIDE, "/accounts/login/"])
@pytest.mark.parametrize("width", [1440, 720, 360])
def test_every_part_of_the_look_is_accessible(open_page: Any, path: str, width: int) -> None:
    page = open_page(path, width, reduced_motion="reduce")
    assert violations_in_any_light(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("dialog", ["palette", "shortcuts", "example-dialog"])
def test_every_dialog_is_accessible(open_page: Any, dialog: str) -> None:
    page = open_page(GUIDE, reduced_motion="reduce")
    page.evaluate(
        """id => new Promise((filled) => {
            const dialog = document.getElementById(id);
            dialog.addEventListener("toggle", filled, { once: true });
            dialog.showModal();
        })""",
        dialog,
    )
    assert violations(page) == []


def test_the_keyboard_walks_through_a_table(open_page: Any) -> None:
    page = open_page(GUIDE)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(page.locator("tr.is-current")).to_contain_text("Cannot sign in")
    page.keyboard.press("x")
    expect(page.locator(".bulk-bar")).to_be_visible()
    expect(page.locator("[data-bulk-count]")).to_have_text("1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(page.url.split("#")[0] + "#2")


def test_the_head_box_chooses_every_row_of_the_page(open_page: Any) -> None:
    page = open_page(GUIDE)
    expect(page.locator(".bulk-bar")).to_be_hidden()
    page.get_by_label("Select all rows of this page").check()
    expect(page.locator("[data-bulk-count]")).to_have_text("6")
    page.locator("[form=bulk]").first.uncheck()
    expect(page.get_by_label("Select all rows of this page")).to_be_checked(indeterminate=True)


def test_sorting_changes_the_table_and_the_address(open_page: Any) -> None:
    page = open_page(GUIDE)
    page.get_by_role("link", name="Subject").click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Subject")
    expect(page).to_have_url(re.compile("sort=subject"))
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".pagination [aria-current]")).to_have_text("2")
    expect(page).to_have_url(re.compile("page=2"))
    page.reload()
    expect(page.locator(".pagination [aria-current]")).to_have_text("2")


def test_letters_lead_to_pages_and_the_help(open_page: Any) -> None:
    page = open_page(GUIDE)
    stop_the_clock(page)
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    expect(page.locator("#shortcuts")).to_contain_text("Pair")  # a shortcut of this page alone
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_label("Search tickets")).to_be_focused()
    page.keyboard.type("gj")  # while one types, letters are letters
    expect(page.get_by_label("Search tickets")).to_have_value("gj")
    page = open_page(GUIDE)
    stop_the_clock(page)
    page.keyboard.type("gr")
    page.wait_for_url("**/recipients/")


def stop_the_clock(page: Page) -> None:
    """No filter bar submits what was typed, and two letters are typed in no time, however long that takes."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)


def test_letters_can_be_switched_off(open_page: Any) -> None:
    page = open_page(GUIDE)
    page.keyboard.press("?")
    page.get_by_label("Single-letter shortcuts are on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_label("Single-letter shortcuts are on")).not_to_be_checked()
    page.keyboard.press("j")
    expect(page.locator("tr.is-current")).to_have_count(0)


def test_the_palette_finds_a_page_by_some_of_its_letters(open_page: Any) -> None:
    page = open_page(GUIDE)
    page.keyboard.press("Control+k")
    page.keyboard.type("rcpt")
    expect(page.locator("#palette [aria-selected=true]")).to_have_text("Recipients")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recipients/")


def test_one_escape_closes_the_palette_whatever_was_typed(open_page: Any) -> None:
    page = open_page(GUIDE)
    page.keyboard.press("Control+k")
    page.keyboard.type("rcpt")
    expect(page.locator("#palette [aria-selected=true]")).to_have_text("Recipients")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).not_to_be_visible()


def test_the_palette_searches_tickets_for_any_words(open_page: Any) -> None:
    page = open_page(GUIDE)
    page.keyboard.press("Control+k")
    page.keyboard.type("blue & green")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/?text=blue%20%26%20green")


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(open_page: Any) -> None:
    page = open_page("/composer/")
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to the content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_the_theme_stays_as_chosen(open_page: Any) -> None:
    page = open_page(GUIDE, color_scheme="light")
    toggle = page.locator("[data-theme-toggle]")
    expect(toggle).to_have_text("Theme: system", use_inner_text=True)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    toggle.click()
    expect(toggle).to_have_text("Theme: light", use_inner_text=True)
    toggle.click()
    expect(toggle).to_have_text("Theme: dark", use_inner_text=True)
    wait_for_cookie(page, "theme", "dark")
    page.reload()
    expect(toggle).to_have_text("Theme: dark", use_inner_text=True)
    expect(page.locator("body")).not_to_have_css("background-color", light)
    toggle.click()
    wait_for_cookie(page, "theme", None)
    page.reload()
    expect(toggle).to_have_text("Theme: system", use_inner_text=True)
    expect(page.locator("body")).to_have_css("background-color", light)


def wait_for_cookie(page: Page, name: str, value: str | None) -> None:
    """Until the browser would send it: a script's cookie is on its way to there, and a reload can overtake it."""

    def is_kept() -> bool:
        return {each["name"]: each["value"] for each in page.context.cookies()}.get(name) == value

    wait_for(is_kept, f"the cookie {name}={value}")


def test_the_navigation_is_a_drawer_on_a_phone(open_page: Any) -> None:
    page = open_page(GUIDE, 360)
    expect(page.get_by_role("link", name="Recipients")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Recipients")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Recipients")).to_be_hidden()
    expect(page.get_by_role("button", name="Menu")).to_be_focused()


def test_everything_is_there_without_scripts(open_page: Any) -> None:
    page = open_page(GUIDE, java_script_enabled=False)
    expect(page.get_by_role("button", name="Filter")).to_be_visible()
    expect(page.locator("[data-theme-toggle]")).to_be_hidden()
    page.get_by_label("More actions").click()
    expect(page.get_by_role("button", name="Ban requester")).to_be_visible()
    page.locator("[form=bulk]").first.check()
    expect(page.locator(".bulk-bar")).to_be_visible()
    page.get_by_role("radio", name="Note").check()
    expect(page.get_by_role("button", name="Add note")).to_be_visible()
    expect(page.locator(".composer .reply-only").first).to_be_hidden()


def test_a_message_can_be_undone_from_its_toast(open_page: Any) -> None:
    look_urls.POSTED.clear()
    page = open_page("/ban/")
    expect(page.locator("[data-toast]")).to_contain_text("The address is banned.")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**/unban/")
    assert [post["path"] for post in look_urls.POSTED] == ["/unban/"]


def test_a_toast_goes_by_itself_and_an_error_stays(open_page: Any) -> None:
    page = open_page(GUIDE)
    stop_the_clock(page)
    for level in ("success", "error"):
        page.evaluate(
            "level => document.dispatchEvent(new CustomEvent('toast', {detail: {text: level, level}}))", level
        )
    expect(page.locator("[data-toast]")).to_have_count(2)
    page.clock.fast_forward(9000)
    expect(page.locator("[data-toast]")).to_have_count(1)
    expect(page.locator("[data-toast]")).to_contain_text("error")
    page.locator("[data-toast]").get_by_label("Close").click()
    expect(page.locator("[data-toast]")).to_have_count(0)


def test_times_grow_older_while_the_page_is_open(open_page: Any) -> None:
    page = open_page("about:blank")
    page.clock.install(time=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5))  # the server writes the times after it
    page.goto(GUIDE)
    time = page.locator("#conversation time").first
    expect(time).to_have_text("3 hours ago")
    page.clock.fast_forward("01:00:00")
    expect(time).to_have_text("4 hours ago")


def test_the_composer_keeps_a_draft_and_sends_with_the_keyboard(open_page: Any) -> None:
    look_urls.POSTED.clear()
    page = open_page("/composer/")
    page.get_by_label("Message").fill("Dear Carla")
    expect(page.get_by_role("status")).to_contain_text("Draft saved")
    page.get_by_label("Files").set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"a" * 2048}])
    page.get_by_label("Files").set_input_files([{"name": "b.txt", "mimeType": "text/plain", "buffer": b"b"}])
    expect(page.get_by_role("button", name="Remove a.txt")).to_contain_text("2 kB")
    page.get_by_role("button", name="Remove b.txt").click()
    expect(page.get_by_role("button", name="Remove b.txt")).to_have_count(0)
    page.get_by_label("Message").press("Control+Enter")
    page.wait_for_url("**/sent/")
    draft, sent = look_urls.POSTED
    assert (draft["path"], draft["text"], draft["files"]) == ("/draft/", "Dear Carla", "0")
    assert (sent["path"], sent["text"], sent["files"], sent["then"]) == ("/sent/", "Dear Carla", "1", "send")


def test_a_message_is_sent_after_its_draft_is_saved(open_page: Any) -> None:
    look_urls.POSTED.clear()
    page = open_page("/composer/")
    held: list[Route] = []
    page.route("**/draft/", lambda route: held.append(route))
    with page.expect_request("**/draft/"):
        page.get_by_label("Message").fill("Dear Carla")
    page.get_by_label("Message").press("Control+Enter")
    page.get_by_label("Message").press("Control+Enter")  # sent once all the same
    held.pop().continue_()
    page.wait_for_url("**/sent/")
    assert [post["path"] for post in look_urls.POSTED] == ["/draft/", "/sent/"]


def test_files_may_be_dropped_anywhere_on_the_page_of_a_composer(open_page: Any) -> None:
    page = open_page("/composer/")
    page.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["x"], "dropped.pdf"));
            const drop = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer });
            document.querySelector("h1").dispatchEvent(drop);
        }"""
    )
    expect(page.get_by_role("button", name="Remove dropped.pdf")).to_be_visible()
    assert page.get_by_label("Files").evaluate("input => input.files.length") == 1


def test_leaving_with_typed_changes_asks_first(open_page: Any) -> None:
    page = open_page("/composer/")
    page.get_by_label("Name").fill("Acme")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Away").click()
    page.wait_for_url(f"**{GUIDE}")
    assert asked == ["beforeunload"]


def test_who_leaves_a_text_that_is_kept_is_not_asked(open_page: Any) -> None:
    page = open_page("/composer/")
    page.get_by_label("Message").click()
    page.keyboard.insert_text("Dear Carla")  # at once: nothing comes after what is kept
    expect(page.get_by_role("status")).to_contain_text("Draft saved")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Away").click()
    page.wait_for_url(f"**{GUIDE}")
    assert asked == []


def test_a_mail_in_its_frame_is_as_high_as_it_needs(open_page: Any) -> None:
    page = open_page("/framed/")
    page.wait_for_function(
        """() => {
            const frame = document.querySelector(".mail-frame");
            const mail = frame.contentDocument.documentElement;
            return frame.clientHeight > 1000 && mail.scrollHeight <= frame.clientHeight;
        }"""
    )


def test_a_wrong_form_takes_the_focus_to_its_summary(open_page: Any) -> None:
    page = open_page(GUIDE)
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="Queue").click()
    expect(page.locator("#id_queue")).to_be_focused()


def test_on_paper_there_is_the_table_alone_with_exact_times(open_page: Any) -> None:
    page = open_page(GUIDE, 800)
    page.emulate_media(media="print")
    expect(page.locator(".table").first).to_be_visible()
    for screen_only in (".sidebar", ".topbar", ".filter-bar", ".pagination ul", ".composer", ".menu"):
        expect(page.locator(screen_only).first).to_be_hidden()
    shown = "getComputedStyle(document.querySelector('td time'), '::after').content"
    assert page.locator("td time").first.get_attribute("title") in page.evaluate(shown)
