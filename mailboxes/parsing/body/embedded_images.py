"""Images that stand in the HTML itself as `data:` addresses: files like any other."""

from __future__ import annotations

import binascii
import hashlib
import re
from urllib.parse import unquote

from mailboxes.parsing.values.types import Attachment

MOST_EMBEDDED = 100
EMBEDDED = re.compile(
    r"(\bsrc\s*=\s*)([\"']?)\s*data:(image/(?:png|jpe?g|gif|webp|bmp))(?:;[\w=-]{1,40})*;base64,([A-Za-z0-9+/=\s%]++)\2",
    re.IGNORECASE,
)


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


def _image_bytes(text: str) -> bytes:
    try:
        return binascii.a2b_base64((unquote(text) if "%" in text else text) + "==")
    except (binascii.Error, ValueError):
        return b""
