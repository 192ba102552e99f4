"""Pictures by their bytes: which may a browser draw, whatever their label says?"""

from __future__ import annotations

DRAWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def image_type(content: bytes) -> str:
    """The media type of a picture that browsers draw and that can hold no script, "" for anything else or a torso."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png" if content[12:16] == b"IHDR" and b"IDAT" in content else ""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg" if b"\xff\xda" in content else ""  # a scan begins
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif" if b"," in content[13:] else ""  # an image begins
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp" if content[12:16] in (b"VP8 ", b"VP8L", b"VP8X") else ""
    return ""


def true_type(stated: str, content: bytes) -> str:
    """`stated`, but what the bytes are if it is a vague or uncommon name for a picture that browsers draw."""
    if stated in DRAWN or not (stated.startswith("image/") or stated == "application/octet-stream"):
        return stated
    return image_type(content) or stated
