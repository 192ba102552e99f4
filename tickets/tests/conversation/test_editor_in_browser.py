"""Does the draft follow the editor, whatever changes its text? Keys are one way of many."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tickets.models import Draft, Ticket
from tickets.tests.conftest import OpenPage
from tickets.tests.ticket_page.test_in_browser import editor

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: What a browser does with the clipboard or the mouse, as events that a page cannot tell from them.
PASTE = """(place) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/html", "<p>A prepared answer.</p>");
    clipboardData.setData("text/plain", "A prepared answer.");
    place.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
DROP = """(place) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData("text/html", "<p>Dragged from elsewhere.</p>");
    dataTransfer.setData("text/plain", "Dragged from elsewhere.");
    const { left, top } = place.firstElementChild.getBoundingClientRect();
    const at = { clientX: left + 5, clientY: top + 5, bubbles: true, cancelable: true };
    place.dispatchEvent(new DragEvent("drop", { dataTransfer, ...at }));
}"""


def press_button(name: str) -> Callable[["Page"], None]:
    def press(page: "Page") -> None:
        page.keyboard.press("ControlOrMeta+a")
        page.get_by_role("button", name=name, exact=True).click()

    return press


def undo_typing(page: "Page") -> None:
    page.keyboard.press("ControlOrMeta+z")


def cut(page: "Page") -> None:
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+x")


def make_link(page: "Page") -> None:
    page.keyboard.press("ControlOrMeta+a")
    page.get_by_role("button", name="Link", exact=True).click()
    page.keyboard.type("example.com/")
    page.keyboard.press("Enter")


def paste(page: "Page") -> None:
    page.keyboard.press("ControlOrMeta+a")
    editor(page).evaluate(PASTE)


def drop(page: "Page") -> None:
    editor(page).evaluate(DROP)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (paste, "<p>A prepared answer.</p>"),
        (drop, "Dragged from elsewhere."),
        (cut, ""),
        (undo_typing, ""),
        (press_button("Bold"), "<strong>Written by hand.</strong>"),
        (press_button("List"), "<li><p>Written by hand.</p></li>"),
        (make_link, 'href="https://example.com/"'),
    ],
    ids=["paste", "drop", "cut", "undo", "bold", "list", "link"],
)
def test_the_draft_follows_every_change_of_the_editor(
    open_page: OpenPage, ticket: Ticket, change: Callable[["Page"], None], kept: str
) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    with page.expect_response("**/draft/"):
        editor(page).press_sequentially("Written by hand.")
    before = Draft.objects.get().html
    with page.expect_response("**/draft/"):
        change(page)
    after = Draft.objects.values_list("html", flat=True).first() or ""
    assert after != before
    assert kept in after
    assert kept or "Written by hand." not in after


def test_a_paste_is_there_again_after_another_page(open_page: OpenPage, ticket: Ticket) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    editor(page).focus()
    with page.expect_response("**/draft/"):
        editor(page).evaluate(PASTE)
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    page.goto("/tickets/")
    page.goto(f"/tickets/{ticket.number}/")
    expect(editor(page)).to_have_text("A prepared answer.")
