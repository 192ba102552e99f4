"""What HTML says as plain text: the same words, laid out, within bounds."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from helpdesk.text.html_to_text import MAIL_STYLE, RICH_TEXT_STYLE, Style, html_to_text
from helpdesk.text.sanitise import MAIL, RICH_TEXT, Profile, sanitise

KINDS = [(MAIL, MAIL_STYLE), (RICH_TEXT, RICH_TEXT_STYLE)]


@pytest.mark.parametrize(("profile", "style"), KINDS)
@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        (
            "<ul><li><p>a</p><p>b</p></li><li><p>c</p><ul><li><p>d</p></li></ul></li></ul>x",
            "- a\n\n  b\n- c\n  - d\n\nx",
        ),
        ('<p>x</p><ol start="3"><li>a<br>b</li><li></li><li>c</li></ol>', "x\n\n3. a\n  b\n4.\n5. c"),
        ("<blockquote><p>a</p><blockquote>b</blockquote>c</blockquote>d", "> a\n>\n> > b\n>\n> c\n\nd"),
        ("<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b"),
        ("<pre>a\n\n  b</pre>", "a\n\n  b"),
        ("Tom &amp; Jerry &lt;3", "Tom & Jerry <3"),
        ('<a href="https://x.example/">x.example</a>', "x.example"),
        ("", ""),
    ],
)
def test_html_reads_as_it_looks(html: str, text: str, profile: Profile, style: Style) -> None:
    assert html_to_text(sanitise(html, profile).html, style).text.strip("\n") == text


def test_a_table_of_an_agent_holds_facts_and_that_of_a_mail_lays_out_the_page() -> None:
    table = "<table><tr><td><p>1</p><p>one</p></td><td>2</td></tr><tr><td></td><td>4</td></tr></table><p>x</p>"
    assert html_to_text(table, RICH_TEXT_STYLE).text == "1 one | 2\n | 4\n\nx\n"
    assert html_to_text(table, MAIL_STYLE).text == "1\n\none\n\n2\n4\n\nx\n"


def test_what_agents_link_is_written_out_and_of_mails_what_a_person_would_type() -> None:
    long = "https://x.example/" + "a" * 200
    html = f'<a href="{long}">news</a>, <a href="mailto:a@b.example">me</a>, <a href="https://y.example/">there</a>'
    assert html_to_text(html, RICH_TEXT_STYLE).text == f"news ({long}), me (a@b.example), there (https://y.example/)\n"
    assert html_to_text(html, MAIL_STYLE).text == "news, me, there <https://y.example/>\n"


@given(st.text(alphabet="<>/ab pbrdivtlqoueck=\"'&;\n", max_size=300))
@settings(max_examples=200, deadline=None)
@example("&ltp")
@example("<<b>p")
def test_any_html_becomes_text(html: str) -> None:
    """No tag is left in it; what looks like one is text for a browser, too, as in these two examples."""
    clean = sanitise(html, MAIL).html
    assert html_to_text(clean, MAIL_STYLE).text.count("<p") <= LexborHTMLParser(clean).text().count("<p")


@given(
    st.lists(st.sampled_from(["<blockquote>", "<ul><li>", "<ol>", "<td>", "<p>", "<br>", "</ul>", "a b ", "<pre>\n"]))
)
@settings(max_examples=200, deadline=None)
def test_no_text_is_longer_than_asked_for(pieces: list[str]) -> None:
    for profile, style in KINDS:
        clean = sanitise("".join(pieces), profile).html
        whole, some = html_to_text(clean, style), html_to_text(clean, style, 10)
        assert not whole.is_cut
        assert len(some.text) <= 10
        assert some.is_cut == (len(whole.text) > 10) or not whole.text[10:].strip("> \n")


@pytest.mark.parametrize(("profile", "style"), KINDS)
@pytest.mark.parametrize("unit", ["<blockquote>" * 50, "<ul><li>" * 50, "<table><tr><td>" * 20])
def test_depth_makes_no_text_many_times_longer(unit: str, profile: Profile, style: Style) -> None:
    clean = sanitise(unit + "a<br>" * 90_000, profile).html
    begin = time.process_time()
    text = html_to_text(clean, style).text
    assert len(text) <= 1_000_000
    assert time.process_time() - begin < 1
