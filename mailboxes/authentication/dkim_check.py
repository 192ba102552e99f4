"""Our own check of DKIM signatures, made once, at receipt, where no server that we trust has said anything.

A pass vouches for the domain as an aligned DMARC pass does (RFC 7489, 3.1.1). Everything else says nothing at all: a
mailing list breaks signatures, and whether the mail came by a server of the domain's (SPF) cannot be seen from here
(docs/decisions/own-dkim-check.md).
"""

import base64
import binascii
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import structlog
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.conf import settings
from dkim.util import InvalidTagValueList, parse_tag_value

from mailboxes.authentication import dns
from mailboxes.authentication.dkim_body import body_hash
from mailboxes.authentication.dkim_header import (
    ONCE,
    Field,
    MalformedError,
    Signature,
    fields_of,
    header_hash,
    named,
    read_signature,
)
from mailboxes.authentication.dns import NoAnswerError
from mailboxes.parsing import ParsedEmail, read_authors
from recipients.addressing.normalise import domain_of, normalise, same_organisation
from recipients.matching.verdict import Flaw, Verdict

MOST_SIGNATURES = 5
MOST_READ = 50  # of thousands; a sender who buries the good one has only himself to blame
SECONDS = 2.0  # for all questions of one mail
SMALLEST_KEY, LARGEST_KEY, LARGEST_EXPONENT = 1024, 8192, 2**32
#: What decides where a mail goes, who takes part and who is answered: unsigned, anybody may have put it there.
DECIDING = (b"subject", b"to", b"cc", b"reply-to", b"in-reply-to", b"references")
_BOUNDARY = re.compile(r"""\bboundary\s*=\s*"?([^"\s;]+)""", re.IGNORECASE)
_CHARSET = re.compile(r"""\bcharset\s*=\s*"?([^"\s;]+)""", re.IGNORECASE)
ALGORITHMS = {b"rsa-sha256": b"rsa", b"ed25519-sha256": b"ed25519"}  # rsa-sha1 counts no more (RFC 8301, 3.1)

Ask = Callable[[str, float], tuple[bytes, ...]]
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one signature. `result` is a word of RFC 8601; `flaw` says why it is no "pass"."""

    domain: str = ""
    selector: str = ""
    result: str = "pass"
    flaw: str = ""


def check(raw: bytes, mail: ParsedEmail, received_at: datetime) -> list[dict[str, Any]]:
    """The findings as values, the one that counts first. Asks name servers; never raises, however odd the mail is."""
    try:
        found = _findings(raw, mail, received_at.timestamp(), dns.current().texts)
    except Exception:
        logger.exception("dkim_check_failed")
        found = [Finding(result="temperror", flaw=Flaw.UNCHECKED)]
    return [asdict(finding) for finding in sorted(found, key=lambda finding: finding.result != "pass")]


def is_due(mail: ParsedEmail, verdict: Verdict) -> bool:
    """Whether there is a signature to be checked of which no server that we trust has spoken."""
    return settings.DKIM_CHECK and bool(mail.header("DKIM-Signature")) and not (verdict.trusted and verdict.dkim)


def with_findings(verdict: Verdict, found: list[dict[str, Any]] | None) -> Verdict:
    """`verdict`, and what our own check at receipt found (None: it was not made)."""
    first = next(iter(found or ()), None)
    if first is None:
        return verdict
    return replace(verdict, own_dkim=first["result"], own_domain=first["domain"], own_flaw=first["flaw"])


def _findings(raw: bytes, mail: ParsedEmail, now: float, ask: Ask) -> list[Finding]:
    try:
        fields, start = fields_of(raw)
    except MalformedError:
        return [Finding(result="permerror", flaw=Flaw.MALFORMED)]
    signatures, broken = _signatures(fields, domain_of(normalise(mail.author.address)))
    if flaw := _flaw_of_mail(fields, mail):
        return [_finding(each, flaw) for each in signatures] or broken
    until = time.monotonic() + SECONDS
    hashed = lru_cache(maxsize=2)(lambda relaxed: body_hash(raw, start, relaxed=relaxed))
    inquiry = _Inquiry(
        mail, fields, raw[start : start + 200], now, lambda name: ask(name, until - time.monotonic()), hashed
    )
    return [_finding(each, inquiry.flaw(each)) for each in signatures] or broken


def _signatures(fields: list[Field], author: str) -> tuple[list[Signature], list[Finding]]:
    """The signatures that are looked at, those of the author's organisation first; and what to say if none is left."""
    read: list[Signature] = []
    for field in named(fields, b"dkim-signature")[:MOST_READ]:
        try:
            read.append(read_signature(field))
        except MalformedError:
            continue
    read.sort(key=lambda signature: not same_organisation(signature.domain, author))
    return read[:MOST_SIGNATURES], [Finding(result="permerror", flaw=Flaw.MALFORMED)]


def _flaw_of_mail(fields: list[Field], mail: ParsedEmail) -> Flaw | None:
    """What keeps every signature from counting: the From that is signed must be the one From that people see."""
    if len(mail.authors) != 1:
        return Flaw.SEVERAL_AUTHORS
    given = Counter(name.lower() for name, _value in fields)
    if any(given[name] > 1 for name in ONCE):
        return Flaw.MALFORMED
    written = b"".join(b"From:" + value for _name, value in named(fields, b"from"))
    signed = [person.address for person in read_authors(written + b"\r\n")]
    return None if signed == [person.address for person in mail.authors] else Flaw.MALFORMED


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """The questions to one signature, the cheap ones first: only what could count costs a question to a name server."""

    mail: ParsedEmail
    fields: list[Field]
    begins: bytes  # of the body
    now: float
    ask: Callable[[str], tuple[bytes, ...]]
    body_hash: Callable[[bool], tuple[bytes, int]]

    def flaw(self, signature: Signature) -> Flaw | None:
        if flaw := self._flaw_of_claim(signature):
            return flaw
        digest, length = self.body_hash(signature.relaxed_body)
        if signature.length is not None and signature.length != length:
            return Flaw.PART_OF_BODY
        if _decoded(signature.tags[b"bh"]) != digest:
            return Flaw.BODY_CHANGED
        try:
            texts = self.ask(f"{signature.selector}._domainkey.{signature.domain}.")
        except NoAnswerError:
            return Flaw.NO_ANSWER
        return self._flaw_of_key(signature, texts)

    def _flaw_of_claim(self, signature: Signature) -> Flaw | None:
        """What the signature says of itself."""
        author = domain_of(normalise(self.mail.author.address))
        if not same_organisation(signature.domain, author):
            return Flaw.UNALIGNED
        if signature.algorithm not in ALGORITHMS:
            return Flaw.WEAK
        if b"from" not in signature.signed:
            return Flaw.FROM_NOT_SIGNED
        if any(name not in signature.signed and named(self.fields, name) for name in DECIDING):
            return Flaw.HEADERS_NOT_SIGNED
        if b"content-type" not in signature.signed and not self._is_read_in_one_way():
            return Flaw.HEADERS_NOT_SIGNED
        return Flaw.EXPIRED if signature.expires is not None and signature.expires < self.now else None

    def _is_read_in_one_way(self) -> bool:
        """Whether another Content-Type could make nothing else of the signed body, as many servers do not sign it.

        The parts of a body that begins with its boundary are marked in the body itself.
        """
        given = self.mail.header("Content-Type")
        kind, boundary = given.partition(";")[0].strip().lower(), _BOUNDARY.search(given)
        if kind.startswith("multipart/"):
            return boundary is not None and self.begins.lstrip().startswith(b"--" + boundary[1].encode())
        charset = _CHARSET.search(given)
        return kind in ("", "text/plain") and (charset is None or charset[1].lower() in ("utf-8", "us-ascii"))

    def _flaw_of_key(self, signature: Signature, texts: tuple[bytes, ...]) -> Flaw | None:
        records = [record for text in texts if (record := _record(text))]
        if len(records) != 1 or not records[0][b"p"]:  # an empty key is a revoked one (RFC 6376, 3.6.1)
            return Flaw.NO_KEY
        record, flags = records[0], records[0].get(b"t", b"").replace(b" ", b"").lower().split(b":")
        if b"y" in flags:
            return Flaw.TESTING
        if b"s" in flags and signature.identity != signature.domain:
            return Flaw.UNALIGNED
        return _flaw_of_signature(signature, record, header_hash(self.fields, signature))


def _flaw_of_signature(signature: Signature, record: dict[bytes, bytes], digest: bytes) -> Flaw | None:
    kind, wanted = record.get(b"k", b"rsa").lower(), ALGORITHMS[signature.algorithm]
    value = _decoded(signature.tags[b"b"])
    try:
        if kind != wanted or not _allows(record):
            return Flaw.NO_KEY
        if kind == b"ed25519":
            Ed25519PublicKey.from_public_bytes(_decoded(record[b"p"])).verify(value, digest)
            return None
        key = load_der_public_key(_decoded(record[b"p"]))
        if not isinstance(key, RSAPublicKey):
            return Flaw.NO_KEY
        if not SMALLEST_KEY <= key.key_size <= LARGEST_KEY or key.public_numbers().e > LARGEST_EXPONENT:
            return Flaw.WEAK
        key.verify(value, digest, padding.PKCS1v15(), utils.Prehashed(SHA256()))
    except InvalidSignature:
        return Flaw.HEADER_CHANGED
    except (ValueError, UnsupportedAlgorithm):
        return Flaw.NO_KEY
    return None


def _record(text: bytes) -> dict[bytes, bytes] | None:
    """A key record's tags, None if the text is another kind of record."""
    try:
        tags = parse_tag_value(text)
    except (InvalidTagValueList, IndexError):
        return None
    return tags if b"p" in tags and tags.get(b"v", b"DKIM1") == b"DKIM1" else None


def _allows(record: dict[bytes, bytes]) -> bool:
    """Whether the key is for mail and for SHA-256."""
    services = [each.strip() for each in record.get(b"s", b"*").split(b":")]
    hashes = [each.strip() for each in record.get(b"h", b"sha256").split(b":")]
    return (b"*" in services or b"email" in services) and b"sha256" in hashes


def _decoded(value: bytes) -> bytes:
    """Base64; b"" if it is none, which is no signature, hash or key."""
    try:
        return base64.b64decode(b"".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


_RESULTS = {Flaw.NO_ANSWER: "temperror", Flaw.NO_KEY: "permerror", Flaw.MALFORMED: "permerror"}
_FAILED = (Flaw.BODY_CHANGED, Flaw.HEADER_CHANGED, Flaw.EXPIRED)


def _finding(signature: Signature, flaw: Flaw | None) -> Finding:
    """The words of RFC 8601, 2.7.1; "policy" for what may be right, and is not enough for us."""
    if flaw is None:
        return Finding(signature.domain, signature.selector)
    result = _RESULTS.get(flaw, "fail" if flaw in _FAILED else "policy")
    return Finding(signature.domain, signature.selector, result, flaw)
