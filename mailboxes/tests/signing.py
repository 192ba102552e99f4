"""Mails that are signed as their senders' servers sign them, with keys that are made for the tests."""

import base64
from functools import cache
from typing import Any

import dkim
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

SIGNED = [b"from", b"to", b"subject", b"date", b"message-id"]


@cache
def key(bits: int = 2048) -> RSAPrivateKey:
    return generate_private_key(65537, bits)


def small_key() -> str:
    """A public key of 768 bits, as p= has it; nobody makes them any more."""
    public = RSAPublicNumbers(65537, (1 << 767) | 1).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def record(bits: int = 2048, **tags: str) -> str:
    """The TXT record of `key(bits)`; `tags` change or add some."""
    public = key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    written = {"v": "DKIM1", "k": "rsa", "p": base64.b64encode(public).decode()} | tags
    return "; ".join(f"{name}={value}" for name, value in written.items())


def signed(raw: bytes, domain: str = "acme.example", *, bits: int = 2048, **how: Any) -> bytes:
    """`raw` with a DKIM-Signature of `domain`, selector "s1", on top."""
    private = key(bits).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    how.setdefault("include_headers", SIGNED)
    return dkim.sign(raw, b"s1", domain.encode(), private, **how) + raw


def published(domain: str = "acme.example", bits: int = 2048, **tags: str) -> dict[str, list[str]]:
    """What the name server of `domain` says of its key."""
    return {f"s1._domainkey.{domain}.": [record(bits, **tags)]}
