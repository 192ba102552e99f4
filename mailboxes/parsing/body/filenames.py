"""Under which name may a file from a mail be shown and stored?"""

from __future__ import annotations

import re
from mimetypes import guess_extension

LONGEST = 150  # characters
# What a path, a shell or a reader could take for something else: controls, separators, wildcards, overrides of the
# writing direction.
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]+')
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)
KNOWN_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "message/feedback-report": ".txt",
    "message/disposition-notification": ".txt",
    "text/rfc822-headers": ".txt",
    "image/jpeg": ".jpg",
    "application/octet-stream": ".bin",
    "application/pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc",
}
KNOWN_STEMS = {
    "text/calendar": "invite",
    "message/delivery-status": "delivery-status",
    "message/feedback-report": "feedback-report",
    "message/disposition-notification": "disposition-notification",
    "text/rfc822-headers": "headers",
    "message/rfc822": "message",
    "application/pkcs7-signature": "smime",
    "application/pgp-signature": "signature",
}


def safe_name(stated: str, media_type: str, number: int) -> str:
    """A name without path, control or reserved parts, at most 150 characters, never empty; other writing systems stay.

    `number` (from 1) names what has no usable name: `attachment-1.pdf`.
    """
    name = re.split(r"[/\\]", stated.replace("\r", "").replace("\n", " "))[-1]
    name = UNSAFE.sub("_", name) if UNSAFE.search(name) else name
    name = re.sub(r"\s+", " ", name).strip(" .") if name else ""
    if not name.strip("_. "):
        return _made_up(media_type, number)
    name = RESERVED.sub(r"_\1", name, count=1) if RESERVED.match(name) else name
    return _shortened(name)


def _made_up(media_type: str, number: int) -> str:
    extension = KNOWN_EXTENSIONS.get(media_type) or guess_extension(media_type)
    extension = extension or (".txt" if media_type.startswith("text/") else ".bin")
    stem = KNOWN_STEMS.get(media_type, "attachment")
    return f"{stem}{extension}" if media_type in KNOWN_STEMS else f"{stem}-{number}{extension}"


def _shortened(name: str) -> str:
    """Cut in the middle, so that the extension stays; also below 255 bytes in UTF-8, the limit of file systems."""
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 20:
        stem, extension = name, ""
    extension = dot + extension if extension else ""
    stem = stem[: LONGEST - len(extension)]
    while len((stem + extension).encode("utf-8", "replace")) > 240:
        stem = stem[:-1]
    return stem + extension
