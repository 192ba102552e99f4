"""A canned reply is put in where the cursor stands, by "/" and by Ctrl-K, and takes nothing away."""

import pytest
from playwright.sync_api import expect

from tickets.models import CannedReply, Ticket
from tickets.tests.conftest import OpenPage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_replies_are_put_in_at_the_cursor_one_after_the_other(open_page: OpenPage, ticket: Ticket) -> None:
    CannedReply.objects.create(
        name="Hello", html="<p>Hello {{ requester.first_name }},</p><p>{{ cursor }}</p><p>Bye</p>"
    )
    CannedReply.objects.create(name="Opening hours", html="<p>We open at eight.</p>")
    page = open_page(f"/tickets/{ticket.pk}/")
    text = page.locator(".rich-text .message-body")
    text.click()
    page.keyboard.type("/hel")
    expect(page.get_by_role("option", name="Hello")).to_be_visible()
    page.keyboard.press("Enter")
    expect(text).to_contain_text("Hello Carla,")
    page.keyboard.type("your printer. /op")
    expect(page.get_by_role("option", name="Opening hours")).to_be_visible()
    page.keyboard.press("Escape")  # it may be a slash
    expect(page.get_by_role("option", name="Opening hours")).to_have_count(0)
    page.keyboard.type(" en")
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("opening h")
    page.get_by_role("option", name="Opening hours Canned reply").click()
    expect(text).to_contain_text("We open at eight.")
    said = [" ".join(line.split()) for line in text.inner_text().splitlines() if line.strip()]
    assert said == ["Hello Carla,", "your printer. /op en", "We open at eight.", "Bye"]
