"""What is drawn by lot for each page, and may by chance spell any short word that a test looks for."""

import re


def without_tokens(page: str) -> str:
    """The page without the tokens of its forms: 64 letters and digits each."""
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "", page)
