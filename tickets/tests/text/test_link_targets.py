"""Does a link of a mail that names one host and leads to another say so, and no other link?"""

import time

import pytest

from helpdesk.text.sanitise import MAIL, sanitise
from tickets.text import mail_html


def page(html: str) -> str:
    return mail_html.page(sanitise(html, MAIL).html, title="A mail", pictures={}, remote_images=False)


@pytest.mark.parametrize(
    "words",
    [
        "https://bank.com/login",
        "www.bank.com",
        "bank.com",
        "<b>bank</b>.com/a?b=c",
        "HTTP://BANK.com:80/",
        "https://bänk.com",
    ],
)
def test_a_link_that_names_another_host_says_where_it_leads(words: str) -> None:
    html = page(f'<p><a href="https://login.evil.net/bank.com">{words}</a></p>')
    assert "[→ login.evil.net]" in html
    assert "The text of this link names" in html


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://login.bank.com/x">www.bank.com</a>',
        '<a href="https://bank.com">Your account at bank.com is open</a>',
        '<a href="https://files.evil.net/1">invoice.pdf</a>',
        '<a href="https://evil.net/">Click here</a>',
        '<a href="mailto:a@evil.net">bank.com</a>',
        '<a href="https://xn--bnk-qla.com/">https://bänk.com/</a>',
    ],
)
def test_no_other_link_does(link: str) -> None:
    assert "[→" not in page(link)


def test_a_mail_of_links_is_shown_at_once() -> None:
    html = sanitise('<a href="https://evil.net/">https://bank.com/</a> ' * 20_000, MAIL).html
    begin = time.process_time()
    mail_html.page(html + "<a href=" * 20_000, title="A mail", pictures={}, remote_images=False)
    assert time.process_time() - begin < 5
