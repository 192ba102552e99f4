"""How do tests drive a browser? By pytest-playwright, in the Chromium that is installed, with Django beside it."""

import os
from typing import TYPE_CHECKING, Any

import pytest

from helpdesk.tests.browser.windows import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Playwright's loop runs in the thread of the tests, where Django would otherwise refuse its own database calls.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
#: Nobody looks at what is drawn, and a process of its own for it takes a seventh of the browser's time.
DRAWN_HERE = ("--disable-gpu", "--in-process-gpu")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium_path: str) -> dict[str, Any]:
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE)
    ours = {"executable_path": chromium_path, "args": [*QUIET, *DRAWN_HERE, "--no-first-run"], "timeout": PATIENCE}
    return {**browser_type_launch_args, **ours}


@pytest.fixture
def page(page: "Page") -> "Page":
    page.set_default_timeout(PATIENCE)
    return page
