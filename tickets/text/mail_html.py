"""Mail that came as HTML, as a page of its own in a frame, with its pictures and its quotes folded.

The HTML was sanitised when the mail was read: every "<", ">" and '"' in it that is not markup is escaped, so a tag can
be found by a plain expression.
"""

import re
from collections.abc import Mapping
from html import escape, unescape
from itertools import islice

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from helpdesk.text.pictures import with_pictures, with_remote_pictures
from helpdesk.text.text_to_html import linkify

#: What a browser may show by itself: pictures that cannot hold a script, and PDF in its own viewer.
PREVIEWED = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
#: No script, no font, no file of anybody else; links open in a window of their own, outside of the sandbox.
POLICY = (
    "default-src 'none'; img-src {images}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
#: Quotes of one mail that are looked at; each costs a look at what stands below it.
MAX_QUOTES = 20
#: Characters of HTML in which the line that introduces a quote is looked for.
LONGEST_ATTRIBUTION = 2000

_STYLE = (
    "html{overflow:auto hidden}body{margin:0;padding:8px;color:#1b1b20;background:#fff;overflow-wrap:break-word;"
    "font:15px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}img{max-width:100%;height:auto}"
    "img:not([src]){display:none}pre{white-space:pre-wrap}table{max-width:100%}a{color:#3a55cf}"
    "body>:first-child,body>:first-child>:first-child{margin-top:0}"
    "body>:last-child,body>:last-child>:last-child{margin-bottom:0}"
    "blockquote{margin:0 0 0 2px;padding-left:12px;border-left:2px solid #d5d5dc;color:#585864}"
    "summary{display:inline-block;padding:2px 8px;border-radius:4px;background:#ececf0;color:#585864;font-size:12px;"
    "line-height:1.4;cursor:pointer;list-style:none}summary::-webkit-details-marker{display:none}"
    "details[open]>summary{margin-bottom:12px}"
)
_QUOTE_START = re.compile(
    r"<blockquote\b|<div\b[^>]*\bclass=\"[^\"]*(?:gmail_quote|yahoo_quoted|protonmail_quote)", re.I
)
_TAG = re.compile(r"<(/?)(div|blockquote)\b[^>]*>", re.I)
_ANY_TAG = re.compile(r"<[^>]*>")
_TOKEN = re.compile(r"<(/?)(\w+)[^>]*>|[^<]+")
_INLINE = frozenset({"a", "b", "em", "font", "i", "small", "span", "strong", "u"})
#: "On 3 Mar 2026 at 10:00, Anna wrote:" in whatever language: it holds a time, a date or an address, and ends so.
_ATTRIBUTION = re.compile(r"(?=.*?(?:\d[:.h]\d\d|\d[./-]\d{1,2}[./-]\d|@)).{1,300}[:：]")


def page(html: str, *, title: str, pictures: Mapping[str, str], remote_images: bool) -> SafeString:
    """The page inside the frame. `html` must be sanitised; `pictures` maps a Content-ID to the address of its image."""
    body = with_pictures(fold_quotes(html), pictures)
    if remote_images:
        body = with_remote_pictures(body)
    return format_html(
        '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        '<meta name="viewport" content="width=device-width"><base target="_blank"><title>{}</title>'
        "<style>{}</style></head><body>{}</body></html>",
        title,
        mark_safe(_STYLE),  # noqa: S308 - ours
        mark_safe(body),  # noqa: S308 - sanitised when the mail was read
    )


def policy(*, remote_images: bool) -> str:
    """The Content-Security-Policy of that page, which also puts it into a sandbox when it is opened by itself."""
    return POLICY.format(images="'self' data: https: http:" if remote_images else "'self' data:")


def fold_quotes(html: str) -> str:
    """`html` with the quoted mail at its end folded. A quote with an answer below it is left open (L37)."""
    for start in (found.start() for found in islice(_QUOTE_START.finditer(html), MAX_QUOTES)):
        end = _end_of(html, start)
        if end and not _ANY_TAG.sub("", html[end:]).replace("&nbsp;", "").strip():
            start = _attribution_start(html, start)
            if not _ANY_TAG.sub("", html[:start]).replace("&nbsp;", "").strip():
                return html  # nothing but a quote: what would be left to read?
            label = escape(_("Show quoted text"))
            summary = f'<summary title="{label}" aria-label="{label}">•••</summary>'
            return f"{html[:start]}<details>{summary}{html[start:end]}</details>{html[end:]}"
    return html


def _attribution_start(html: str, quote: int) -> int:
    """Where the line begins that introduces the quote at `quote`; `quote` itself if none can be folded along, whole.

    Read backwards: what is closed before the quote has to be opened in that line, too.
    """
    line, depth, whole, start = "", 0, False, quote
    for token in reversed(list(_TOKEN.finditer(html, max(0, quote - LONGEST_ATTRIBUTION), quote))):
        closes, name = token[1], (token[2] or "").lower()
        if not name:
            words = unescape(token[0])
            if whole and words.strip():
                break
            line = words + line
        elif name == "br":
            if line.strip() and not depth:
                break
            whole = bool(line.strip())
        elif closes:
            if line.strip() and name not in _INLINE:
                break
            depth += 1
        elif depth:
            depth -= 1
            whole = whole or (name not in _INLINE and bool(line.strip()))
        else:
            break
        if line.strip() and not depth:
            start = token.start()
    return start if _ATTRIBUTION.fullmatch(" ".join(line.split())) else quote


def _end_of(html: str, start: int) -> int:
    """Where the element that begins at `start` ends; 0 if it is never closed."""
    depth = 0
    for tag in _TAG.finditer(html, start):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end()
    return 0


def linked(text: str) -> SafeString:
    """Plain `text` with its web and mail addresses made clickable and everything else escaped."""
    return mark_safe(linkify(text, on_page=True))  # noqa: S308 - every part is escaped
