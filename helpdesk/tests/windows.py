"""Windows of a browser, opened by tests, that notice when a page complains on its console."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

OpenPage = Callable[..., "Page"]


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
        context = browser.new_context(base_url=url, viewport={"width": width, "height": 900}, **window)
        if session:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.extend(complaint(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert complaints == []
