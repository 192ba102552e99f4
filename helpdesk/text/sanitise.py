"""What of somebody's HTML may stay, so that nothing in it can act, and nothing is fetched unasked?

In what comes out every "<", ">" and '"' that is not markup is escaped, so tags can be found by an expression: here,
and wherever sanitised HTML is read or shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape

import nh3

from helpdesk.text.pictures import hold_back_remote_pictures

#: Tags: below, no document is worth a closer look.
CALM = 300
MOST_TAGS = 200_000
MOST_ENTITIES = 250_000
#: Sum over all tags of the elements open around them: the time a parser needs.
MOST_OPEN = 60_000_000
#: The same for <b>, <font> …, which a parser opens again in every paragraph.
MOST_REOPENED = 150_000


@dataclass(frozen=True, slots=True)
class Profile:
    """What may stay of the HTML of one kind of writer.

    `longest`: characters that are read. `deepest`: elements inside each other. `most_written`: characters that come
    out; links and escapes make HTML longer.
    """

    cleaner: nh3.Cleaner
    longest: int
    deepest: int

    @property
    def most_written(self) -> int:
        return 2 * self.longest


@dataclass(frozen=True, slots=True)
class Clean:
    """Harmless `html`; what is behind `Profile.longest` is cut off, and nothing is left of what is `is_tangled`."""

    html: str
    is_cut: bool
    is_tangled: bool


def _words(text: str) -> set[str]:
    return set(text.split())


TAGS = _words(
    "a abbr acronym address b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em"
    " figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub"
    " sup table tbody td tfoot th thead tr tt u ul var wbr"
)
CELL = {"colspan", "rowspan", "width", "height", "valign", "bgcolor", "nowrap"}
ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title", "align"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "border"},
    "blockquote": {"type"},  # "cite": what a mail program quotes
    "font": {"color", "face", "size"},
    "table": {"width", "height", "border", "cellpadding", "cellspacing", "bgcolor"},
    "td": CELL,
    "th": CELL,
    "tr": {"bgcolor", "valign", "height"},
    "col": {"span", "width"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
}
# By these classes mail programs mark what they quote; the view folds it.
QUOTE_CLASSES = {"gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix"}
# Paragraphs of Outlook, which have no space between them; on the web it prefixes its names.
OUTLOOK_CLASSES = {f"{prefix}{name}" for prefix in ("", "x_") for name in ("MsoNormal", "MsoPlainText", "MsoNoSpacing")}
# Nothing that can leave its box, cover the page, load a file or run.
STYLES = _words(
    "background background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width"
    " border-collapse border-color border-left border-left-color border-left-style border-left-width"
    " border-radius border-right border-right-color border-right-style border-right-width border-spacing"
    " border-style border-top border-top-color border-top-style border-top-width border-width caption-side clear"
    " color direction display float font font-family font-size font-style font-variant font-weight height"
    " letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right margin-top"
    " max-height max-width min-height min-width padding padding-bottom padding-left padding-right padding-top"
    " table-layout text-align text-decoration text-indent text-transform unicode-bidi vertical-align white-space"
    " width word-break word-spacing word-wrap"
)

#: Mails of strangers: everything that makes a mail look as it was meant to, tables and styles included.
MAIL = Profile(
    nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=_words("script style title noscript template iframe object svg math audio video select"),
        attributes=ATTRIBUTES,
        allowed_classes={"div": QUOTE_CLASSES | OUTLOOK_CLASSES, "blockquote": QUOTE_CLASSES, "p": OUTLOOK_CLASSES},
        filter_style_properties=STYLES,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        url_relative="deny",
    ),
    longest=2_000_000,
    deepest=10_000,
)
#: What agents write in the composer: text, lists, tables, links, and pictures that go with the message. Nobody types
#: more than `longest` characters, and a pasted book is an attachment.
RICH_TEXT = Profile(
    nh3.Cleaner(
        tags=_words(
            "a b blockquote br code del div em h1 h2 h3 h4 hr i img li ol p pre s span strong sub sup table tbody td th"
            " thead tr u ul"
        ),
        attributes={
            "a": {"href", "title"},
            "img": {"src", "alt", "width"},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan"},
            "ol": {"start"},
        },
        link_rel="noopener noreferrer nofollow",
        url_schemes={"http", "https", "mailto", "tel", "cid"},
    ),
    longest=500_000,
    deepest=300,
)

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_SEEN = re.compile(
    r"(?:\A|>)(?:[\s\u200b-\u200f\u2060\ufeff\u00ad]|&(?:nbsp|zwnj|zwj|shy|#160);)*+[^<\s]", re.IGNORECASE
)
_STYLE = re.compile(r'(<[a-z0-9]+(?: [^>]*?)?) style="([^"]*)"')
_HARMLESS_FUNCTION = re.compile(r"\b(?:rgba?|hsla?)\([\d\s.,%/]*\)", re.IGNORECASE)
_BODY = re.compile(r"<body\b([^<>]*)>", re.IGNORECASE)
_BODY_ATTRIBUTE = re.compile(r"""\b(bgcolor|text|style)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_BODY_STYLES = {"bgcolor": "background-color:", "text": "color:", "style": ""}
_BACKGROUND = re.compile(r"\A\s*background\s*:(.*)", re.IGNORECASE | re.DOTALL)
_COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?)\([\d\s.,%/]*\)|(?<![\w./(-])[a-z]{3,20}(?![\w./(-])", re.IGNORECASE
)
_LOADED = re.compile(r"""url\((?:"[^"]*"|'[^']*'|[^)]*)\)?""", re.IGNORECASE)
_GRADIENT = re.compile(r"-gradient\(", re.IGNORECASE)
#: Words of a background that are no colour.
_PLACES = _words(
    "none repeat no-repeat repeat-x repeat-y space round scroll fixed local center left right top bottom cover contain"
    " auto border-box padding-box content-box to at circle ellipse closest-side closest-corner farthest-side"
    " farthest-corner linear radial conic important initial inherit unset"
)
_RISKY_VALUE = re.compile(r"[(\\@]|expression|behaviou?r|binding|javascript|url", re.IGNORECASE)

_CLOSED_BY_OTHERS = _words("p li td th tr dt dd option tbody thead tfoot colgroup")
_VOID = _words("area base br col embed hr img input link meta param source track wbr")
_FORMATTING = _words("a b big code em font i nobr s small strike strong tt u")


def sanitise(html: str, profile: Profile) -> Clean:
    """`html` with the tags, attributes, styles and links of `profile` only, none if it is built to stop a parser.

    Remote pictures keep their address in `data-remote-src`; `cid:` pictures stay.
    """
    is_cut, html = len(html) > profile.longest, html[: profile.longest]
    if is_tangled(html, profile.deepest):
        return Clean("", is_cut, is_tangled=True)
    if profile is MAIL:
        html = _BODY.sub(_body_as_box, html, count=1)
    clean = hold_back_remote_pictures(profile.cleaner.clean(html))
    if "style=" in clean:
        clean = _STYLE.sub(_harmless_styles, clean)
    if len(clean) > profile.most_written:
        return Clean("", is_cut, is_tangled=True)
    return Clean(clean.strip(), is_cut, is_tangled=False)


def is_tangled(html: str, deepest: int) -> bool:
    """Would a parser need quadratic time for it (thousands of open elements), or write out far more than it read?"""
    tags = html.count("<")
    if tags > MOST_TAGS or html.count("&") + html.count(">") > MOST_ENTITIES + tags:
        return True
    if tags <= CALM:
        return False
    open_elements = open_formatting = depths = reopened = deepest_yet = 0
    for closing, name in _TAG.findall(html):
        name = name.lower()
        if name in _VOID:
            continue
        step = -1 if closing else 1
        if name in _FORMATTING:
            open_formatting = max(0, open_formatting + step)
        if name not in _CLOSED_BY_OTHERS:
            open_elements = max(0, open_elements + step)
        depths += open_elements
        reopened += open_formatting
        if open_elements > deepest_yet:
            deepest_yet = open_elements
    return deepest_yet > deepest or depths > MOST_OPEN or reopened > MOST_REOPENED


def is_blank(html: str) -> bool:
    """Is there neither a word nor a picture in it? Exact on sanitised HTML; other is seldom called blank."""
    return _SEEN.search(html) is None and "<img" not in html.lower()


def without_tags(html: str) -> str:
    """The words of HTML that is not safe to parse."""
    return _ANY_TAG.sub(" ", html).strip()


def _body_as_box(body: re.Match[str]) -> str:
    """The colours of the whole page as those of a box: a page inside of ours has no body of its own."""
    styles = [
        f"{_BODY_STYLES[name.lower()]}{value.strip(chr(34) + chr(39))}"
        for name, value in _BODY_ATTRIBUTE.findall(body[1])
    ]
    return f'<div style="{escape(unescape(";".join(styles)))}">' if styles else body[0]


def _harmless_styles(style: re.Match[str]) -> str:
    """No value that calls a function other than a colour, or hides one behind an escape; of a background its colour.

    What is written on a picture that is not shown, in a colour of its own, could not be read: that colour goes, too.
    """
    if "background:" not in style[2] and not _RISKY_VALUE.search(style[2]):
        return style[0]
    kept, faded = [], False
    for declaration in _LOADED.sub("url()", unescape(style[2])).split(";"):
        if background := _BACKGROUND.match(declaration):
            colour = _colour_of(background[1])
            faded = faded or (not colour and "url()" in background[1])
            if colour:
                kept.append(f"background-color:{colour}")
        elif declaration.strip() and not _RISKY_VALUE.search(_HARMLESS_FUNCTION.sub("", declaration)):
            kept.append(declaration)
    if faded and not any(each.strip().lower().startswith("background-color") for each in kept):
        kept = [each for each in kept if not each.strip().lower().startswith("color")]
    return style[1] + (f' style="{escape(";".join(kept))}"' if kept else "")


def _colour_of(background: str) -> str:
    """The colour in the value of the shorthand `background`, of a gradient its first one; "" if there is none."""
    found = (each[0] for each in _COLOUR.finditer(_GRADIENT.sub(" ", background)))
    return next((colour for colour in found if colour.lower() not in _PLACES), "")
