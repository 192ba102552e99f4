"""Can a customer sign in and say who may write for them, on a phone, in the dark, with and without scripts?"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations
from helpdesk.tests.browser.windows import new_window
from recipients.models import Customer
from recipients.tests.portal import PASSWORD, links

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("worker")]

Phone = Callable[..., Page]


@pytest.fixture
def phone(browser: "Browser", live_server: LiveServer) -> Iterator[Phone]:
    """A window of 360 CSS pixels in which nobody has signed in; afterwards no page may have complained."""
    complaints: list[str] = []
    windows = []

    def opened(**window: Any) -> Page:
        context = new_window(browser, live_server.url, 360, **window)
        windows.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in windows:
        context.close()
    assert complaints == []


def is_fine(page: Page) -> bool:
    """Accessible, and not wider than the screen."""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    return True


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_from_the_address_to_the_saved_list_on_a_phone(phone: Phone, acme: Customer, scheme: str) -> None:
    page = phone(color_scheme=scheme, reduced_motion="reduce")
    page.goto("/portal/account/edit/")
    assert is_fine(page)
    page.get_by_label("Your email address").fill("office@acme.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    assert is_fine(page)
    page.goto(links()[0])
    assert is_fine(page)
    page.get_by_role("button", name="Sign in").click()
    field = page.get_by_label("Authorised senders to open tickets")
    expect(field).to_have_value("")
    assert is_fine(page)
    field.fill("Tech@Agency.IT ,, foo@, gmail.com")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errorlist li")).to_contain_text(["Nothing was saved", "“foo@”", "“gmail.com”"])
    expect(field).to_have_value("Tech@Agency.IT ,, foo@, gmail.com")
    assert is_fine(page)
    field.fill(" Tech@Agency.IT ,, miodominio.com, ")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast:not([hidden])")).to_contain_text("“Tech@Agency.IT” is saved as tech@agency.it.")
    expect(page.get_by_role("main")).to_contain_text("added tech@agency.it, miodominio.com")
    page.get_by_role("button", name="Close").click()
    assert is_fine(page)


def test_a_password_and_a_language_are_chosen_without_scripts(phone: Phone, acme: Customer) -> None:
    page = phone(java_script_enabled=False)
    page.goto("/portal/sign-in/")
    page.get_by_label("Your email address").fill("office@acme.example")
    page.get_by_role("button", name="Email me a link").click()
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    page.goto(links()[0])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Account").click()
    page.get_by_role("link", name="Choose a password").click()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_text("You have been signed out on every other device.")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("link", name="Sign in with a password").click()
    expect(page).to_have_url(re.compile("/portal/sign-in/password/"))
    page.get_by_label("Your email address").fill("office@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    page.get_by_label("Language").select_option("de")
    page.get_by_role("button", name="Change").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.parametrize("path", ["/portal/sign-in/password/", "/accounts/login/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_before_signing_in_are_accessible(phone: Phone, path: str, scheme: str) -> None:
    page = phone(color_scheme=scheme, reduced_motion="reduce")
    page.goto(path)
    assert is_fine(page)
