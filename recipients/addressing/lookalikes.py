"""Domains that look like other ones, and names like somebody else's address: what takes in a hasty reader.

A domain's skeleton is what is left of it for that reader (after UTS #39): two domains with one skeleton look alike, as
`acrne.de` and `acme.de` do, or `аcme.de` with a Cyrillic а. Pure: knows no Django.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from helpdesk.text.accents import without_accents
from recipients.addressing.normalise import MAX_DOMAIN_LENGTH, display, domain_of, normalise, organisation_of


class Owner(StrEnum):
    """Whose a domain is that another one looks like."""

    CUSTOMER = "customer"
    AUTHORISED = "authorised"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Lookalike:
    """The domain that an unknown sender's looks like. `customer` is None if it is of several customers, or our own."""

    domain: str
    owner: Owner
    customer: int | None = None
    customer_name: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "domain": self.domain,
            "owner": str(self.owner),
            "customer": self.customer,
            "customer_name": self.customer_name,
        }


def _pairs(letters: str, drawn_as: str) -> dict[str, str]:
    return dict(zip(letters, drawn_as, strict=True))


#: Letters that are drawn as a Latin one, after diacritics are taken off (NFKD) and case is folded.
_LETTERS = str.maketrans(
    _pairs("авсԁегһіјкӏмнопԛрѕтцүухѵԝьз", "abcderhijklmhonqpstuyyxvwbe")  # Cyrillic
    | _pairs("αβγεηικνορσςτυχωμϲϳ", "abyenikvopoctuxwucj")  # Greek
    | _pairs("աոսօզգհյլցք", "wnuoqqhjlgp")  # Armenian
    | _pairs("ɑɡɩɪɴʏʜʟʀᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜱ", "agiinyhlracdejkmoptuvwzs")  # Latin for phonetics
    | _pairs("łøđıħŧŋɛəʋ", "lodihtneev")  # Latin with a stroke, and other letters of European languages
    | {"æ": "ae", "œ": "oe", "ß": "ss", "þ": "p", "ð": "d"}
)
#: Two letters that run together. Looked for before "i" and "1" are taken for "l": "ci" is not "d".
_TOGETHER = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_DIGITS = str.maketrans({"0": "o", "1": "l", "i": "l", "3": "e", "5": "s", "-": None, "_": None, "·": None, "ˈ": None})


@lru_cache(maxsize=4096)
def skeleton(domain: str) -> str:
    """The skeleton of a normalised `domain` ("" for ""). The top-level domain is nobody's to choose: it stays.

    >>> skeleton("acrne.de") == skeleton("acme.de")
    True
    >>> skeleton("acme.com") == skeleton("acme.de")
    False
    """
    name, dot, top = _shown(domain).rpartition(".")
    labels = [_label(label) for label in name.split(".")]
    return f"{'.'.join(labels)}{dot}{top}"[:MAX_DOMAIN_LENGTH]


def spelled_out(domain: str) -> str:
    """The skeleton of a normalised `domain` whose umlauts are written as two letters, as people do without them.

    >>> spelled_out("xn--mller-kva.de") == spelled_out("mueller.de")
    True
    >>> spelled_out("muller.de") == spelled_out("mueller.de")
    False
    """
    return skeleton(_shown(domain).translate(_UMLAUTS))


def other_spelling(domain: str) -> str:
    """The skeleton under which the other spelling of `domain` may be known: of "müller" as "mueller", or the other way.

    Not every "ue" is an umlaut, so what is found by it is to be compared by `spelled_out`.
    """
    shown = _shown(domain)
    spelled = shown.translate(_UMLAUTS)
    return skeleton(spelled if spelled != shown else _TWO_LETTERS.sub(r"\1", shown))


def looks_of(domain: str) -> tuple[str, str, str, str]:
    """What a normalised `domain` looks like: its skeleton, that of the registered one that it is below of, and the
    other spelling of both."""
    base = organisation_of(domain)
    return skeleton(domain), skeleton(base), other_spelling(domain), other_spelling(base)


def are_alike(domain: str, other: str) -> bool:
    """Whether `other` looks like `domain` or the registered one that it is below of, or is its other spelling.

    >>> are_alike("mail.acme.de", "acrne.de")
    True
    """
    both = {domain, organisation_of(domain)}
    return skeleton(other) in map(skeleton, both) or spelled_out(other) in map(spelled_out, both)


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe"})
_TWO_LETTERS = re.compile(r"([ao]|(?<![aeq])u)e")  # "bauer", "neue" and "quelle" have none


def _shown(domain: str) -> str:
    return display(f"@{domain}")[1:].casefold() if domain else ""


def _label(label: str) -> str:
    plain = without_accents(label.casefold()).translate(_LETTERS)
    for pair, letter in _TOGETHER:
        plain = plain.replace(pair, letter)
    return plain.translate(_DIGITS)


_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'“”„«»@]{1,64}@[^\s<>()\[\],;:\"'“”„«»@]{1,255}")


def foreign_address(name: str, address: str) -> str:
    """The address of another domain that the `name` of who writes from `address` (normalised) holds, "" if none.

    >>> foreign_address("anna@acme.de", "mallory@evil.example")
    'anna@acme.de'
    """
    for found in _ADDRESS.findall(name):
        claimed = normalise(found.rstrip(".!?"))
        if claimed and domain_of(claimed) != domain_of(address):
            return claimed
    return ""
