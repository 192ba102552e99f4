"""Mail that came as HTML, as a page of its own in a frame, with its pictures and its quotes folded.

The HTML was sanitised when the mail was read, and what it quotes was marked.
"""

from collections.abc import Mapping
from html import escape

from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from helpdesk.text.pictures import with_pictures, with_remote_pictures
from helpdesk.text.text_to_html import linkify
from tickets.text.dark import readable_in_the_dark
from tickets.text.link_targets import with_targets

#: What a browser may show by itself: pictures that cannot hold a script, and PDF in its own viewer.
PREVIEWED = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
#: What a page plays: sound and film run nothing.
PLAYED = frozenset(
    {
        *("audio/aac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav", "audio/webm", "audio/x-m4a", "audio/x-wav"),
        *("video/mp4", "video/ogg", "video/webm"),
    }
)
#: No script, no font, no file of anybody else; links open in a window of their own, outside of the sandbox.
POLICY = (
    "default-src 'none'; img-src {images}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
#: A mail whose colours can be read in the dark has the ground of the page around it; any other one is on white.
_STYLE = (
    ":root{color-scheme:light}:root[data-plain]{color-scheme:light dark}:root[data-plain][data-theme=light]"
    "{color-scheme:light}:root[data-plain][data-theme=dark]{color-scheme:dark}@media print{:root{color-scheme:light"
    "!important}}html{overflow:auto hidden;background:light-dark(#fff,#19191d)}body{margin:0;padding:8px;"
    "color:light-dark(#1b1b20,#ececf1);overflow-wrap:break-word;"
    "font:15px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}img{max-width:100%;height:auto}"
    "img:not([src]){display:none}pre{white-space:pre-wrap}table{max-width:100%}a{color:light-dark(#3a55cf,#96a8ff)}"
    "[class*=Mso]{margin:0}"
    "body>:first-child,body>:first-child>:first-child{margin-top:0}"
    "body>:last-child,body>:last-child>:last-child{margin-bottom:0}"
    "blockquote{margin:0 0 0 2px;padding-left:12px;border-left:2px solid light-dark(#d5d5dc,#44444d);"
    "color:light-dark(#585864,#a6a6b3)}"
    "summary{display:inline-block;padding:2px 8px;border-radius:4px;background:light-dark(#ececf0,#2c2c33);"
    "color:light-dark(#585864,#a6a6b3);font-size:12px;"
    "line-height:1.4;cursor:pointer;list-style:none}summary::-webkit-details-marker{display:none}"
    "details[open]>summary{margin-bottom:12px}"
)


def page(html: str, *, title: str, pictures: Mapping[str, str], remote_images: bool) -> SafeString:
    """The page inside the frame. `html` must be sanitised; `pictures` maps a Content-ID to the address of its image."""
    body = with_pictures(_with_labels(with_targets(html)), pictures)
    if remote_images:
        body = with_remote_pictures(body)
    return format_html(
        '<!DOCTYPE html><html{}><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        '<meta name="viewport" content="width=device-width"><base target="_blank"><title>{}</title>'
        '<style>{}</style></head><body dir="auto">{}</body></html>',
        mark_safe(" data-plain") if readable_in_the_dark(html) else "",
        title,
        mark_safe(_STYLE),  # noqa: S308 - ours
        mark_safe(body),  # noqa: S308 - sanitised when the mail was read
    )


def response(html: str, *, title: str, pictures: Mapping[str, str], remote_images: bool) -> HttpResponse:
    """The `page` for its frame, under its `policy`; whoever follows a link in it is not told where from."""
    shown = page(html, title=title, pictures=pictures, remote_images=remote_images)
    headers = {"Content-Security-Policy": policy(remote_images=remote_images), "Referrer-Policy": "no-referrer"}
    return HttpResponse(shown, headers=headers)


def policy(*, remote_images: bool) -> str:
    """The Content-Security-Policy of that page, which also puts it into a sandbox when it is opened by itself."""
    return POLICY.format(images="'self' data: https: http:" if remote_images else "'self' data:")


def _with_labels(html: str) -> str:
    """`html` whose folded quotes can be opened. The parser has put them into <details>, which no sender can write."""
    label = escape(_("Show quoted text"))
    return html.replace("<details>", f'<details><summary title="{label}" aria-label="{label}">•••</summary>')


def linked(text: str) -> SafeString:
    """Plain `text` with its web and mail addresses made clickable and everything else escaped."""
    return mark_safe(linkify(text, on_page=True))  # noqa: S308 - every part is escaped
