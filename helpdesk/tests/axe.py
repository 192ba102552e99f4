"""What does axe find wrong with a page? Asked when nothing moves: what fades in has too little contrast on its way."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: Waits for what moves, and not for what turns for ever; what is taken away meanwhile has come to its end, too.
REST = """() => Promise.all(
    document.getAnimations()
        .filter(each => each.playState === "running" && each.effect.getComputedTiming().endTime !== Infinity)
        .map(each => each.finished.then(() => null, () => null))
)"""


def violations(page: Page) -> list[str]:
    """Each as rule and element."""
    page.evaluate(REST)
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found for node in each["nodes"]]
