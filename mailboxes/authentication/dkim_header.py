"""The header fields and signatures of a mail, read as strictly as a signature means them (RFC 6376).

The parser of `mailboxes.parsing` makes the best of any mail. Here the opposite is wanted: what two programs could read
differently is not read at all, or a signed text would vouch for another one that people see.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256, Hash
from dkim import ValidationError, validate_signature_fields
from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError
from dkim.util import InvalidTagValueList, parse_tag_value

from recipients.addressing.normalise import normalise_domain

LONGEST_HEADER = 128 * 1024
LONGEST_SIGNATURE = 16 * 1024
MOST_FIELDS = 1_000
MOST_NAMES = 200  # in h=
#: More than one of these is two mails in one (RFC 5322, 3.6; RFC 2045, 3): which of them is shown, and in which form,
#: is a matter of the program.
ONCE = (
    *(b"from", b"subject", b"date", b"to", b"cc", b"reply-to", b"message-id", b"in-reply-to", b"references"),
    *(b"mime-version", b"content-type", b"content-transfer-encoding"),
)
_NAME = re.compile(rb"([!-9;-~]{1,200}):")
_LONE = re.compile(rb"\r(?!\n)|\0")
_END = re.compile(rb"\r?\n\r?\n")
_SELECTOR = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\Z")

Field = tuple[bytes, bytes]  # name, and everything behind the colon, with CRLF at each line's end


class MalformedError(Exception):
    """It cannot be read, or could be read in more than one way."""


@dataclass(frozen=True)
class Signature:
    """One DKIM-Signature, its domain and selector normalised. Times are seconds since 1970."""

    field: Field
    tags: dict[bytes, bytes]
    domain: str
    selector: str
    algorithm: bytes
    relaxed_body: bool
    signed: tuple[bytes, ...]  # names in h=, in lower case
    expires: int | None
    length: int | None

    @property
    def identity(self) -> str:
        """The domain of i=, which is that of d= or below it."""
        given = self.tags.get(b"i", b"").rpartition(b"@")[2].decode("utf-8", "replace")
        return normalise_domain(given) or self.domain


def fields_of(raw: bytes) -> tuple[list[Field], int]:
    """(header fields in order, where the body starts). Raises MalformedError."""
    start = raw[: LONGEST_HEADER + 4]
    found = _END.search(start)
    if not found and len(raw) > LONGEST_HEADER:
        raise MalformedError
    block = start[: found.start()] if found else raw
    if _LONE.search(block):
        raise MalformedError
    fields: list[list[bytes]] = []
    for number, line in enumerate(block.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1].append(line)
        elif name := _NAME.match(line):
            fields.append([name[1], line[name.end() :]])
        elif number or not line.startswith((b"From ", b">From ")):  # the first line of an mbox
            raise MalformedError
    if len(fields) > MOST_FIELDS:
        raise MalformedError
    return [(name, b"".join(line + b"\r\n" for line in lines)) for name, *lines in fields], (
        found.end() if found else len(raw)
    )


def named(fields: Sequence[Field], name: bytes) -> list[Field]:
    """The fields called `name` (in lower case), in order."""
    return [field for field in fields if field[0].lower() == name]


def read_signature(field: Field) -> Signature:
    """Raises MalformedError for everything but a signature of RFC 6376 or RFC 8463."""
    if len(field[1]) > LONGEST_SIGNATURE:
        raise MalformedError
    try:
        tags = parse_tag_value(field[1].replace(b"\r\n", b""))
        for name in (b"b", b"bh", b"h", b"c", b"a"):
            if name in tags:
                tags[name] = b"".join(tags[name].split())
        expires = _number(tags.pop(b"x", None))  # against the time of arrival, not that of today
        validate_signature_fields(tags)
        signed = tuple(tags[b"h"].lower().split(b":"))
        policy = CanonicalizationPolicy.from_c_value(tags.get(b"c", b"simple/simple"))
        domain = normalise_domain(tags[b"d"].decode("utf-8"))
        selector = tags[b"s"].decode("ascii").lower().rstrip(".")
    except (InvalidTagValueList, ValidationError, InvalidCanonicalizationPolicyError, ValueError, IndexError) as error:
        raise MalformedError from error
    if not domain or not _SELECTOR.match(selector) or not 0 < len(signed) <= MOST_NAMES:
        raise MalformedError
    return Signature(
        field=field,
        tags=tags,
        domain=domain,
        selector=selector,
        algorithm=tags[b"a"],
        relaxed_body=policy.to_c_value().endswith(b"/relaxed"),
        signed=signed,
        expires=expires,
        length=_number(tags.get(b"l")),
    )


def header_hash(fields: Sequence[Field], signature: Signature) -> bytes:
    """SHA-256 of the signed fields and of the signature itself without the value of b= (RFC 6376, 3.7)."""
    policy = CanonicalizationPolicy.from_c_value(signature.tags.get(b"c", b"simple/simple"))
    of_name: dict[bytes, list[Field]] = {}
    for field in fields:
        of_name.setdefault(field[0].lower(), []).append(field)
    chosen = [of_name[name].pop() for name in signature.signed if of_name.get(name)]  # from the last to the first
    name, value = signature.field
    own = policy.canonicalize_headers([(name, _without_signature(value))])[0]
    hasher = Hash(SHA256())
    for name, value in [*policy.canonicalize_headers(chosen), (own[0], own[1].rstrip(b"\r\n"))]:
        hasher.update(name + b":" + value)
    return hasher.finalize()


def _without_signature(value: bytes) -> bytes:
    specs = value.split(b";")
    for number, spec in enumerate(specs):
        name, equals, _signature = spec.partition(b"=")
        if name.strip() == b"b":
            specs[number] = name + equals
    return b";".join(specs)


def _number(value: bytes | None) -> int | None:
    if value is None:
        return None
    if not (value.isdigit() and len(value) <= 76):
        raise MalformedError
    return int(value)
