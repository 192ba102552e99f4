"""What does axe find wrong with a page? Asked when nothing moves: what fades in has too little contrast on its way."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page) -> list[str]:
    """Each as rule and element, of the whole page, for somebody who wants no motion: also not of toasts that come."""
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]
