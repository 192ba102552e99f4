"""What is left of an agent's rich text, and how it reads as plain text."""

import time

import pytest

from tickets.text.richtext import sanitise, to_text


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>Hi <b>you</b></p>", "<p>Hi <b>you</b></p>"),
        ("<p onclick=x()>Hi</p><script>y()</script>", "<p>Hi</p>"),
        ("<img src=https://track.example/x>Hi", "Hi"),
        ("<style>p{}</style><form><input></form>Hi", "Hi"),
        ('<a href="javascript:x()">Hi</a>', '<a rel="noopener noreferrer nofollow">Hi</a>'),
        ('<p style="position:fixed" class="x">Hi</p>', "<p>Hi</p>"),
    ],
)
def test_what_could_run_load_or_track_is_taken_out(html: str, kept: str) -> None:
    assert sanitise(html) == kept


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ('<a href="https://x.example/">here</a>', "here (https://x.example/)"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 | 2"),
        ("Tom &amp; Jerry &lt;3", "Tom & Jerry <3"),
        ("", ""),
    ],
)
def test_rich_text_reads_as_plain_text(html: str, text: str) -> None:
    assert to_text(sanitise(html)) == text


@pytest.mark.parametrize(
    "html", ["<div>" * 100_000, "<ol>" + "<li>a" * 90_000, "<b><table>" * 50_000, "<a href=x>" * 50_000]
)
def test_hostile_html_takes_no_time(html: str) -> None:  # L39
    begin = time.process_time()
    to_text(sanitise(html))
    assert time.process_time() - begin < 2  # the bound of the parser


def test_what_is_nested_too_deeply_keeps_its_words() -> None:
    assert sanitise("<div>" * 301 + "One\n\nTwo <b>three</b>") == "<p>One</p>\n<p>Two  three</p>"
