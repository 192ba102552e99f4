"""Mails that are wider than their place, and what stands below them while they are drawn."""

import re

import pytest
from playwright.sync_api import expect

from tickets.models import Ticket
from tickets.tests.conftest import MakeComment, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEWSLETTER = '<table width="640"><tr><td style="height:700px">All of the offer</td><td>to its end.</td></tr></table>'
TABLE = "<table><tr>" + '<td style="min-width:90px">cell</td>' * 12 + "</tr></table>"
#: What has moved since the page was there, by itself.
SHIFT = """() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum))));
})"""


def test_a_newsletter_is_seen_whole_on_a_phone_and_moves_nothing_the_second_time(
    open_page: OpenPage, ticket: Ticket, make_comment: MakeComment
) -> None:
    make_comment(ticket, "All of the offer to its end.", html=NEWSLETTER)
    page = open_page(f"/tickets/{ticket.number}/", width=390)
    frame = page.locator("iframe.mail-frame")
    expect(frame).to_have_attribute("style", re.compile("height"))
    assert frame.evaluate("(frame) => frame.contentDocument.documentElement.scrollWidth <= frame.clientWidth")
    page.reload()
    expect(frame.content_frame.get_by_text("to its end.")).to_be_in_viewport()
    assert page.evaluate(SHIFT) == 0


def test_a_wide_table_has_the_whole_width_of_the_page_if_one_wants(
    open_page: OpenPage, ticket: Ticket, make_comment: MakeComment
) -> None:
    make_comment(ticket, "cell", html=TABLE)
    page = open_page(f"/tickets/{ticket.number}/", width=1920)
    frame = page.locator("iframe.mail-frame")
    page.get_by_role("button", name="Full width").click()
    expect(frame.content_frame.locator("body")).to_have_css("zoom", "1")
    assert frame.evaluate("(frame) => frame.clientWidth") > 1200
