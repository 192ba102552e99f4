"""Do the forms of the settings begin with what is most likely right?"""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import new_window
from tickets.models import Queue, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_new_queue_and_a_new_user_are_where_the_browser_is_and_old_ones_stay(
    browser: Browser, live_server: LiveServer, as_ada: Client, queue: Queue
) -> None:
    session = as_ada.cookies[settings.SESSION_COOKIE_NAME].value
    page = new_window(browser, live_server.url, 1280, session, timezone_id="Europe/Rome").new_page()
    for address in ("/settings/queues/new/", "/settings/users/new/"):
        page.goto(address)
        expect(page.get_by_label("Time zone")).to_have_value("Europe/Rome")
    page.goto(f"/settings/queues/{queue.pk}/")
    expect(page.get_by_label("Time zone")).to_have_value(queue.time_zone)
    page.goto("/profile/")
    expect(page.get_by_label("Time zone")).to_have_value("UTC")
    page.get_by_role("button", name="Use Rome").click()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Rome")


def test_a_customer_gets_as_many_addresses_as_are_typed(
    browser: Browser, live_server: LiveServer, as_ada: Client
) -> None:
    session = as_ada.cookies[settings.SESSION_COOKIE_NAME].value
    page = new_window(browser, live_server.url, 1280, session).new_page()
    page.goto("/customers/new/")
    page.get_by_label("Name").fill("Paula")
    for place in range(4):
        if place >= page.get_by_label("Additional address").count():
            page.get_by_role("button", name="Add address").click()
        page.get_by_label("Additional address").nth(place).fill(f"paula{place}@example.org")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("paula3@example.org")).to_be_visible()


def test_a_click_on_a_placeholder_puts_it_where_the_cursor_was(
    browser: Browser, live_server: LiveServer, as_ada: Client, queue: Queue
) -> None:
    session = as_ada.cookies[settings.SESSION_COOKIE_NAME].value
    page = new_window(browser, live_server.url, 1280, session).new_page()
    page.goto(f"/settings/queues/{queue.pk}/wording/request_received/")
    subject, text = page.get_by_label("Subject"), page.get_by_label("Text", exact=True)
    before = text.input_value()
    page.get_by_role("button", name="{{ ticket.number }}").click()
    expect(text).to_have_value(before + "{{ ticket.number }}")
    subject.fill("About : thanks")
    subject.press("Home")
    for _ in "About ":
        subject.press("ArrowRight")
    page.get_by_role("button", name="{{ ticket.subject }}").press("Enter")
    expect(subject).to_have_value("About {{ ticket.subject }}: thanks")
    expect(subject).to_be_focused()


def test_a_text_is_seen_on_a_ticket_as_html_and_plain_and_mailed_to_oneself(
    browser: Browser, live_server: LiveServer, as_ada: Client, ticket: Ticket, queue: Queue
) -> None:
    # T06, T11
    session = as_ada.cookies[settings.SESSION_COOKIE_NAME].value
    page = new_window(browser, live_server.url, 360, session).new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(f"/settings/queues/{queue.pk}/wording/request_received/")
    page.get_by_label("Text", exact=True).fill("Dear {{ ticket.contact }},\nthank you.")
    page.get_by_label("Number of the ticket").fill(str(ticket.number))
    page.get_by_role("button", name="Preview").click()
    frame = page.frame_locator("iframe[name=preview]")
    expect(frame.get_by_text("Dear Carla Conti,")).to_have_css("margin-bottom", "12px")
    expect(page.get_by_role("region", name="Text of the mail")).to_contain_text("Dear Carla Conti,\nthank you.")
    page.get_by_role("button", name="Send me a test email").press("Enter")
    expect(page.get_by_text("The test email to ada@")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Dear {{ ticket.contact }},\nthank you.")
    assert violations(page) == []
    assert refused == []
