"""Does a domain look like another one? Its skeleton: what is left of it for a hasty reader (after UTS #39).

Two domains with one skeleton look alike: `acrne.de` and `acme.de`, `аcme.de` with a Cyrillic а, `acme-de.com` does not.
Pure: knows no Django.
"""

import unicodedata

from recipients.addressing import display

#: Letters of other alphabets, and digits, that are drawn as a Latin letter.
_DRAWN_AS = str.maketrans(
    {
        **dict(zip("асеһіјԁоѕрԛхуԝѵ", "aceƕijdospqxywv".replace("ƕ", "h"), strict=True)),
        **dict(zip("αβεικνοορτυχωγ", "abeiknooptuxwy", strict=True)),
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ß": "ss",
        "0": "o",
        "1": "l",
        "i": "l",
        "3": "e",
        "5": "s",
    }
)
_TOGETHER = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def skeleton(domain: str) -> str:
    """The skeleton of a normalised `domain` ("" for "").

    >>> skeleton("acrne.de") == skeleton("acme.de")
    True
    """
    shown = unicodedata.normalize("NFKD", display(f"@{domain}")[1:].casefold() if domain else "")
    plain = "".join(character for character in shown if not unicodedata.combining(character))
    plain = plain.translate(_DRAWN_AS).replace("-", "")
    for pair, letter in _TOGETHER:
        plain = plain.replace(pair, letter)
    return plain
