"""Can an administrator set up a queue by keyboard, on a phone too, and see what its customers get?"""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import new_window
from tickets.models import Queue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_queue_is_set_up_on_a_phone_by_keyboard(browser: Browser, live_server: LiveServer, as_ada: Client) -> None:
    # T02
    session = as_ada.cookies[settings.SESSION_COOKIE_NAME].value
    page = new_window(browser, live_server.url, 360, session, timezone_id="Europe/Rome").new_page()
    page.goto("/settings/queues/")
    page.get_by_role("link", name="New queue").first.click()
    page.get_by_label("Name").fill("Billing")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Rome")
    page.get_by_label("Name").press("Enter")
    assert violations(page) == []
    page.get_by_role("checkbox", name="Ada Root").press("Space")
    page.get_by_role("button", name="Continue").press("Enter")
    page.get_by_role("button", name="Continue").press("Enter")
    page.get_by_role("textbox", name="Monday").fill("8-16")
    page.get_by_role("button", name="Back").press("Enter")
    page.get_by_role("button", name="Continue").press("Enter")
    expect(page.get_by_role("textbox", name="Monday")).to_have_value("8-16")
    page.get_by_role("button", name="Continue").press("Enter")
    expect(page.get_by_role("region", name="Text of the mail")).to_contain_text("The printer does not print")
    page.get_by_role("button", name="Create the queue").press("Enter")
    expect(page.get_by_role("heading", name="What customers get")).to_be_visible()
    expect(page.frame_locator("iframe").first.get_by_text("We have received your request")).to_be_visible()
    assert violations(page) == []
    assert Queue.objects.get(name="Billing").opening_hours[0] == [["08:00", "16:00"]]
