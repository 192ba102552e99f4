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
