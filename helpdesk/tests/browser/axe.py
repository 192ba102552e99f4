"""What does axe find wrong with a page? Asked when nothing moves: what fades in has too little contrast on its way."""

from functools import cache

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

FIND = """
    rules => axe.run(document, { resultTypes: ["violations"], ...(rules && { runOnly: rules }) }).then(found =>
        found.violations.flatMap(each => each.nodes.map(node => `${each.id}: ${node.target}`)))
"""


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Each as rule and element, of the whole page, for somebody who wants no motion: also not of toasts that come."""
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_load_state()
    if page.evaluate("!window.axe"):
        page.evaluate(_script())
    found: list[str] = page.evaluate(FIND, rules)
    return found


def violations_in_any_light(page: Page) -> list[str]:
    """Also in the dark, where nothing of the page is another but its colours."""
    page.emulate_media(color_scheme="light")
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    return found + [f"dark {each}" for each in violations(page, ["color-contrast", "link-in-text-block"])]


@cache
def _script() -> str:
    script: str = Axe().axe_script
    return script
