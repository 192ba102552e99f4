"""What is inside a winmail.dat (MS-OXTNEF), in which Outlook hides files and text from other programs?

Read here and not by a library: tnefparse believes the counts that a file states, so that twenty bytes keep it busy for
hours, and it copies the rest of the file for every attribute.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailboxes.parsing.header.charsets import decode, scrub
from mailboxes.parsing.values.notes import Notes, gettext_noop

TYPES = {"application/ms-tnef", "application/vnd.ms-tnef"}
SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_ATTRIBUTES = 5_000
MOST_PROPERTIES = 5_000
MOST_FILES = 200

ATTACH_START, ATTACH_TITLE, ATTACH_DATA, ATTACH_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
BODY, MESSAGE_PROPERTIES, CODEPAGE = 0x800C, 0x9003, 0x9007

PR_BODY, PR_HTML, PR_CODEPAGE = 0x1000, 0x1013, 0x3FDE
PR_DATA, PR_NAME, PR_LONG_NAME, PR_TYPE, PR_CID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712

UNICODE, STRING, BINARY, OBJECT, MANY, NAMED = 0x1F, 0x1E, 0x102, 0x0D, 0x1000, 0x8000
FIXED = {0x02: 2, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 2, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16, 0x01: 4}


@dataclass(slots=True)
class WinmailFile:
    """One file; what the archive does not state is ""."""

    name: str = ""
    type: str = ""
    cid: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Winmail:
    """The unpacked content: files, and the text in up to two forms."""

    files: list[WinmailFile] = field(default_factory=list)
    text: str = ""
    html: str = ""
    codepage: str = "cp1252"


def unpack(data: bytes, notes: Notes) -> Winmail | None:
    """The content of a winmail.dat, None if it cannot be read (the file itself is then kept)."""
    if not data.startswith(SIGNATURE):
        return None
    winmail = Winmail()
    try:
        for number, content in _attributes(data):
            _take(winmail, number, content, notes)
    except (struct.error, ValueError):
        notes.defect(gettext_noop("A winmail.dat is damaged; what could be read of it is shown."))
    return winmail


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, content) of every attribute: level, number, type, length, content, checksum."""
    position = 6
    for _ in range(MOST_ATTRIBUTES):
        if position + 11 > len(data):
            return
        _level, number, _type, length = struct.unpack_from("<BHHI", data, position)
        position += 9
        if length > len(data) - position:
            raise ValueError("an attribute is longer than the file")
        yield number, data[position : position + length]
        position += length + 2


def _take(winmail: Winmail, number: int, content: bytes, notes: Notes) -> None:
    """Put one attribute where it belongs."""
    if number == CODEPAGE and len(content) >= 4:
        winmail.codepage = f"cp{struct.unpack_from('<I', content)[0]}"
    elif number == BODY:
        winmail.text = decode(content, winmail.codepage, notes)
    elif number == MESSAGE_PROPERTIES:
        _take_message(winmail, _properties(content), notes)
    elif number == ATTACH_START and len(winmail.files) < MOST_FILES:
        winmail.files.append(WinmailFile())
    elif winmail.files:
        file = winmail.files[-1]
        if number == ATTACH_TITLE:
            file.name = file.name or decode(content, winmail.codepage, notes)
        elif number == ATTACH_DATA:
            file.content = content
        elif number == ATTACH_PROPERTIES:
            _take_file(file, _properties(content), winmail.codepage, notes)


def _take_message(winmail: Winmail, properties: dict[int, tuple[int, bytes]], notes: Notes) -> None:
    """The text of the message, in the code page of the Internet if the message names one."""
    kind, page = properties.get(PR_CODEPAGE, (0, b""))
    codepage = f"cp{struct.unpack('<I', page)[0]}" if len(page) == 4 else winmail.codepage
    codepage = {"cp65001": "utf-8", "cp20127": "ascii", "cp28591": "latin-1"}.get(codepage, codepage)
    if PR_BODY in properties:
        winmail.text = _string(properties[PR_BODY], winmail.codepage, notes)
    if PR_HTML in properties:
        kind, html = properties[PR_HTML]
        winmail.html = _string((kind, html), codepage, notes)


def _take_file(file: WinmailFile, properties: dict[int, tuple[int, bytes]], codepage: str, notes: Notes) -> None:
    """Long name, type and Content-ID of a file; the content of an embedded message or object."""
    for number in (PR_LONG_NAME, PR_NAME):
        if number in properties and (name := _string(properties[number], codepage, notes)):
            file.name = name
            break
    file.type = _string(properties.get(PR_TYPE, (0, b"")), codepage, notes).lower()
    file.cid = _string(properties.get(PR_CID, (0, b"")), codepage, notes).strip("<>")
    kind, content = properties.get(PR_DATA, (0, b""))
    if content and not file.content:
        file.content = content[16:] if kind == OBJECT else content


def _properties(data: bytes) -> dict[int, tuple[int, bytes]]:
    """MAPI properties by number, as (type, bytes); of several values the first (MS-OXTNEF 2.1.3.4)."""
    found: dict[int, tuple[int, bytes]] = {}
    count, position = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, MOST_PROPERTIES)):
        if position + 4 > len(data):
            break
        kind, number = struct.unpack_from("<HH", data, position)
        position += 4
        if number >= NAMED:
            position = _after_name(data, position)
        values = 1
        if kind & MANY:
            values, position = struct.unpack_from("<I", data, position)[0], position + 4
        value, position = _value(data, position, kind & ~MANY, values, bool(kind & MANY))
        found.setdefault(number, (kind & ~MANY, value))
    return found


def _after_name(data: bytes, position: int) -> int:
    """Where a property's value starts that has a name of its own instead of a number."""
    is_text, length = struct.unpack_from("<II", data, position + 16)
    return position + 24 + (_padded(length) if is_text else 0)


def _value(data: bytes, position: int, kind: int, values: int, many: bool) -> tuple[bytes, int]:
    """(first value, position after the last one)."""
    if kind in FIXED:
        size = FIXED[kind]
        return data[position : position + size], position + _padded(size * min(values, len(data)))
    if kind not in (UNICODE, STRING, BINARY, OBJECT):
        raise ValueError("a property of unknown type")
    if not many:
        values, position = struct.unpack_from("<I", data, position)[0], position + 4
    first = b""
    for index in range(min(values, MOST_PROPERTIES)):
        length = struct.unpack_from("<I", data, position)[0]
        position += 4
        first = first if index else data[position : position + length]
        position += _padded(length)
    return first, position


def _padded(length: int) -> int:
    return (length + 3) // 4 * 4


def _string(value: tuple[int, bytes], codepage: str, notes: Notes) -> str:
    kind, data = value
    if kind == UNICODE:
        return scrub(data.decode("utf-16-le", "replace"))
    return decode(data, codepage, notes)
