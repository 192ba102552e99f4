"""What stands in a DKIM key record (RFC 6376, 3.6.1) and in a DMARC record (RFC 7489, 6.3)."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mailboxes.sending_domains.spf import Ask
from recipients.addressing.normalise import organisation_of

SHORTEST_KEY, GOOD_KEY = 1024, 2048  # bits (RFC 8301, 3.2)


class KeyState(StrEnum):
    GOOD = "good"
    WEAK = "weak"
    REVOKED = "revoked"
    BROKEN = "broken"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Key:
    """A key under `selector`; `bits` is 0 for one that cannot be read or has always the same (Ed25519)."""

    selector: str
    state: KeyState
    bits: int = 0


@dataclass(frozen=True, slots=True)
class Dmarc:
    """`policy` is "" without a usable record; `at` is the name where it stands, `records` what stands there."""

    policy: str = ""
    at: str = ""
    records: tuple[str, ...] = ()

    @property
    def refuses(self) -> bool:
        """Whether mail that nothing vouches for is refused or put aside."""
        return self.policy in ("quarantine", "reject")


def read_key(selector: str, texts: Sequence[str]) -> Key | None:
    """The key that a selector's TXT records hold; None if it holds none."""
    found = [_tags(text) for text in texts if "p=" in text.replace(" ", "")]
    if not found:
        return None
    tags = found[0]
    if len(found) > 1 or tags.get("v", "DKIM1") != "DKIM1" or tags.get("k", "rsa") not in ("rsa", "ed25519"):
        return Key(selector, KeyState.BROKEN)
    if not tags.get("p"):
        return Key(selector, KeyState.REVOKED)
    try:
        raw = base64.b64decode("".join(tags["p"].split()), validate=True)
        bits = 0 if tags.get("k") == "ed25519" else _bits(raw)
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return Key(selector, KeyState.BROKEN)
    if tags.get("k") == "ed25519":
        state = KeyState.GOOD if len(raw) == 32 else KeyState.BROKEN
    else:
        state = KeyState.GOOD if bits >= GOOD_KEY else KeyState.WEAK if bits >= SHORTEST_KEY else KeyState.BROKEN
    if "y" in tags.get("t", "").split(":") and state is not KeyState.BROKEN:
        state = KeyState.TEST
    return Key(selector, state, bits)


def _bits(raw: bytes) -> int:
    key = load_der_public_key(raw)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("no RSA key")
    return key.key_size


def read_dmarc(domain: str, ask: Ask) -> Dmarc:
    """The policy of a domain, else the one of its organisation for what lies below it (6.6.3)."""
    organisation = organisation_of(domain)
    for name in dict.fromkeys((domain, organisation)):
        at = f"_dmarc.{name}"
        records = tuple(each for each in ask(at, "TXT") if each.replace(" ", "").lower().startswith("v=dmarc1"))
        if not records:
            continue
        tags = _tags(records[0])
        policy = tags.get("p", "").lower()
        if name != domain:
            policy = tags.get("sp", policy).lower()
        right = len(records) == 1 and policy in ("none", "quarantine", "reject")
        return Dmarc(policy if right else "", at, records)
    return Dmarc(at=f"_dmarc.{domain}")


def _tags(text: str) -> dict[str, str]:
    parts = (each.partition("=") for each in text.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in parts if equals}
