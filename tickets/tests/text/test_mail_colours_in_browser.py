"""Can what a mail shows be read where it is shown? Its own colours and ours, as a browser computes them."""

from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from helpdesk.tests.corpus import Case, cases
from mailboxes.parsing import parse
from tickets.models import Ticket
from tickets.tests.conftest import MakeComment, OpenPage
from tickets.text import mail_html

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

pytestmark = pytest.mark.browser

MAIL = b"From: shop@shop.example\nSubject: Sale\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n%s"
#: The words of a page that have (almost) the colour of their ground; what is hidden in another way does not count, nor
#: what stands on a picture.
UNREADABLE = """() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.backgroundImage !== "none") return null;
      if ((parts(style.backgroundColor)[3] ?? 1) > 0.5) return style.backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const words = node.data.replace(/\\s+/g, " ").trim(), element = node.parentElement;
    if (!/[\\p{L}\\p{N}]/u.test(words) || element.closest("style, script, title")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element), behind = ground(element);
    if (!behind || parseFloat(style.fontSize) < 6 || element.getBoundingClientRect().height < 6) continue;
    const [a, b] = [light(style.color), light(behind)];
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 1.3) found.push(words);
  }
  return found;
}"""


def unreadable(page: "Page", html: str) -> set[str]:
    page.set_content(html, wait_until="domcontentloaded")
    return set(page.evaluate(UNREADABLE))


def as_shown(html: str) -> str:
    return mail_html.page(html, title="A mail", pictures={}, remote_images=False)


def test_what_a_mail_shows_is_not_hidden_by_what_is_taken_out_of_it(page: "Page", corpus: Path) -> None:
    found = {}
    for case, html in in_html():
        theirs, ours = html, parse(case.raw).html
        if ours and (hidden := unreadable(page, as_shown(ours)) - unreadable(page, theirs)):
            found[str(case)] = hidden
    assert found == {}


WRITTEN = {
    "a button": '<p>Sale</p><a href="https://shop.example" style="background:#c00;color:#fff;padding:9px">Buy now</a>',
    "a gradient": '<div style="background: linear-gradient(90deg, #123, #456); color: white">Title of the week</div>',
    "a picture": '<p style="background:url(https://shop.example/night.jpg) center;color:#fff">At night</p>',
    "a whole page": '<html><body bgcolor="#000000" text="#ffffff"><p>Good evening</p></body></html>',
    "a styled page": "<html><body style='background:#111;color:#eee'><p>Good evening</p></body></html>",
    "a sheet": '<style>.dark{background:#111}</style><div class="dark"><p style="color:#fff">Good evening</p></div>',
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whatever_words_stand_on_they_can_be_read(
    open_page: OpenPage, ticket: Ticket, make_comment: MakeComment, name: str, scheme: str
) -> None:
    html = parse(MAIL % WRITTEN[name].encode()).html
    make_comment(ticket, "x", html=f'{html}<p style="font-size:1px;color:#fff">A line before it</p>')
    page = open_page(f"/tickets/{ticket.number}/", color_scheme=scheme)
    frame = fitted(page)
    assert frame.evaluate(UNREADABLE) == []
    assert frame.evaluate("document.body.innerText").strip()


@pytest.mark.django_db(transaction=True)
def test_a_mail_without_colours_has_those_of_the_page(
    open_page: OpenPage, ticket: Ticket, make_comment: MakeComment
) -> None:
    make_comment(ticket, "x", html="<p>The <b>color</b> of <a href='https://a.example'>this</a></p>")
    page = open_page(f"/tickets/{ticket.number}/", color_scheme="dark")
    frame = fitted(page)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert frame.evaluate(ground) == page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert frame.evaluate(ground) == "rgb(255, 255, 255)"
    theme = page.locator("[data-theme-toggle]")
    theme.click()  # light, whatever the system says
    theme.click()
    page.wait_for_function("document.querySelector('iframe').contentDocument.documentElement.dataset.theme === 'dark'")
    assert frame.evaluate(ground) != "rgb(255, 255, 255)"


def fitted(page: "Page") -> "Frame":
    """The frame of the page's mail, when the page has looked at what is in it."""
    expect(page.locator("iframe.mail-frame[style*=height]")).to_be_visible()
    return page.frames[1]


def in_html() -> list[tuple[Case, str]]:
    mails = [(case, html) for case in cases() if (html := html_of(case.raw))]
    assert len(mails) > 100
    return mails


def html_of(raw: bytes) -> str:
    """The first HTML part of a mail, as it came; "" if there is none that can be read."""
    mail = message_from_bytes(raw, policy=policy.default)
    try:
        part = next((each for each in mail.walk() if each.get_content_type() == "text/html"), None)
        return str(part.get_content()) if part else ""
    except (LookupError, ValueError, KeyError):
        return ""
