"""Paragraphs of a text that was sent with soft line ends (format=flowed, RFC 3676)."""

from __future__ import annotations

SIGNATURE = "-- "


def unflowed(text: str, *, delete_space: bool) -> str:
    """`text` with one line per paragraph; quotes keep their depth, and the line above a signature stands alone.

    A line that ends with a space goes on in the next one of the same depth. With `delete_space` (DelSp=yes) that space
    only marked the soft line end, and is no part of the text.
    """
    paragraphs: list[tuple[int, list[str]]] = []
    goes_on = False
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")  # stuffed
        is_signature = content == SIGNATURE
        if not (goes_on and depth == paragraphs[-1][0] and not is_signature):
            paragraphs.append((depth, []))
        goes_on = content.endswith(" ") and not is_signature
        paragraphs[-1][1].append(content[:-1] if goes_on and delete_space else content)
    return "\n".join(_line(depth, "".join(pieces)) for depth, pieces in paragraphs)


def _line(depth: int, text: str) -> str:
    text = text if text == SIGNATURE else text.rstrip(" ")
    return f"{'>' * depth} {text}".rstrip(" ") if depth else text
