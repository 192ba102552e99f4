"""Images that stand in the HTML itself as `data:` addresses: files like any other."""

from __future__ import annotations

import binascii
import hashlib
import re
from urllib.parse import unquote

from mailboxes.parsing.body.images import image_type, true_type
from mailboxes.parsing.values.types import Attachment

MOST_EMBEDDED = 100
EMBEDDED = re.compile(
    r"(\bsrc\s*=\s*)([\"']?)\s*data:(image/[a-z0-9.+-]{1,40})(?:;[\w=-]{1,40})*;base64,([A-Za-z0-9+/=\s%]++)\2",
    re.IGNORECASE,
)


def extract_embedded_images(html: str, images: dict[str, Attachment]) -> str:
    """`html` with its `data:` images replaced by `cid:` ones; the images are put into `images`, at most 100."""

    def extracted(found: re.Match[str]) -> str:
        data = _image_bytes(found[4])
        cid = f"{hashlib.sha256(data).hexdigest()[:32]}@embedded"
        if not data or (cid not in images and len(images) >= MOST_EMBEDDED):
            return f'{found[1]}""'
        kind = true_type(found[3].lower().replace("jpg", "jpeg"), data)
        name = f"image-{len(images) + 1}.{kind.rpartition('/')[2].partition('+')[0]}"
        images.setdefault(cid, Attachment(name, kind, data, inline=image_type(data) != "", cid=cid))
        return f'{found[1]}"cid:{cid}"'

    if "base64," in html:
        html = EMBEDDED.sub(extracted, html, count=5 * MOST_EMBEDDED)
    return html


def _image_bytes(text: str) -> bytes:
    try:
        return binascii.a2b_base64((unquote(text) if "%" in text else text) + "==")
    except (binascii.Error, ValueError):
        return b""
