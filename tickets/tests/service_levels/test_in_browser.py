"""Does the preview follow what is typed, and does the page fit a phone?"""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import new_window
from tickets.models import Queue, ServiceTime

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_preview_follows_what_is_typed_and_what_is_shown_is_saved(
    browser: Browser, live_server: LiveServer, as_ada: Client, queue: Queue
) -> None:
    Queue.objects.update(opening_hours=[[["08:00", "16:00"]]] * 5 + [[], []], time_zone="Europe/Rome")
    session = as_ada.cookies[settings.SESSION_COOKIE_NAME].value
    page = new_window(browser, live_server.url, 390, session).new_page()
    page.goto("/settings/service-levels/new/")
    page.get_by_label("Name", exact=True).fill("Standard")
    preview = page.get_by_role("region", name="When it would be due")
    expect(preview).to_contain_text("No time is set for this priority.")
    assert violations(page) == []
    page.get_by_label("A ticket that arrives").fill("2026-11-27T15:30")
    page.get_by_label("Normal: First answer").fill("2 h")
    expect(preview).to_contain_text("Monday, 30 Nov 2026, 09:30")
    page.get_by_label("Around the clock").check()
    expect(preview).to_contain_text("Friday, 27 Nov 2026, 17:30")
    page.get_by_label("Normal: First answer").fill("soon")
    expect(preview).to_contain_text("Write it as in 30 min, 2 h or 1 d 4 h.")
    page.get_by_label("Normal: First answer").fill("90 min")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The service level Standard was saved.")).to_be_visible()
    assert ServiceTime.objects.get().response == 90
