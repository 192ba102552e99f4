"""Do the forms of the settings begin with what is most likely right?"""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.windows import new_window
from tickets.models import Queue

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
        if place >= page.get_by_label("Further address").count():
            page.get_by_role("button", name="Add address").click()
        page.get_by_label("Further address").nth(place).fill(f"paula{place}@example.org")
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
