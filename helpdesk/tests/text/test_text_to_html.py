"""Plain text as HTML: escaped, in paragraphs, with links."""

import pytest

from helpdesk.text.text_to_html import linkify, text_to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\n\n\nTwo\nThree", "<p>One</p>\n<p>Two<br>\nThree</p>"),
        ('1 < 2 & "x"', "<p>1 &lt; 2 &amp; &quot;x&quot;</p>"),
        (
            "See https://x.example/?a=1&b=2.",
            '<p>See <a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">'
            "https://x.example/?a=1&amp;b=2</a>.</p>",
        ),
    ],
)
def test_plain_text_as_html(text: str, html: str) -> None:
    assert text_to_html(text) == html


def test_on_a_page_mail_addresses_are_links_too_and_all_open_elsewhere() -> None:
    text = "Ask a@b.example, or <https://x.example/>."
    mail = 'href="mailto:a@b.example" rel="noopener noreferrer nofollow" target="_blank">a@b.example</a>, or &lt;<a'
    assert mail in linkify(text, on_page=True)
    assert linkify(text, on_page=True).count('target="_blank"') == 2
    assert linkify(text).startswith('Ask a@b.example, or &lt;<a href="https://x.example/"')
    assert "target" not in linkify(text)
