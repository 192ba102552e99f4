"""Which characters do these bytes stand for, whatever their label claims?"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from mailboxes.parsing.values.notes import Notes, gettext_noop

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
WESTERN_BYTES = {
    ord(character): byte for byte in range(0x80, 0xA0) if (character := bytes([byte]).decode("cp1252", "ignore"))
}
WINDOWS = {byte: character for byte in range(0x80, 0xA0) if (character := bytes([byte]).decode("cp1252", "ignore"))}
ISO2022_SEGMENT = re.compile(rb"\x1b\$[@B]((?:[\x21-\x7e]{2})*)(?:\x1b\([BJH]|$)")
ISO2022_ESCAPE = re.compile(rb"\x1b\$(?:[@B]|\([@BDOPQ])[\x21-\x7e]{2}")
ISO2022_KOREAN = re.compile(rb"\x1b\$\)C")
# In these, a few letters in a row may happen to be UTF-8 (Thai "รถ" is a UTF-8 "ö"), so it takes more of them.
LIKE_UTF8 = {"cp874", "iso8859-11", "tis-620", "iso8859-5", "cp1256", "gb18030", "big5hkscs", "big5", "cp949", "euc_kr"}
LIKE_UTF8 |= {"koi8-r", "koi8-u", "cp932", "shift_jis", "euc_jp", "gbk", "gb2312"}
FEWEST_TO_DOUBT = 4  # characters beyond ASCII
SINGLE_BYTE = re.compile(r"cp(?:125\d|874)|iso8859-\d+|koi8|mac|tis-620", re.IGNORECASE)
# What UTF-8 looks like that was taken for Windows-1252 or Windows-1251 and encoded once more.
GUESSED = gettext_noop("The charset was guessed (%(charset)s).")
IS_UTF8 = gettext_noop("The text is UTF-8, not what its label says (%(label)s).")
TWICE_ENCODED = re.compile(
    r"[Â-ô][\x80-\xbfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]|[РСГ][\x80-\xbfЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџЎўЈҐЁЄЇІіґё№єјЅѕї]"
)
MOST_TIMES = 2  # that an encoding is undone
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
UTF16 = re.compile(r"utf[-_]?(?:16|32)", re.IGNORECASE)
SHORT = 200  # characters: a header, where one repaired letter is worth it


def decode(data: bytes, label: str, notes: Notes) -> str:
    """The text of `data`, never an exception, free of NUL and lone surrogates.

    The label is tried first; a wrong or unknown one is replaced by UTF-8 if the bytes are UTF-8, else by what a
    detector says (64 bytes or more), else by Windows-1252. UTF-8 under another label, or encoded twice, is repaired
    where nothing else can be meant; UTF-7 is read only where it is stated.
    """
    codec = codec_of(label)
    if data.isascii() and not (codec and ESCAPING.search(codec)):
        return _ascii(data, notes)
    if codec and _is_utf8_instead(data, codec):
        notes.defect(IS_UTF8, label=label[:40])
        codec = "utf-8"
    if codec and codec != "cp1252":
        try:
            return _once_encoded(scrub(data.decode(codec)), notes)
        except (UnicodeError, ValueError, OverflowError):
            notes.defect(
                gettext_noop("The text is not in the charset it claims to be in (%(label)s)."), label=label[:40]
            )
    elif label and not codec:
        notes.defect(gettext_noop("The charset “%(label)s” is unknown."), label=label[:40])
    return _once_encoded(scrub(_recovered(data, codec, notes)), notes)


def decode_html(data: bytes, label: str, notes: Notes) -> str:
    """Like `decode`; without a label the document's own `<meta charset>` counts."""
    if not label and (found := META_CHARSET.search(data, 0, 2048)):
        label = found[1].decode("ascii", "replace")
    return decode(data, label, notes)


def decode_header(data: bytes, hint: str, notes: Notes) -> str:
    """Raw 8-bit bytes of a header: UTF-8 (RFC 6532), else the body's charset, else Windows-1252.

    No detector: a header is too short for one, and there are many of them.
    """
    if data.isascii():
        return _ascii(data, notes)
    for codec in filter(None, ("utf-8", codec_of(hint))):
        try:
            return _once_encoded(scrub(data.decode(codec)), notes)
        except (UnicodeError, ValueError):
            continue
    notes.defect(gettext_noop("A header holds bytes without a charset; it was guessed."))
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


def _ascii(data: bytes, notes: Notes) -> str:
    """Seven-bit text, which may still be Japanese or Korean: then its escape sequences say so (ISO-2022)."""
    if b"\x1b" in data:
        if ISO2022_ESCAPE.search(data):
            notes.defect(GUESSED, charset="ISO-2022-JP")
            return scrub(_japanese(data))
        if ISO2022_KOREAN.search(data):
            notes.defect(GUESSED, charset="ISO-2022-KR")
            return scrub(data.decode("iso2022_kr", "replace"))
    return without_nul(data.decode("ascii"))


def _japanese(data: bytes) -> str:
    """ISO-2022-JP of whichever year, else with what vendors added to it."""
    for codec in ("iso2022_jp_2", "iso2022_jp_2004"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return _iso2022_with_vendor_characters(data)


def _is_utf8_instead(data: bytes, codec: str) -> bool:
    """Is this UTF-8 beyond doubt, although its label names another charset?"""
    if UTF16.match(codec):
        return b"\0" not in data and data[:2] not in (b"\xff\xfe", b"\xfe\xff") and _is_utf8(data)
    if codec == "cp1252" or not (SINGLE_BYTE.match(codec) or codec in LIKE_UTF8):
        return False  # UTF-8 itself; and what claims to be ASCII or Western may always be UTF-8
    if not _is_utf8(data):
        return False
    text = data.decode("utf-8")
    return codec not in LIKE_UTF8 or len(text) - sum(map(str.isascii, text)) >= FEWEST_TO_DOUBT


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _once_encoded(text: str, notes: Notes) -> str:
    """`text` without a second encoding as UTF-8 ("KÃ¶ln"), and without a third, as two such programs may follow."""
    for _time in range(MOST_TIMES):
        repaired = _undone(text)
        if repaired is None:
            break
        notes.defect(gettext_noop("The text was encoded twice; that was undone."))
        text = scrub(repaired)
    return text


def _undone(text: str) -> str | None:
    """`text` with one encoding less, if every letter beyond ASCII shows that one and few stand alone.

    Who writes about such letters ("Ã¼ instead of ü") also writes one that is right, or writes them singly.
    """
    first = None if text.isascii() else BEYOND_ASCII.search(text)
    if first is None or not TWICE_ENCODED.match(text, first.start()):
        return None
    for encoded in (_as_windows_1252, _as_windows_1251):
        try:
            repaired = encoded(text).decode("utf-8")
        except UnicodeError:
            continue
        if _is_plausible(repaired):
            return repaired
    return None


def _as_windows_1252(text: str) -> bytes:
    return text.translate(WESTERN_BYTES).encode("latin-1")


def _as_windows_1251(text: str) -> bytes:
    return text.encode("cp1251")


def _is_plausible(repaired: str) -> bool:
    """Are there enough letters that were repaired, most of them next to another letter?"""
    found = [position for position, character in enumerate(repaired[:100_000]) if character > "\x7f"]
    letters = [position for position in found if repaired[position].isalpha()]
    alone = sum(not (repaired[max(0, at - 1) : at].isalpha() or repaired[at + 1 : at + 2].isalpha()) for at in letters)
    return 2 * alone < len(letters) and (len(found) > 1 or len(repaired) <= SHORT)


def _recovered(data: bytes, codec: str | None, notes: Notes) -> str:
    """The best reading of bytes whose label is wrong, missing or unknown."""
    if codec and codec.startswith("iso2022") and b"\x1b" in data:
        return _iso2022_with_vendor_characters(data)
    if _is_utf8(data):
        if codec == "cp1252":
            notes.defect(IS_UTF8, label="windows-1252")
        return data.decode("utf-8")
    if codec and codec != "cp1252" and (text := _mostly_right(data, codec)):
        return text
    if codec == "cp1252":
        return _windows(data)
    if detected := _detected(data, notes):
        notes.defect(GUESSED, charset=detected)
        return data.decode(detected, "replace")
    notes.defect(GUESSED, charset="windows-1252")
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
