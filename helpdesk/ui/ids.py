"""Ids of rows in texts from the browser: anybody can send any digits, and no database takes all of them."""

#: What a primary key can be at most: 64 bits, of which one is the sign.
LARGEST = 2**63 - 1


def row_id(text: str) -> int | None:
    """The id in `text`, None if there is none that a row could have.

    >>> row_id("12"), row_id("twelve"), row_id("9" * 5000)
    (12, None, None)
    """
    if not text.isdecimal() or len(text) > len(str(LARGEST)):
        return None
    found = int(text)
    return found if found <= LARGEST else None
