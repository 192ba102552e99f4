"""What type, name and boundary does a Content-Type or Content-Disposition header state (RFC 2045, RFC 2231)?"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from mailboxes.parsing.header.charsets import decode
from mailboxes.parsing.header.encoded_words import decode_words
from mailboxes.parsing.values.notes import Notes, gettext_noop

# An unquoted value runs to the semicolon: boundaries with "=", "?" or "/" and names with spaces are wrong but common.
PARAMETER = re.compile(r";\s*([^\s=;\"]{1,80}+)\s*=\s*(\"(?:[^\"\\]|\\.)*+\"?|[^;]*+)", re.DOTALL)
ESCAPED = re.compile(r"\\([\"\\])")  # not C:\new, which some programs leave as it is
SEGMENT = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
MOST_PARAMETERS = 200


def parse_parameters(value: str, notes: Notes) -> tuple[str, dict[str, str]]:
    """(main value in lower case, parameters with decoded values and names in lower case).

    The first of two parameters with one name wins; an encoded one (`name*`) wins over a plain one.
    """
    main = value.partition(";")[0].strip().lower()
    if ";" not in value:
        return main, {}
    plain: dict[str, str] = {}
    segments: dict[str, list[tuple[int, bool, str]]] = {}
    for count, found in enumerate(PARAMETER.finditer(value)):
        if count >= MOST_PARAMETERS:
            notes.defect(gettext_noop("A header has too many parameters; the rest is not read."))
            break
        name, text = found[1].lower(), _unquoted(found[2])
        if "*" in name and (segment := SEGMENT.fullmatch(name)):
            segments.setdefault(segment[1], []).append((int(segment[2] or 0), bool(segment[3]), text))
        else:
            plain.setdefault(name, decode_words(text, notes))
    for name, pieces in segments.items():
        plain[name] = _joined(sorted(pieces, key=lambda piece: piece[0]), notes)
    return main, plain


def boundaries(value: str, parameters: dict[str, str]) -> list[str]:
    """Every boundary the header may mean, the likeliest first: as stated, cut at a lost quote, folds taken out."""
    stated = parameters.get("boundary", "")
    candidates = [
        stated.rstrip(),
        stated.partition(";")[0].strip(),
        re.sub(r"\s+", "", stated),
        stated.partition('"')[0],
    ]
    if found := re.search(r"boundary\s*=\s*\"?([^\s\";]+)", value, re.IGNORECASE):
        candidates.append(found[1])
    return [candidate for candidate in dict.fromkeys(candidates) if candidate]


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        inner = value[1:-1] if len(value) > 1 and value.endswith('"') else value[1:]
        return ESCAPED.sub(r"\1", inner) if "\\" in inner else inner
    return value.strip()


def _joined(pieces: list[tuple[int, bool, str]], notes: Notes) -> str:
    """The value of a parameter in RFC 2231 segments: `charset'language'percent-encoded`."""
    charset, data = "", b""
    for position, (_, encoded, text) in enumerate(pieces):
        if encoded and position == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return decode_words(decode(data, charset or "utf-8", notes), notes)
