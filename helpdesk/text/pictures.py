"""The pictures in sanitised HTML: those that came with the mail, and those that would be fetched from elsewhere.

A remote picture keeps its address in `data-remote-src` and is fetched only when somebody asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import unquote

_IMAGE = re.compile(r"<img\b[^>]*>")
_SOURCE = re.compile(r' src="([^"]*)"')
_REMOTE_SOURCE = re.compile(r' data-remote-src="(https?:[^"]*)"', re.IGNORECASE)


def hold_back_remote_pictures(html: str) -> str:
    """`html` in which only `cid:` is a source; http(s) waits for the reader; anything else goes."""
    return _IMAGE.sub(lambda image: _SOURCE.sub(_held_back, image[0]), html) if "<img" in html else html


def _held_back(source: re.Match[str]) -> str:
    address = source[1].lstrip().lower()
    if address.startswith("cid:"):
        return source[0]
    return f' data-remote-src="{source[1].strip()}"' if address.startswith(("http://", "https://")) else ""


def has_remote_pictures(html: str) -> bool:
    """Whether sanitised `html` holds pictures that would be fetched from elsewhere."""
    return bool(_REMOTE_SOURCE.search(html))


def with_remote_pictures(html: str) -> str:
    """Sanitised `html` whose remote pictures are fetched, without telling their server where they are shown."""
    found = r' src="\1" referrerpolicy="no-referrer" loading="lazy"'
    return _IMAGE.sub(lambda image: _REMOTE_SOURCE.sub(found, image[0]), html)


def without_remote_pictures(html: str) -> str:
    """Sanitised `html` with no other pictures than those that come with it."""
    return _IMAGE.sub(lambda image: image[0] if _own(image[0]) else "", html) if "<img" in html else html


def _own(image: str) -> bool:
    return any(_content_id(source) for source in _SOURCE.findall(image))


def content_ids(html: str) -> frozenset[str]:
    """The Content-IDs of the pictures that stand in sanitised `html`, so that they need not be listed as files too."""
    images = _IMAGE.findall(html) if "cid:" in html.lower() else []
    return frozenset(_content_id(source) for image in images for source in _SOURCE.findall(image)) - {""}


def with_pictures(html: str, pictures: Mapping[str, str]) -> str:
    """Sanitised `html` whose `cid:` pictures come from `pictures` (Content-ID → address); others lose their source."""

    def resolved(source: re.Match[str]) -> str:
        cid = _content_id(source[1])
        return f' src="{escape(pictures[cid])}"' if cid in pictures else ""

    return _IMAGE.sub(lambda image: _SOURCE.sub(resolved, image[0]), html)


def _content_id(source: str) -> str:
    """`cid:a%40b` as the Content-ID `a@b`, "" for any other address."""
    address = unescape(source).strip()
    return unquote(address[4:]).strip("<> ") if address[:4].lower() == "cid:" else ""
