"""Is nothing lost in a browser that was typed or attached, whatever comes between?"""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from helpdesk import limits
from helpdesk.tests.browser.axe import violations_in_any_light
from helpdesk.tests.browser.windows import undo
from recipients.models import Customer
from tickets.models import Draft, Ticket, TicketSettings
from tickets.tests.conftest import MakeTicket, OpenPage
from tickets.tests.ticket_page.test_in_browser import editor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_files_stay_through_reload_another_ticket_and_undo(
    open_page: OpenPage, ticket: Ticket, make_ticket: MakeTicket, tmp_path: Path
) -> None:
    TicketSettings.objects.create(pk=1, undo_seconds=3600)  # however long it takes until Undo
    other = make_ticket("Printer on fire")
    page = open_page(f"/tickets/{ticket.number}/")
    for name in ("plan.txt", "terms.txt"):
        (tmp_path / name).write_text(name)
    page.locator("input[type=file]").set_input_files([tmp_path / "plan.txt", tmp_path / "terms.txt"])
    plan, terms = (page.get_by_role("button", name=f"Remove {name}") for name in ("plan.txt", "terms.txt"))
    expect(terms).to_be_visible()
    with page.expect_response("**/draft/"):
        editor(page).fill("See the plan.")
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    page.reload()
    expect(plan).to_be_visible()
    page.goto(f"/tickets/{other.number}/")
    expect(editor(page)).to_be_visible()
    expect(plan).to_have_count(0)
    page.goto(f"/tickets/{ticket.number}/")
    terms.focus()
    page.keyboard.press("Enter")
    expect(terms).to_have_count(0)
    expect(page.locator("input[type=file]")).to_be_focused()
    expect(editor(page)).to_have_text("See the plan.")
    assert violations_in_any_light(page) == []
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message.from-agent")).to_contain_text("plan.txt")
    expect(page.locator(".message.from-agent")).not_to_contain_text("terms.txt")
    undo(page)
    expect(page.get_by_text("It is in the composer again.")).to_be_visible()
    expect(editor(page)).to_have_text("See the plan.")
    expect(plan).to_be_visible()


def test_send_waits_for_the_upload_and_not_for_one_that_is_refused(
    open_page: OpenPage, ticket: Ticket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MESSAGE_FILES_BYTES", replace(limits.MESSAGE_FILES_BYTES, amount=1000))
    page = open_page(f"/tickets/{ticket.number}/")
    held: list[Route] = []
    page.route("**/draft/files/", lambda route: held.append(route))
    editor(page).fill("See the plan.")
    (tmp_path / "large.txt").write_text("x" * 2000)
    with page.expect_request("**/draft/files/"):
        page.locator("input[type=file]").set_input_files(tmp_path / "large.txt")
    expect(page.locator("[data-files]")).to_contain_text("Uploading…")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message.from-agent")).to_have_count(0)
    held.pop().continue_()
    expect(page.get_by_role("alert")).to_contain_text("a message can hold 1000")
    (tmp_path / "plan.txt").write_text("plan")
    with page.expect_request("**/draft/files/"):
        page.locator("input[type=file]").set_input_files(tmp_path / "plan.txt")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-files]")).to_contain_text("Uploading…")
    held.pop().continue_()
    expect(page.locator(".message.from-agent")).to_contain_text("plan.txt")


def test_a_file_that_could_not_be_uploaded_goes_with_the_form(
    open_page: OpenPage, ticket: Ticket, tmp_path: Path
) -> None:
    page = open_page(f"/tickets/{ticket.number}/")
    page.route("**/draft/files/", lambda route: route.fulfill(status=302, headers={"location": "/accounts/login/"}))
    editor(page).fill("See the plan.")
    (tmp_path / "plan.txt").write_text("plan")
    page.locator("input[type=file]").set_input_files(tmp_path / "plan.txt")
    expect(page.get_by_role("button", name="Remove plan.txt")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message.from-agent")).to_contain_text("plan.txt")


def test_a_new_ticket_is_taken_back_to_its_form(open_page: OpenPage, carla: Customer, tmp_path: Path) -> None:
    TicketSettings.objects.create(pk=1, undo_seconds=3600)
    page = open_page("/tickets/new/")
    page.get_by_label("To", exact=True).fill("carla@acme.example")
    page.get_by_label("Subject").fill("Your contract")
    page.locator(".rich-text").get_by_role("textbox").fill("Please sign it.")
    (tmp_path / "plan.txt").write_text("plan")
    page.locator("input[type=file]").set_input_files(tmp_path / "plan.txt")
    expect(page.get_by_role("button", name="Remove plan.txt")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?draft=\w+"))
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    page.reload()
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations_in_any_light(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message.from-agent")).to_contain_text("plan.txt")
    undo(page)
    expect(page.get_by_label("Subject")).to_have_value("Your contract")
    expect(page.get_by_role("textbox", name="Message")).to_have_text("Please sign it.")
    expect(page.get_by_role("button", name="Remove plan.txt")).to_be_visible()
    assert not Ticket.objects.exists()


def test_what_is_typed_outlives_another_window_and_a_lost_session(open_page: OpenPage, ticket: Ticket) -> None:
    address = f"/tickets/{ticket.number}/"
    page = open_page(address)
    other = page.context.new_page()
    other.goto(address)
    editor(page).fill("First window.")
    expect(page.locator("[data-draft-state]")).to_contain_text("Draft saved")
    editor(other).fill("Second window.")
    expect(other.get_by_role("alert")).to_contain_text("Another window has a newer draft")
    assert "First window." in Draft.objects.get().html
    other.get_by_role("button", name="Keep this text instead").click()
    expect(other.get_by_role("alert")).to_have_count(0)
    expect(other.locator("[data-draft-state]")).to_contain_text("Draft saved")

    cookies = page.context.cookies()
    page.context.clear_cookies()
    other.bring_to_front()
    editor(other).press("ControlOrMeta+Enter")
    expect(other.get_by_text("It was not sent.")).to_be_visible()
    expect(other.get_by_role("link", name="Sign in again")).to_be_visible()
    page.context.add_cookies(cookies)
    other.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(other.get_by_role("link", name="Sign in again")).to_be_hidden()
    other.evaluate("document.dispatchEvent(new Event('signed-out'))")  # the answer to what was asked before
    expect(other.get_by_role("link", name="Sign in again")).to_be_hidden()
    editor(other).press("ControlOrMeta+Enter")
    expect(other.locator(".message.from-agent")).to_contain_text("Second window.")
    expect(editor(other)).to_have_text("")
    other.goto("/tickets/")
    other.go_back()
    expect(other.locator(".message.from-agent")).to_contain_text("Second window.")
    expect(editor(other)).to_have_text("")  # not to be sent once more
