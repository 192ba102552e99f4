"""Can a mail that sets colours be read on a dark ground?"""

import re
from html import unescape

#: The ground of a mail in the dark, as relative luminance: #19191d of `mail_html`.
_GROUND = 0.0098
#: The least contrast (WCAG 2) of words that are read; senders who write in grey seldom have more on white.
LEAST_CONTRAST = 3.0
#: What must be left on white: words in white were written for a ground that did not come with them (`mail-frames.js`).
_LEAST_ON_WHITE = 1.5
#: Declarations of colour that are looked at in one mail; one with more is shown as it was written.
_MOST = 200
_SAYS_COLOUR = re.compile(r"<[^<>]*(?:\bcolor\b|\bbgcolor\b|\bbackground)[^<>]*>", re.IGNORECASE)
_GIVES_GROUND = re.compile(r"\bbgcolor\b|\bbackground", re.IGNORECASE)
_COLOUR = re.compile(r"""(?<![\w-])color\s*[=:]\s*["']?\s*([^"';>]+)""", re.IGNORECASE)
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)")
#: What senders name; any other name counts as unreadable.
_NAMES = {
    "red": "#ff0000",
    "green": "#008000",
    "blue": "#0000ff",
    "gray": "#808080",
    "grey": "#808080",
    "silver": "#c0c0c0",
    "orange": "#ffa500",
    "yellow": "#ffff00",
    "teal": "#008080",
    "white": "#ffffff",
    "lime": "#00ff00",
    "aqua": "#00ffff",
    "fuchsia": "#ff00ff",
    "darkgray": "#a9a9a9",
    "lightgray": "#d3d3d3",
}
_INHERITED = {"inherit", "currentcolor", "initial", "unset"}


def readable_in_the_dark(html: str) -> bool:
    """Whether sanitised `html` sets no ground, and no colour of words that the dark, or white, would swallow."""
    tags = _SAYS_COLOUR.findall(html)
    if len(tags) > _MOST or any(map(_GIVES_GROUND.search, tags)):
        return False
    return all(_contrasts(unescape(colour)) for tag in tags for colour in _COLOUR.findall(tag))


def _contrasts(colour: str) -> bool:
    colour = colour.strip().lower().removesuffix("!important").strip()
    colour = _NAMES.get(colour, colour)
    if colour in _INHERITED:
        return True
    if found := _RGB.fullmatch(colour):
        channels = [int(value) for value in found.groups()]
    elif _HEX.fullmatch(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
        channels = [int(digits[at : at + 2], 16) for at in (0, 2, 4)]
    else:
        return False
    light = _luminance(channels) + 0.05
    return light / (_GROUND + 0.05) >= LEAST_CONTRAST and 1.05 / light >= _LEAST_ON_WHITE


def _luminance(channels: list[int]) -> float:
    """Relative luminance (WCAG 2) of red, green and blue, 0 to 255 each."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (min(channel, 255) / 255 for channel in channels)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
