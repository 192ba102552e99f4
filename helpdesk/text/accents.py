"""Letters without what stands above and below them."""

import unicodedata


def without_accents(text: str) -> str:
    """`text` without accents, and with the plain letters of wide, small and joined ones.

    >>> without_accents("Zürich"), without_accents("ﬁne")
    ('Zurich', 'fine')
    """
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
