"""Tags in subjects, and signed tokens in Message-IDs and reply addresses, that name a ticket.

A token is `<ticket>-<nonce>-<signature>`: the ticket's number, 60 random bits that name one outgoing mail, and 80 bits
of an HMAC-SHA256 over both. It survives lower-casing and fits into a plus-address. Pure: knows no database; the key
is passed in.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

_TAG = re.compile(r"\[#(\d{1,18})\]")
_TOKEN = re.compile(r"^(\d{1,18})-([0-9a-f]{15})-([0-9a-f]{20})$")


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose signature is ours: it names `ticket` (0 for a mail about no ticket) and, by `text`, one mail."""

    text: str
    ticket: int


def tag(ticket: int) -> str:
    """How ticket `ticket` is named in subjects.

    >>> tag(12)
    '[#12]'
    """
    return f"[#{ticket}]"


def tagged(subject: str) -> list[int]:
    """The numbers of the tickets whose tags stand in `subject`, in order, each once."""
    return list(dict.fromkeys(int(number) for number in _TAG.findall(subject)))


def untagged(subject: str) -> str:
    """`subject` without tags, white space folded.

    >>> untagged("Re: [#12] Printer")
    'Re: Printer'
    """
    return " ".join(_TAG.sub(" ", subject).split())


def new_token(ticket: int, keys: Sequence[str]) -> str:
    """A token for one new mail about `ticket`, signed with the first of `keys`."""
    nonce = secrets.token_hex(8)[:15]
    return f"{ticket}-{nonce}-{_signature(ticket, nonce, keys[0])}"


def read_token(text: str, keys: Sequence[str]) -> Token | None:
    """The token in `text` if one of `keys` signed it; compared in constant time."""
    found = _TOKEN.match(text.strip().lower())
    if not found:
        return None
    ticket, nonce, signature = int(found[1]), found[2], found[3]
    signed = [hmac.compare_digest(_signature(ticket, nonce, key), signature) for key in keys]
    return Token(found[0], ticket) if any(signed) else None


def message_id(token: str, domain: str) -> str:
    """The Message-ID (without angle brackets) that carries `token`."""
    return f"{token}@{domain}"


def read_message_id(message_id: str, keys: Sequence[str]) -> Token | None:
    """The token in one of our Message-IDs, None for anybody else's."""
    return read_token(message_id.strip(" <>").partition("@")[0], keys)


def reply_address(address: str, token: str) -> str:
    """`address` with `token` as plus-tag, so that the reply names its ticket by the address it is sent to."""
    local, at, domain = address.rpartition("@")
    return f"{local}+{token}{at}{domain}"


def read_reply_address(address: str, keys: Sequence[str]) -> Token | None:
    """The token in a signed reply address, None for any other."""
    local = address.rpartition("@")[0]
    return read_token(local.rpartition("+")[2], keys) if "+" in local else None


def without_token(address: str, keys: Sequence[str]) -> str:
    """A signed reply address as people know it; any other text as it stands."""
    if not read_reply_address(address, keys):
        return address
    local, at, domain = address.rpartition("@")
    return f"{local.rpartition('+')[0]}{at}{domain}"


def _signature(ticket: int, nonce: str, key: str) -> str:
    message = f"{ticket}-{nonce}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:20]
