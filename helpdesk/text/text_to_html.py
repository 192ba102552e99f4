"""Plain text as HTML: paragraphs, and links where web and mail addresses stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_REL = 'rel="noopener noreferrer nofollow"'
_WEB = r"\bhttps?://[^\s<>\"']{3,2000}"
_WEB_ADDRESS = re.compile(_WEB, re.IGNORECASE)
_ANY_ADDRESS = re.compile(rf"{_WEB}|\b[\w.+-]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}\b", re.IGNORECASE)


def text_to_html(text: str) -> str:
    """Plain `text` as HTML: empty lines part paragraphs, other line ends stay, web addresses become links."""
    paragraphs = re.split(r"\n[ \t]*\n+", text.replace("\r\n", "\n").strip("\n"))
    lines = (linkify(paragraph).replace("\n", "<br>\n") for paragraph in paragraphs if paragraph.strip())
    return "\n".join(f"<p>{each}</p>" for each in lines)


def linkify(text: str, *, on_page: bool = False) -> str:
    """Plain `text`, escaped, with its web addresses clickable.

    `on_page`: so are mail addresses, and links open in a window of their own. A mail program does both by itself.
    """
    return "".join(_pieces(text, on_page))


def _pieces(text: str, on_page: bool) -> Iterator[str]:
    end, target = 0, ' target="_blank"' if on_page else ""
    for found in (_ANY_ADDRESS if on_page else _WEB_ADDRESS).finditer(text):
        shown = found[0].rstrip(".,;:!?)")
        address = escape(shown if "://" in shown else f"mailto:{shown}")
        yield escape(text[end : found.start()])
        yield f'<a href="{address}" {_REL}{target}>{escape(shown)}</a>'
        end = found.start() + len(shown)
    yield escape(text[end:])
