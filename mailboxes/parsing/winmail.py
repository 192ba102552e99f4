"""What is inside a winmail.dat (MS-OXTNEF), in which Outlook hides files and text from other programs?"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from mailboxes.parsing.charsets import decode, scrub
from mailboxes.parsing.notes import Notes

SIGNATURE = b"\x78\x9f\x3e\x22"
TYPES = {"application/ms-tnef", "application/vnd.ms-tnef"}
MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class Winmail:
    """The unpacked content: files as (stated name, bytes), and the text in up to two forms."""

    files: tuple[tuple[str, bytes], ...]
    text: str
    html: str


def unpack(data: bytes, notes: Notes) -> Winmail | None:
    """The content of a winmail.dat, None if it cannot be read (the file itself is then kept)."""
    if not data.startswith(SIGNATURE):
        return None
    from tnefparse import TNEF  # seldom needed

    logging.getLogger("tnef-decode").setLevel(logging.CRITICAL)  # it logs every unknown property of every mail
    try:
        content = TNEF(data, do_checksum=False)
        files = tuple((_stated_name(file), bytes(file.data)) for file in content.attachments[:MOST_FILES])
        text, html = _text(content.body, notes), _text(content.htmlbody, notes)
    except Exception:  # the library raises whatever the bytes lead it to
        notes.defect("A winmail.dat cannot be unpacked; it is kept as it is.")
        return None
    return Winmail(files, text, html)


def _stated_name(file: object) -> str:
    long_name = getattr(file, "long_filename", None)
    name = long_name() if callable(long_name) else getattr(file, "name", "")
    return scrub(name.decode("cp1252", "replace") if isinstance(name, bytes) else str(name or ""))


def _text(value: object, notes: Notes) -> str:
    if isinstance(value, bytes):
        return decode(value, "", notes)
    if isinstance(value, list):
        return "".join(_text(item, notes) for item in value)
    return scrub(str(value)) if value else ""
