"""Can an administrator connect a mailbox at a provider, and choose a folder that the server has?"""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import new_window
from mailboxes.models import Mailbox

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_mailbox_at_microsoft_leads_to_its_sign_in(
    browser: Browser, live_server: LiveServer, as_ada: Client, support: Mailbox
) -> None:
    session = as_ada.cookies[settings.SESSION_COOKIE_NAME].value
    page = new_window(browser, live_server.url, 390, session).new_page()
    page.goto(f"/settings/mailboxes/{support.pk}/")
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("The account has 1 folder.").wait_for()
    assert page.locator("#server-folders option").get_attribute("value") == "INBOX"
    page.get_by_label("Name", exact=True).fill("Our help")
    page.locator("#sender-preview").get_by_text("Our help <support@helpdesk.example>").last.wait_for()
    assert violations(page) == []

    page.on("dialog", lambda dialog: dialog.accept())  # what was typed is left
    page.goto("/settings/mailboxes/new/?provider=microsoft365")
    page.get_by_text("It accepts no passwords").wait_for()
    page.get_by_label("Email address").fill("shared@helpdesk.example")
    page.get_by_label("Name", exact=True).fill("Shared")
    page.get_by_label("User name", exact=True).fill("shared@helpdesk.example")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Sign-in with Microsoft").wait_for()
    assert violations(page) == []
