"""Can somebody's HTML act, fetch or hide anything? And is it still what they wrote?"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.tests.text.harmless import assert_harmless
from helpdesk.text.pictures import content_ids
from helpdesk.text.sanitise import CALM, MAIL, RICH_TEXT, Profile, sanitise

PROFILES = [MAIL, RICH_TEXT]
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


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("weapon", WEAPONS)
def test_nothing_can_act_or_fetch(weapon: str, profile: Profile) -> None:
    assert_harmless(sanitise(weapon, profile).html)


@given(st.lists(st.sampled_from([*WEAPONS, "<b>", "</p>", "\"'>", "<!--", "-->", "<", "&lt;img", "x"]), max_size=12))
@settings(max_examples=300, deadline=None)
def test_no_mixture_of_weapons_works_either(pieces: list[str]) -> None:
    for profile in PROFILES:
        assert_harmless(sanitise("".join(pieces), profile).html)


@given(st.text(alphabet="<>/=\"' abimgsrconerrhtp:&;#x0\t\n-!", max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_accident_of_markup_works_either(html: str) -> None:
    for profile in PROFILES:
        assert_harmless(sanitise(html, profile).html)


def test_what_people_write_stays_as_it_looks() -> None:
    html = (
        '<div dir="rtl"><p style="margin:0cm;color:rgb(1, 2, 3)"><b>Hi</b> <font color="red" size="2">you</font></p>'
        '<table border="1" cellpadding="2"><tbody><tr><td colspan="2" bgcolor="#eee">x</td></tr></tbody></table>'
        "<ul><li>one</li></ul><blockquote>quoted</blockquote></div>"
    )
    assert sanitise(html, MAIL).html == html


@pytest.mark.parametrize(
    ("written", "stays"),
    [
        ("background:#c00;color:#fff", "background-color:#c00;color:#fff"),
        (
            "background: url('https://a.example/b(1).png') no-repeat #123456; color:white",
            "background-color:#123456;color:white",
        ),
        ("background:linear-gradient(90deg,#111 0%,#222)", "background-color:#111"),
        ("background:radial-gradient(circle at top, navy, black)", "background-color:navy"),
        ("background:rgb(1, 2, 3) none repeat scroll 0 0;margin:0", "background-color:rgb(1, 2, 3);margin:0"),
        ("background:url('https://a.example/b;c.png');color:#fff;margin:0", "margin:0"),
        ("background:url(x.png);background-color:red;color:#fff", "background-color:red;color:#fff"),
        ("background:none;color:red", "color:red"),
        ("background:var(--x)", ""),
    ],
)
def test_of_a_background_the_colour_stays(written: str, stays: str) -> None:
    style = f' style="{stays}"' if stays else ""
    assert sanitise(f'<p style="{written}">x</p>', MAIL).html == f"<p{style}>x</p>"


def test_the_colours_of_the_whole_page_are_those_of_a_box() -> None:
    html = sanitise(
        '<html><body class="x" bgcolor=black text="#fff" style="margin:0"><p>x</p></body></html>', MAIL
    ).html
    assert html == '<div style="background-color:black;color:#fff;margin:0"><p>x</p></div>'
    assert sanitise("<body onload=x><p>x</p></body>", MAIL).html == "<p>x</p>"


def test_paragraphs_of_outlook_can_be_told() -> None:
    assert sanitise('<p class="MsoNormal danger">x</p>', MAIL).html == '<p class="MsoNormal">x</p>'


@pytest.mark.parametrize(
    "style", ["background:url(", "background:-gradient(", "background:a", "background:url('", "background:#"]
)
def test_no_style_takes_long(style: str) -> None:
    sanitise(f'<p style="{style * 150_000}">x</p><p style="background:{"a" * 1_000_000}">', MAIL)


def test_links_open_elsewhere_and_tell_nothing() -> None:
    html = sanitise('<a href="https://ok.example/?a=1&amp;b=2">x</a><a href="mailto:a@b.example">y</a>', MAIL).html
    assert html.count('rel="noopener noreferrer nofollow"') == 2
    assert 'href="https://ok.example/?a=1&amp;b=2"' in html


def test_remote_images_wait_until_the_agent_asks() -> None:
    html = sanitise('<img src="https://track.example/x.gif?u=1&amp;v=2" width="1">', MAIL).html
    assert ' src="' not in html
    assert 'data-remote-src="https://track.example/x.gif?u=1&amp;v=2"' in html


def test_words_that_look_like_an_image_stay_words() -> None:
    html = '<p> src="https://x.example" &lt;img src="https://x.example"&gt;</p>'
    assert sanitise(html, MAIL).html == html


def test_inline_images_are_known_by_their_content_id() -> None:
    html = sanitise('<img src="cid:a%40b"><img src="CID:other"><img src="https://x.example/y.png">', MAIL).html
    assert content_ids(html) == {"a@b", "other"}


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_too_long_is_cut_and_says_so(profile: Profile) -> None:
    whole, cut = sanitise("a" * profile.longest, profile), sanitise("a" * (profile.longest + 1), profile)
    assert (whole.html, whole.is_cut) == (cut.html, False)
    assert cut.is_cut


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("unit", ["<div>", "<b><table>", "<a href=x>", "<p><font color=red>", "&amp;", "<i>x"])
def test_what_would_stop_a_parser_is_left_out_and_says_so(unit: str, profile: Profile) -> None:
    begin = time.process_time()
    clean = sanitise(unit * (profile.longest // len(unit)), profile)
    assert time.process_time() - begin < 2
    assert clean.is_tangled or len(clean.html) <= profile.most_written
    assert clean.html == "" or not clean.is_tangled


def test_nobody_nests_more_than_three_hundred_elements_in_the_composer() -> None:
    deep = "<div>" * (CALM + 1) + "x"
    assert sanitise(deep, RICH_TEXT).is_tangled
    assert not sanitise(deep, MAIL).is_tangled
    assert not sanitise("<div>x</div>" * (CALM + 1), RICH_TEXT).is_tangled


def test_links_make_no_message_many_times_longer() -> None:
    """Each gets forty characters that its writer did not write."""
    links = "<a>x</a>" * (RICH_TEXT.longest // 8)
    assert sanitise(links, RICH_TEXT).is_tangled
    assert not sanitise(links[:80_000], RICH_TEXT).is_tangled
