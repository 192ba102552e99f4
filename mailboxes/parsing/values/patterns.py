"""Pieces of regular expressions."""


def any_of(phrases: str) -> str:
    """A regular expression for one of several phrases, which are separated by commas."""
    return " ".join(phrases.split()).replace(", ", "|")
