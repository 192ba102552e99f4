"""Can somebody who works here protect the account by an authenticator app, and get in with it, or without the phone?"""

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import LazySettings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from conftest import PASSWORD
from helpdesk.tests.browser.axe import violations_in_any_light
from helpdesk.tests.browser.windows import new_window
from recipients.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Window = Callable[..., Page]


@pytest.fixture
def window(browser: "Browser", live_server: LiveServer, settings: LazySettings) -> Iterator[Window]:
    """Opens windows in which nobody has signed in; afterwards no page may have complained."""
    settings.MFA_TOTP_TOLERANCE = 4  # half minutes that a busy machine may take to type a code
    complaints: list[str] = []
    contexts = []

    def opened(width: int = 1440, **more: Any) -> Page:
        contexts.append(new_window(browser, live_server.url, width, **more))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def is_fine(page: Page) -> None:
    """Accessible, and not wider than the screen; small and large, light and dark."""
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations_in_any_light(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth") == width, page.url


def sign_in(page: Page, path: str = "/tickets/") -> None:
    page.goto(path)
    page.get_by_label("Email").fill("anna@helpdesk.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def code(secret: str, *, periods: int = 0) -> str:
    """What the app shows, now or some half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def enter(page: Page, given: str) -> None:
    page.get_by_label("Code").fill(given)
    with page.expect_navigation():  # the page before may say the same of an earlier code
        page.get_by_role("button", name="Sign in").click()


def protect(page: Page, look: Callable[[Page], None] = lambda page: None) -> tuple[str, list[str]]:
    """Activates an app on the account of whoever is signed in; its secret, and the recovery codes.

    `look` is given each page on the way.
    """
    page.goto("/accounts/2fa/")
    expect(page.get_by_text("No authenticator app is set up.")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Activate").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    look(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    secret = page.get_by_label("Authenticator secret")
    expect(page.locator("img.qr")).to_be_visible()
    look(page)
    known = secret.input_value()
    page.get_by_label("Authenticator code").fill("000000" if code(known) != "000000" else "111111")
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("Incorrect code.").first).to_be_visible()
    expect(secret).to_have_value(known)
    page.get_by_label("Authenticator code").fill(code(known))
    page.get_by_role("button", name="Activate").click()
    codes = page.get_by_label("Unused codes")
    expect(codes).to_be_visible()
    look(page)
    return known, codes.input_value().split()


def test_an_app_is_set_up_and_asked_for_at_the_next_sign_in(window: Window, anna: User) -> None:
    page = window()
    sign_in(page)
    expect(page).to_have_url(re.compile("/tickets/$"))
    secret, _codes = protect(page, is_fine)
    page.goto("/accounts/2fa/")
    expect(page.get_by_text("Signing in asks for a code of your authenticator app.")).to_be_visible()
    is_fine(page)

    elsewhere = window()
    sign_in(elsewhere)
    expect(elsewhere.get_by_label("Code")).to_be_visible()
    is_fine(elsewhere)
    elsewhere.goto("/tickets/")  # the password alone opens nothing
    expect(elsewhere).to_have_url(re.compile("/accounts/2fa/authenticate/"))
    enter(elsewhere, "12")
    expect(elsewhere.get_by_text("Incorrect code.").first).to_be_visible()
    is_fine(elsewhere)
    with time_machine.travel(time.time() + 60, tick=True):
        enter(elsewhere, code(secret))
        expect(elsewhere).to_have_url(re.compile("/tickets/$"))


def test_a_recovery_code_opens_once_and_new_ones_replace_the_old(window: Window, anna: User) -> None:
    page = window()
    sign_in(page)
    expect(page).to_have_url(re.compile("/tickets/$"))
    _secret, codes = protect(page)
    assert len(codes) == 10

    elsewhere = window()
    sign_in(elsewhere)
    enter(elsewhere, codes[0])
    expect(elsewhere).to_have_url(re.compile("/tickets/$"))
    third = window()
    sign_in(third)
    enter(third, codes[0])
    expect(third.get_by_text("Incorrect code.").first).to_be_visible()

    page.goto("/accounts/2fa/")
    expect(page.get_by_text("There are 9 out of 10 recovery codes available.")).to_be_visible()
    page.get_by_role("link", name="Generate").click()
    is_fine(page)
    page.get_by_role("button", name="Generate").click()
    fresh = page.get_by_label("Unused codes")
    expect(fresh).to_be_visible()
    assert not set(fresh.input_value().split()) & set(codes)
    enter(third, codes[1])
    expect(third.get_by_text("Incorrect code.").first).to_be_visible()
    enter(third, fresh.input_value().split()[0])
    expect(third).to_have_url(re.compile("/tickets/$"))


def test_an_app_is_taken_away_again(window: Window, anna: User) -> None:
    page = window()
    sign_in(page)
    expect(page).to_have_url(re.compile("/tickets/$"))
    protect(page)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Deactivate").click()
    is_fine(page)
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("No authenticator app is set up.")).to_be_visible()
    elsewhere = window()
    sign_in(elsewhere)
    expect(elsewhere).to_have_url(re.compile("/tickets/$"))
