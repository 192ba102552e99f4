"""Can people see what a recognition setting would change, and decide about a sender, on any screen?"""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import new_window
from recipients.models import Customer
from tickets.models import Queue
from tickets.tests.mails import mail, take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def check(page: Page, width: int) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [1280, 360])
def test_from_the_setting_to_the_sender(
    browser: Browser, live_server: LiveServer, as_ada: Client, queue: Queue, acme: Customer, width: int
) -> None:
    ticket = take(mail("a-rather-long-name-of-somebody.else@acme.example", "Please change our bank account")).ticket
    session = as_ada.cookies[settings.SESSION_COOKIE_NAME].value
    window = new_window(browser, live_server.url, width, session)
    page = window.new_page()
    page.goto(f"/tickets/{ticket.pk}/")
    page.get_by_text("Sender and customer").click()
    page.get_by_role("button", name="Accept sender").wait_for()
    check(page, width)
    page.goto("/settings/recognition/")
    page.get_by_label("Further public mail domains").fill("acme.example")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="1 ticket of the last 30 days").wait_for()
    check(page, width)
    page.get_by_role("button", name="Save anyway").click()
    page.get_by_role("button", name="Match them again").wait_for()
    check(page, width)
    page.get_by_role("button", name="Match them again").click()
    page.get_by_text("1 ticket was matched again.").wait_for()
    ticket.refresh_from_db()
    assert ticket.customer is None
    window.close()
