"""The look of the organisation: its name, logo and colour, and the shades in which a page can be read.

Contrast is that of WCAG 2.2: from 1, no difference, to 21, black on white.
"""

from dataclasses import dataclass
from functools import lru_cache

#: What words need to be read on their ground, and what a button needs to be seen on its page (WCAG 2.2, AA).
READABLE, VISIBLE = 4.5, 3.0
WHITE, BLACK = "#ffffff", "#000000"
#: The grounds of static/css/tokens.css on which words are hardest to read, in the light and in the dark.
_LIGHT, _DARK = "#f1f1f4", "#222227"
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Brand:
    """What pages and mails show of the organisation; each is "" where nothing was chosen. `logo` names its version."""

    name: str = ""
    colour: str = ""
    logo: str = ""

    @property
    def for_mails(self) -> dict[str, str]:
        """As `company` in the values of a mail (helpdesk/wording/liquid.py)."""
        return {"name": self.name, "colour": self.colour}

    @property
    def tokens(self) -> str:
        """The tokens of the style sheets that the colour replaces, as CSS; "" without one."""
        return _tokens(self.colour) if self.colour else ""


def contrast(one: str, other: str) -> float:
    """Between two colours, each `#rrggbb`.

    >>> round(contrast("#ffffff", "#767676"), 2)
    4.54
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def nearest(colour: str, towards: str, ground: str, least: float) -> str:
    """`colour`, mixed with as little of `towards` as gives it the contrast `least` to `ground`."""
    shades = (_mixed(colour, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if contrast(shade, ground) >= least), towards)


@lru_cache(maxsize=16)
def _tokens(colour: str) -> str:
    soft, soft_dark = _mixed(colour, WHITE, 0.9), _mixed(colour, "#19191d", 0.8)
    words = nearest(nearest(colour, BLACK, _LIGHT, READABLE), BLACK, soft, READABLE)
    words_dark = nearest(nearest(colour, WHITE, _DARK, READABLE), WHITE, soft_dark, READABLE)
    fill_dark = nearest(colour, WHITE, "#19191d", VISIBLE)
    hover, hover_dark = _mixed(colour, BLACK, 0.12), _mixed(fill_dark, BLACK, 0.12)
    chosen = {
        "accent": (words, words_dark),
        "accent-fill": (colour, fill_dark),
        "accent-fill-hover": (hover, hover_dark),
        "accent-soft": (soft, soft_dark),
    }
    return "".join(f"--{name}:light-dark({light},{dark});" for name, (light, dark) in chosen.items())


def _mixed(colour: str, other: str, share: float) -> str:
    parts = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in parts)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
