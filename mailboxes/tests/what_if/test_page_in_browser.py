"""Can people ask what would happen with a phone, without scripts, and with a screen reader?"""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import new_window
from mailboxes.models import Mailbox
from recipients.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1280, 360])
def test_the_answer_is_accessible_and_fits(
    browser: Browser, live_server: LiveServer, as_anna: Client, support: Mailbox, carla: Customer, width: int
) -> None:
    session = as_anna.cookies[settings.SESSION_COOKIE_NAME].value
    window = new_window(browser, live_server.url, width, session)
    page = window.new_page()
    page.goto("/mail/what-if/")
    page.get_by_label("Email address").fill("a-rather-long-name-of-somebody.else@acme.example")
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("heading", name="It would open a new ticket.").wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    window.close()
