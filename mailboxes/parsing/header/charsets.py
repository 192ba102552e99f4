"""Which characters do these bytes stand for, whatever their label claims?"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from mailboxes.parsing.values.notes import Notes

# Labels that real mail carries and Python does not know, and labels that mean more than they say: Windows programs
# write cp1252 and call it iso-8859-1, Chinese ones GB18030 and call it gb2312 (WHATWG Encoding Standard, section 4.2).
ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "l1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "chinesebig5": "big5hkscs",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "euc-kr": "cp949",
    "ks-c-5601-1987": "cp949",
    "ksc5601": "cp949",
    "ks-c-5601": "cp949",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "unicode": "utf-8",
    "uft-8": "utf-8",
    "utf": "utf-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "koi8": "koi8-r",
    "win-1251": "cp1251",
}
# Codecs that are no charsets of mail: they can blow up, take quadratic time, or turn C:\new into a newline (L41).
NO_CHARSETS = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"}
ESCAPING = re.compile(r"iso2022|^hz|utf-?7|utf-?16|utf-?32|^cp(037|500|1026|1140|273|424|875)", re.IGNORECASE)
# What a detector may choose from: with all of Python's codecs it takes Russian for Japanese.
CANDIDATES = [
    *("cp1252", "cp1251", "koi8_r", "cp1250", "gb18030", "big5", "euc_jp", "cp932", "euc_kr"),
    *("cp1253", "cp1254", "cp1255", "cp1256", "cp874", "iso2022_jp"),
]
WESTERN = frozenset("äöüßÄÖÜéèêëáàâãåæçíìîïñóòôõøœúùûýÿÉÈÊÁÀÂÃÅÆÇÍÎÑÓÔÕØÚ¡¿«»„“”‚‘’–—…•€£§°©®ºª\xa0")
SMALLEST_SAMPLE = 64  # bytes; below, a detector guesses wildly
LARGEST_SAMPLE = 4096
META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
WINDOWS = {byte: character for byte in range(0x80, 0xA0) if (character := bytes([byte]).decode("cp1252", "ignore"))}
ISO2022_SEGMENT = re.compile(rb"\x1b\$[@B]((?:[\x21-\x7e]{2})*)(?:\x1b\([BJH]|$)")


def decode(data: bytes, label: str, notes: Notes) -> str:
    """The text of `data`, never an exception, free of NUL and lone surrogates.

    The label is tried first; a wrong or unknown one is replaced by UTF-8 if the bytes are UTF-8, else by what a
    detector says (64 bytes or more), else by Windows-1252.
    """
    codec = codec_of(label)
    if data.isascii() and not (codec and ESCAPING.search(codec)):
        return without_nul(data.decode("ascii"))
    if codec and codec != "cp1252":
        try:
            return scrub(data.decode(codec))
        except (UnicodeError, ValueError, OverflowError):
            notes.defect(f"The text is not in the charset it claims to be in ({label[:40]}).")
    elif label and not codec:
        notes.defect(f"The charset “{label[:40]}” is unknown.")
    return scrub(_recovered(data, codec, notes))


def decode_html(data: bytes, label: str, notes: Notes) -> str:
    """Like `decode`; without a label the document's own `<meta charset>` counts."""
    if not label and (found := META_CHARSET.search(data, 0, 2048)):
        label = found[1].decode("ascii", "replace")
    return decode(data, label, notes)


def decode_header(data: bytes, hint: str) -> str:
    """Raw 8-bit bytes of a header: UTF-8 (RFC 6532), else the body's charset, else Windows-1252.

    No detector: a header is too short for one, and there are many of them.
    """
    if data.isascii():
        return data.decode("ascii")
    for codec in filter(None, ("utf-8", codec_of(hint))):
        try:
            return scrub(data.decode(codec))
        except (UnicodeError, ValueError):
            continue
    return scrub(_windows(data))


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """The name of Python's codec for a label, None if there is no such charset."""
    name = label.strip(" \t\"'<>;,.").lower().replace("_", "-")
    name = re.sub(r"^(charset=|x-cp-?|cp-|windows-cp)", lambda found: "cp" if "cp" in found[0] else "", name)
    if not name or len(name) > 40:
        return None
    name = ALIASES.get(name, name)
    if name in NO_CHARSETS:
        return None
    try:
        found = codecs.lookup(name)
        return found.name if found._is_text_encoding else None
    except (LookupError, ValueError, UnicodeError):
        return None


def scrub(text: str) -> str:
    """Without what a database refuses: NUL, lone surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode("utf-8")
    return without_nul(text)


def without_nul(text: str) -> str:
    """PostgreSQL stores no NUL."""
    return text.replace("\0", "") if "\0" in text else text


def _recovered(data: bytes, codec: str | None, notes: Notes) -> str:
    """The best reading of bytes whose label is wrong, missing or unknown."""
    if codec and codec.startswith("iso2022") and b"\x1b" in data:
        return _iso2022_with_vendor_characters(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if codec and codec != "cp1252" and (text := _mostly_right(data, codec)):
        return text
    if codec == "cp1252":
        return _windows(data)
    if detected := _detected(data, notes):
        return data.decode(detected, "replace")
    return _windows(data)


def _mostly_right(data: bytes, codec: str) -> str:
    """The labelled reading if only a little of it is broken (cut in the middle, one stray byte), else ""."""
    text = data.decode(codec, "replace")
    broken = text.count("\ufffd")
    foreign = sum(1 for character in text[:20000] if character > "\x7f") - broken
    return text if foreign >= 4 * broken else ""


def _detected(data: bytes, notes: Notes) -> str:
    """What a detector makes of the bytes, "" if they are too few or the mail has used up its budget."""
    high = next((i for i, byte in enumerate(data) if byte > 127), 0)
    sample = data[max(0, high - 512) :][:LARGEST_SAMPLE]
    if len(sample) < SMALLEST_SAMPLE or not notes.may_detect():
        return ""
    from charset_normalizer import from_bytes  # costly to import, and seldom needed

    best = from_bytes(sample, cp_isolation=CANDIDATES).best()
    found = best.encoding if best else ""
    is_western = found in ("cp1250", "cp1254") and WESTERN.issuperset(_windows(bytes(set(sample) - set(range(128)))))
    return "" if is_western else found


def _windows(data: bytes) -> str:
    """Windows-1252 as browsers read it: its five holes are control characters, not errors."""
    return data.decode("latin-1").translate(WINDOWS)


def _iso2022_with_vendor_characters(data: bytes) -> str:
    """ISO-2022-JP with NEC row 13 and other vendor characters (①, ㈱), which only Windows' Shift_JIS table has."""

    def shifted(found: re.Match[bytes]) -> bytes:
        codes = found[1]
        return b"".join(_jis_to_shift_jis(codes[i], codes[i + 1]) for i in range(0, len(codes), 2))

    data = ISO2022_SEGMENT.sub(shifted, data)
    return re.sub(rb"\x1b[($][A-Za-z@]", b"", data).decode("cp932", "replace")


def _jis_to_shift_jis(row: int, cell: int) -> bytes:
    """One JIS X 0208 position in Shift_JIS."""
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
    return bytes((lead, trail))
