"""Can an administrator put a rule together, try it, and drag it to its place, on a screen and on a phone?"""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import new_window
from mailboxes.models import Mailbox
from mailboxes.tests.mails import arrive, mail
from tickets.models import Rule

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def opened(browser: Browser, live_server: LiveServer, client: Client, width: int, path: str) -> Page:
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = new_window(browser, live_server.url, width, session).new_page()
    page.goto(path)
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_a_rule_is_put_together_tried_and_saved(
    browser: Browser, live_server: LiveServer, as_ada: Client, support: Mailbox, width: int
) -> None:
    arrive(mail(Subject="Printer"))
    page = opened(browser, live_server, as_ada, width, "/settings/rules/new/")
    page.get_by_label("Name").fill("Printers")
    page.get_by_label("New condition").select_option(label="Subject")
    page.get_by_role("button", name="Add condition").click()
    page.get_by_label("Subject", exact=True).and_(page.get_by_role("textbox")).fill("printer")
    page.get_by_label("New action").select_option(label="Priority")
    page.get_by_role("button", name="Add action").click()
    page.get_by_role("combobox", name="Priority", exact=True).select_option(label="Urgent")
    page.get_by_role("button", name="Test it").click()
    page.get_by_text("1 email", exact=True).wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Save").last.click()
    page.get_by_text("Subject contains “printer”").wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.context.close()


def test_a_rule_is_dragged_to_its_place(
    browser: Browser, live_server: LiveServer, as_ada: Client, support: Mailbox
) -> None:
    for name in ("First", "Second", "Third"):
        Rule.objects.create(name=name)
    page = opened(browser, live_server, as_ada, 1280, "/settings/rules/")
    rows = page.locator("tbody tr")
    with page.expect_navigation():
        rows.nth(2).drag_to(rows.nth(0), target_position={"x": 40, "y": 4})
    assert page.locator("tbody .row-link").all_inner_texts() == ["Third", "First", "Second", "Default rule"]
    assert [rule.name for rule in Rule.objects.of("new")] == ["Third", "First", "Second"]
    page.context.close()
