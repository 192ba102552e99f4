"""How is a stranger's HTML shown so that nothing in it can act, and nothing is fetched unasked?

`sanitise` runs once, when the mail is read. In its output every "<", ">" and '"' that is not markup is escaped, so
tags can be found by an expression: here, and where the mail is shown.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from html import escape, unescape
from urllib.parse import unquote

import nh3

from mailboxes.parsing.values.notes import Notes
from mailboxes.parsing.values.types import Attachment

LARGEST = 2_000_000  # characters that are sanitised; a longer document is cut and kept whole as a file
MOST_EMBEDDED = 100
CALM = 300  # tags: below, no document is worth a closer look
MOST_TAGS = 200_000
MOST_ENTITIES = 250_000
MOST_OPEN = 60_000_000  # sum over all tags of the elements open around them: the time a parser needs
MOST_REOPENED = 150_000  # the same for <b>, <font> …, which a parser opens again in every paragraph


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
# Nothing that can leave its box, cover the page, load a file or run.
STYLES = _words(
    "background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse"
    " border-color border-left border-left-color border-left-style border-left-width border-radius border-right"
    " border-right-color border-right-style border-right-width border-spacing border-style border-top border-top-color"
    " border-top-style border-top-width border-width caption-side clear color direction display float font font-family"
    " font-size font-style font-variant font-weight height letter-spacing line-height list-style-type margin"
    " margin-bottom margin-left margin-right margin-top max-height max-width min-height min-width padding"
    " padding-bottom padding-left padding-right padding-top table-layout text-align text-decoration text-indent"
    " text-transform unicode-bidi vertical-align white-space width word-break word-spacing word-wrap"
)
CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=_words("script style title noscript template iframe object svg math audio video select"),
    attributes=ATTRIBUTES,
    allowed_classes={"div": QUOTE_CLASSES, "blockquote": QUOTE_CLASSES},
    filter_style_properties=STYLES,
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel="noopener noreferrer nofollow",
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    url_relative="deny",
)

EMBEDDED = re.compile(
    r"(\bsrc\s*=\s*)([\"']?)\s*data:(image/(?:png|jpe?g|gif|webp|bmp))(?:;[\w=-]{1,40})*;base64,([A-Za-z0-9+/=\s%]++)\2",
    re.IGNORECASE,
)
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
IMAGE = re.compile(r"<img\b[^>]*>")
SOURCE = re.compile(r' src="([^"]*)"')
STYLE = re.compile(r'(<[a-z0-9]+(?: [^>]*?)?) style="([^"]*)"')
HARMLESS_FUNCTION = re.compile(r"\b(?:rgba?|hsla?)\([\d\s.,%/]*\)", re.IGNORECASE)
RISKY_VALUE = re.compile(r"[(\\@]|expression|behaviou?r|binding|javascript|url", re.IGNORECASE)

CLOSED_BY_OTHERS = _words("p li td th tr dt dd option tbody thead tfoot colgroup")
VOID = _words("area base br col embed hr img input link meta param source track wbr")
FORMATTING = _words("a b big code em font i nobr s small strike strong tt u")


def sanitise(html: str, notes: Notes) -> str:
    """`html` with harmless tags, attributes, styles and links only, "" if it is built to stop a parser.

    Remote images keep their address in `data-remote-src`; `cid:` images stay. 2,000,000 characters are read.
    """
    if len(html) > LARGEST:
        notes.defect("The HTML is too long to be shown whole.")
        html = html[:LARGEST]
    if is_tangled(html):
        notes.defect("The HTML is nested too deeply to be shown.")
        return ""
    clean = CLEANER.clean(html)
    if "<img" in clean:
        clean = IMAGE.sub(_without_remote_source, clean)
    if "style=" in clean:
        clean = STYLE.sub(_without_risky_styles, clean)
    return clean.strip()


def content_ids(html: str) -> frozenset[str]:
    """The Content-IDs that images of sanitised `html` refer to."""
    images = IMAGE.findall(html) if "cid:" in html.lower() else []
    return frozenset(content_id(source) for image in images for source in SOURCE.findall(image)) - {""}


def content_id(source: str) -> str:
    """`cid:a%40b` as the Content-ID `a@b`, "" for any other address."""
    address = unescape(source).strip()
    return unquote(address[4:]).strip("<> ") if address[:4].lower() == "cid:" else ""


def extract_embedded_images(html: str) -> tuple[str, list[Attachment]]:
    """`html` with its `data:` images replaced by `cid:` ones, and those images as attachments; at most 100."""
    images: dict[str, Attachment] = {}

    def extracted(found: re.Match[str]) -> str:
        data = _image_bytes(found[4])
        cid = f"{hashlib.sha256(data).hexdigest()[:32]}@embedded"
        if not data or (cid not in images and len(images) >= MOST_EMBEDDED):
            return f'{found[1]}""'
        kind = found[3].lower().replace("jpg", "jpeg")
        name = f"image-{len(images) + 1}.{kind.rpartition('/')[2]}"
        images.setdefault(cid, Attachment(name, kind, data, inline=True, cid=cid))
        return f'{found[1]}"cid:{cid}"'

    if "base64," in html:
        html = EMBEDDED.sub(extracted, html, count=5 * MOST_EMBEDDED)
    return html, list(images.values())


def is_tangled(html: str) -> bool:
    """Would a parser need quadratic time for it (thousands of open elements), or write out far more than it read?"""
    tags = html.count("<")
    if tags > MOST_TAGS or html.count("&") + html.count(">") > MOST_ENTITIES + tags:
        return True
    if tags <= CALM:
        return False
    open_elements = open_formatting = depths = reopened = 0
    for closing, name in TAG.findall(html):
        name = name.lower()
        if name in VOID:
            continue
        step = -1 if closing else 1
        if name in FORMATTING:
            open_formatting = max(0, open_formatting + step)
        if name not in CLOSED_BY_OTHERS:
            open_elements = max(0, open_elements + step)
        depths += open_elements
        reopened += open_formatting
    return depths > MOST_OPEN or reopened > MOST_REOPENED


def _image_bytes(text: str) -> bytes:
    try:
        return binascii.a2b_base64((unquote(text) if "%" in text else text) + "==")
    except (binascii.Error, ValueError):
        return b""


def _without_remote_source(image: re.Match[str]) -> str:
    """Only `cid:` stays a source; http(s) waits for the agent; anything else goes."""

    def held_back(source: re.Match[str]) -> str:
        address = source[1].lstrip().lower()
        if address.startswith("cid:"):
            return source[0]
        return f' data-remote-src="{source[1].strip()}"' if address.startswith(("http://", "https://")) else ""

    return SOURCE.sub(held_back, image[0])


def _without_risky_styles(style: re.Match[str]) -> str:
    """No value that calls a function other than a colour, or hides one behind an escape."""
    if not RISKY_VALUE.search(style[2]):
        return style[0]
    kept = [
        declaration
        for declaration in unescape(style[2]).split(";")
        if not RISKY_VALUE.search(HARMLESS_FUNCTION.sub("", declaration))
    ]
    return style[1] + (f' style="{escape(";".join(kept))}"' if kept else "")
