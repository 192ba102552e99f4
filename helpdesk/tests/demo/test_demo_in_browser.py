"""Can the whole loop be tried in a browser, with nothing but the demo's own pages?"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from helpdesk.tests.demo.conftest import Demo
from helpdesk.tests.loop import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("demo")]


def test_a_visitor_plays_customer_and_agent(page: Page, sample_demo: Demo) -> None:
    site = sample_demo.site
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)

    page.goto(f"{site}/demo/mail/carla@acme.example/write/")
    page.get_by_label("Subject").fill("The kettle only hums")
    page.get_by_label("Text").fill("It never boils. What can we do?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Carla Conti")).to_be_visible()

    page.goto(site)
    page.get_by_role("button", name="Sign in as Anna").click()
    page.wait_for_url("**/tickets/")
    ticket = page.get_by_role("link", name="The kettle only hums")
    reload_until_visible(page, ticket)
    ticket.click()
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    expect(page.get_by_text("It never boils. What can we do?")).to_be_visible()
    ticket_url = page.url
    editor = page.locator("form.composer [contenteditable=true]")  # it takes the textarea's place in a moment
    editor.click()
    editor.fill("Please unplug it and leave it for a minute.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("The message is on its way.")).to_be_visible()
    page.goto(ticket_url)  # the next ticket of the list has come
    expect(page.locator(".message.from-agent")).to_contain_text("leave it for a minute")

    page.goto(f"{site}/demo/mail/carla@acme.example/")
    answer = page.locator("article.message", has_text="The kettle only hums").filter(has_text="Anna Berg")
    expect(answer).to_be_visible()  # it can be undone for ten seconds before it leaves
    answer.get_by_role("link", name="Reply").click()
    quote = page.get_by_label("Text").input_value()
    assert "> Please unplug it" in quote
    page.get_by_label("Text").fill(f"That helped, thank you!\n{quote}")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Carla Conti")).to_be_visible()

    page.goto(ticket_url)
    reload_until_visible(page, page.get_by_text("That helped, thank you!").first)
    assert problems == []


def reload_until_visible(page: Page, wanted: Locator) -> None:
    def is_visible() -> bool:
        page.reload()
        return wanted.is_visible()

    wait_for(is_visible, str(wanted))
