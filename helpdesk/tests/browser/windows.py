"""Windows of a browser, opened by tests, that notice when a page complains on its console."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

OpenPage = Callable[..., "Page"]

#: Milliseconds until something that should come is missing. Nothing is measured, and the machine may be busy.
PATIENCE = 90_000
#: htmx on a request that a later one has taken the place of, as it should: a filter asks anew while somebody types.
REPLACED = re.compile("htmx:(sendAbort|afterRequest),")
#: What a page does after seconds is done never, so that no toast is gone before a busy machine has read it, and nothing
#: asks the server by itself in the middle of a test. Whoever wants to see it happen turns the clock of the page.
NEVER_LATER = """
    const soon = window.setTimeout;
    window.setTimeout = (what, after, ...more) => soon(what, after >= 8000 ? 2 ** 31 - 1 : after, ...more);
"""


@contextmanager
def windows(
    browser: "Browser", url: str, complaint: Callable[["ConsoleMessage"], list[str]], session: str = ""
) -> Iterator[OpenPage]:
    """Opens addresses of the site at `url`, each in a window of its own, as whoever the `session` is of.

    Afterwards no page may have had a `complaint`.
    """
    complaints: list[str] = []
    opened = []

    def open_page(path: str, width: int = 1440, **window: Any) -> "Page":
        context = new_window(browser, url, width, session, **window)
        opened.append(context)
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.extend([] if REPLACED.match(message.text) else complaint(message))
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert complaints == [], complaints


def undo(page: "Page") -> None:
    """Presses Undo in the toast of a page that has come: until it is loaded, a script takes its toasts out and in."""
    page.wait_for_load_state()
    page.get_by_role("button", name="Undo").click()


def new_window(browser: "Browser", url: str, width: int, session: str = "", **window: Any) -> "BrowserContext":
    """A window of so many CSS pixels on the site at `url`, of whoever the `session` is of, that takes its time."""
    context = browser.new_context(base_url=url, viewport={"width": width, "height": 900}, **window)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(NEVER_LATER)
    if session:
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    return context
