"""Which people does an address header name (RFC 5322, section 3.4), in whatever shape it arrives?

Nothing here guesses between two candidates: what cannot be read for sure has the address "". An address in angle
brackets is the address, whatever the name beside it looks like, because that is what mail servers and DMARC read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailboxes.parsing.header.encoded_words import decode_words
from mailboxes.parsing.values.notes import Notes, gettext_noop
from mailboxes.parsing.values.types import EmailAddress

MOST_ADDRESSES = 500
LONGEST_ADDRESS = 254  # RFC 5321, section 4.5.3.1.3, without the brackets
LONGEST_NAME = 200

# An encoded word is one token, because a sloppy one holds commas, quotes and brackets.
WORD = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*+\?=")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
TEXT = re.compile(r"[^\"(<,;:=]+|=")
PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
SEPARATORS = re.compile(r"[\s<>()\[\]{},;:\"\\]+")
LOCAL_PART = re.compile(r'[^\s<>()\[\],;:"@\\\x00-\x1f\x7f]+|"(?:[^"\\\r\n]|\\.)*+"')
DOMAIN = re.compile(r"[^\s<>()\[\],;:\"@\\\x00-\x1f\x7f/]+|\[[0-9a-fA-F:.IPv]+\]")
MAILTO = re.compile(r"\bmailto:", re.IGNORECASE)
AROUND_DELIMITERS = re.compile(r"\s*([@.])\s*")
NAME_NOISE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069]+")


@dataclass(slots=True)
class _Member:
    """The pieces of one comma-separated member of a header."""

    words: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)  # words as written, quotes included

    @property
    def is_empty(self) -> bool:
        return not (self.angles or self.comments or "".join(self.words).strip())


def parse_addresses(value: str, notes: Notes) -> list[EmailAddress]:
    """Everyone in a header value whose encoded words are still encoded, usable or not; at most 500."""
    value = MAILTO.sub(" ", value)
    found: list[EmailAddress] = []
    loose: list[str] = []  # "Smith" of the unquoted "Smith, John <john@x>"
    for member in _members(value):
        name = _name(member, notes)
        entries = _entries(member, name, notes)
        if not member.angles and not any(entry.address for entry in entries):
            loose.append(name)
            continue
        if loose and member.angles:
            first = EmailAddress(_bounded(", ".join([*loose, entries[0].name])), entries[0].address)
            entries, loose = [first, *entries[1:]], []
        found.extend(entries)
        if len(found) >= MOST_ADDRESSES:
            notes.defect(
                gettext_noop("A header names more than %(number)s addresses; the rest is not read."),
                number=MOST_ADDRESSES,
            )
            return found[:MOST_ADDRESSES]
    if name := ", ".join(part for part in loose if part):
        found.append(EmailAddress(_bounded(name), ""))
    return found


def usable(address: str) -> str:
    """`address` trimmed if mail can be sent to it as far as its form tells, else ""."""
    address = address.strip().strip("'").strip()
    if address.startswith("@") and ":" in address:  # <@relay,@relay:user@host>, RFC 5321 appendix C
        address = address.rpartition(":")[2]
    if any(character.isspace() for character in address):
        address = AROUND_DELIMITERS.sub(r"\1", address)
    if len(address) > LONGEST_ADDRESS:
        return ""
    local, at, domain = address.rpartition("@")
    domain = domain.rstrip(".")
    if at and LOCAL_PART.fullmatch(local) and DOMAIN.fullmatch(domain) and not domain.startswith((".", "-")):
        return f"{local}@{domain}"
    return ""


def _members(value: str) -> list[_Member]:
    """`value` cut at commas and semicolons; group names dropped. Linear, however the brackets are nested."""
    members, current, position = [], _Member(), 0
    hopeless: set[str] = set()  # brackets without a partner are plain characters, and not searched again
    while position < len(value):
        character = value[position]
        if character in ",;":
            members.append(current)
            current, position = _Member(), position + 1
        elif character == ":":
            if current.angles:
                members.append(current)
            current, position = _Member(), position + 1
        else:
            position = _take(value, position, current, hopeless)
    members.append(current)
    return [member for member in members if not member.is_empty]


def _take(value: str, position: int, member: _Member, hopeless: set[str]) -> int:
    """Add the token at `position` to `member`; where the next one starts."""
    character = value[position]
    if character == "=" and (word := WORD.match(value, position)):
        return _add_word(member, word[0], word[0], word.end())
    if character == '"' and '"' not in hopeless:
        if quoted := QUOTED.match(value, position):
            return _add_word(member, re.sub(r"\\(.)", r"\1", quoted[1]), quoted[0], quoted.end())
        hopeless.add('"')
    if character == "(" and "(" not in hopeless:
        if end := _end_of_comment(value, position):
            member.comments.append(value[position + 1 : end - 1])
            return end
        hopeless.add("(")
    if character == "<":
        end = value.find(">", position) if ">" not in hopeless else -1
        if end < 0:
            hopeless.add(">")
            end = next((i for i in range(position, min(len(value), position + 400)) if value[i] in ",;"), len(value))
            member.angles.append(value[position + 1 : end].lstrip("< "))
            return end
        member.angles.append(value[position + 1 : end].lstrip("< "))
        return end + 1
    if text := TEXT.match(value, position):
        return _add_word(member, text[0], text[0], text.end())
    return _add_word(member, character, character, position + 1)


def _add_word(member: _Member, word: str, raw: str, end: int) -> int:
    member.words.append(word)
    member.raw.append(raw)
    return end


def _end_of_comment(value: str, position: int) -> int:
    """Where the comment that opens at `position` is closed, 0 if it is not."""
    depth = 0
    for found in PARENTHESIS.finditer(value, position):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return 0


def _name(member: _Member, notes: Notes) -> str:
    """The display name: the words, else the comments (`x@y (Mail Delivery System)`)."""
    text = _clean(decode_words("".join(member.words), notes))
    return text or _clean(decode_words(" ".join(member.comments), notes))


def _entries(member: _Member, name: str, notes: Notes) -> list[EmailAddress]:
    """What one member stands for: mostly one address, several if it holds several, at least one entry."""
    if member.angles:
        if len(member.angles) == 1:
            return [EmailAddress(_bounded(name), usable(_plain(member.angles[0], notes)))]
        notes.defect(gettext_noop("One entry of an address header holds several addresses."))
        addresses = [address for angle in member.angles if (address := usable(_plain(angle, notes)))]
        return [EmailAddress(_bounded(name), address) for address in dict.fromkeys(addresses)] or [
            EmailAddress(name, "")
        ]
    raw = "".join(member.raw).strip()
    if address := usable(raw):
        return [EmailAddress(_clean(decode_words(" ".join(member.comments), notes)), address)]
    found = _addresses_in(raw) or _addresses_in(decode_words(raw, notes))
    return [EmailAddress(_without(name, address), address) for address in found] or [EmailAddress(_bounded(name), "")]


def _plain(angle: str, notes: Notes) -> str:
    """What stands in angle brackets, without comments; some programs encode the address itself."""
    angle = re.sub(r"\([^()]*\)", "", angle) if "(" in angle else angle
    return decode_words(angle, notes) if "=?" in angle else angle


def _addresses_in(text: str) -> list[str]:
    """Bare addresses in a text without brackets: `John [mailto:john@x]`, `john@x ann@y`; none if one is unclear."""
    found = [usable(candidate) for candidate in SEPARATORS.split(text) if "@" in candidate] if "@" in text else []
    return list(dict.fromkeys(found)) if all(found) else []


def _without(name: str, address: str) -> str:
    """The name with the address it was found in taken out."""
    return _bounded(re.sub(r"[\[\](){}<>]", " ", name.replace(address, " ")))


def _clean(text: str) -> str:
    text = " ".join(NAME_NOISE.sub(" ", text).split()).strip(" <>")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    return text


def _bounded(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]
