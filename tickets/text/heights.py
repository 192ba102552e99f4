"""How high will a mail be in its frame? Guessed from its HTML, so that what stands below it hardly moves."""

import re

#: Of the frame's own sheet (`mail_html`), in CSS pixels: a line, the space above a paragraph, the rim of the frame.
_LINE, _PARAGRAPH, _RIM = 24, 15, 16
#: Characters of a line of a wide screen.
_CHARACTERS = 90
#: A picture that does not say how high it is, and the most that is believed of one.
_PICTURE, _HIGHEST_PICTURE = 160, 800
#: Characters that are looked at, and the most that is set aside for a mail.
_LOOKED_AT, _HIGHEST = 60_000, 2000
_BREAK = re.compile(r"<(br|p|div|tr|li|ul|ol|table|blockquote|pre|h[1-6]|hr)\b[^<>]*>", re.IGNORECASE)
_SPACED = {"p", "ul", "ol", "blockquote", "pre", "hr", "h1", "h2", "h3", "h4", "h5", "h6"}
_IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_SHOWN = re.compile(r'\ssrc="', re.IGNORECASE)
_HEIGHT = re.compile(r'\bheight\s*[=:]\s*"?(\d{1,4})', re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def expected_height(html: str) -> int:
    """CSS pixels that sanitised `html` will about need in a frame of usual width; folded quotes count as one line."""
    shown, folded, _quoted = html[:_LOOKED_AT].partition("<details>")
    height = _RIM + (_LINE if folded else 0)
    height += sum(_picture(image) for image in _IMAGE.findall(shown) if _SHOWN.search(image))
    first, *pieces = _BREAK.split(shown)
    height += _lines(first) * _LINE
    for name, piece in zip(pieces[::2], pieces[1::2], strict=True):
        lines = _lines(piece)
        height += lines * _LINE + (_PARAGRAPH if name.lower() in _SPACED and lines else 0)
        height += _LINE if name.lower() == "br" and not lines else 0
    return min(height, _HIGHEST)


def _picture(image: str) -> int:
    stated = _HEIGHT.search(image)
    return min(int(stated[1]), _HIGHEST_PICTURE) if stated else _PICTURE


def _lines(piece: str) -> int:
    words = len(" ".join(_TAG.sub("", piece).replace("&nbsp;", " ").split()))
    return -(-words // _CHARACTERS)
