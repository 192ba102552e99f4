"""Takes the pictures of docs/screenshots: `python -m helpdesk.tests.browser.screenshots [ADDRESS]`, beside `make demo`.

The list and a ticket, on a desktop and a phone, in every language and both themes: forty pictures to look at.
"""

import os
import sys
from pathlib import Path

import django
from playwright.sync_api import Browser, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django.setup()

from django.conf import settings  # noqa: E402  # which are there once Django is

from helpdesk.tests.browser.fixtures import QUIET  # noqa: E402
from helpdesk.tests.servers import chromium  # noqa: E402

FOLDER = Path(settings.BASE_DIR) / "docs" / "screenshots"
WIDTHS = {1280: 860, 390: 844}
PAGES = {"list": "/tickets/", "ticket": "/tickets/1/"}


def main(address: str = "http://localhost:8000") -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(QUIET))
        for language, _name in settings.LANGUAGES:
            take(browser, address, language)


def take(browser: Browser, address: str, language: str) -> None:
    page = browser.new_context(base_url=address, locale=language).new_page()
    page.goto("/accounts/login/")
    page.locator("input[type=email]").fill("ada@brightwater.example")
    page.locator("input[type=password]").fill("demo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/**")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            for name, path in PAGES.items():
                page.goto(path, wait_until="networkidle")
                page.screenshot(path=FOLDER / f"{name}-{width}-{language}-{theme}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
