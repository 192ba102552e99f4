"""Small pieces of HTML that tables and templates share: icons, times, initials.

Templates have them as tags and filters of `helpdesk_ui`.
"""

import datetime as dt
import re
import zlib
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

from django.conf import settings
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

#: The one file of all icons, which browsers keep; `python -m helpdesk.tests.icons` draws it.
SPRITE = "icons.svg"
#: What the style sheets say of each of them, and the space between strokes.
_SPARED = re.compile(r' (?:width|height|fill|stroke|stroke-width|stroke-linecap|stroke-linejoin)="[^"]*"')
_BETWEEN = re.compile(r"(?<=>)\s+|\s+(?=/?>)")

UNITS = (
    (86400, ngettext_lazy("%d day ago", "%d days ago"), ngettext_lazy("in %d day", "in %d days")),
    (3600, ngettext_lazy("%d hour ago", "%d hours ago"), ngettext_lazy("in %d hour", "in %d hours")),
    (60, ngettext_lazy("%d minute ago", "%d minutes ago"), ngettext_lazy("in %d minute", "in %d minutes")),
)


#: The size that style sheets give an icon.
USUAL = 16


def icon(name: str, size: int = USUAL, label: str = "") -> SafeString:
    """The lucide icon `name`, `size` CSS pixels wide; hidden from screen readers unless it has a `label`."""
    return _icon(str(name), size, str(label))


@lru_cache(maxsize=512)
def _icon(name: str, size: int, label: str) -> SafeString:
    spoken = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    if name in _in_sprite():
        large = "" if size == USUAL else f'width="{size}" height="{size}" '
        return mark_safe(f'<svg {large}{spoken}><use href="{static(SPRITE)}#{name}"/></svg>')  # noqa: S308 - ours
    written = _icons().read(f"{name}.svg").replace(b'xmlns="http://www.w3.org/2000/svg"', b"")
    drawn = ElementTree.fromstring(written)  # noqa: S314 - of a package
    begins, inside = ElementTree.tostring(drawn, encoding="unicode").split(">", 1)
    return mark_safe(f"{_SPARED.sub('', begins)} {spoken}>{_BETWEEN.sub('', inside)}")  # noqa: S308 - our own icons


@cache
def _in_sprite() -> frozenset[str]:
    drawn = Path(settings.BASE_DIR, "static", SPRITE).read_text()
    return frozenset(re.findall(r'<symbol id="([^"]*)"', drawn))


@cache
def _icons() -> ZipFile:
    """All of lucide, which itself would read the 1,700 names of its archive anew for each icon: 8 ms."""
    return ZipFile(BytesIO(resources.files("lucide").joinpath("lucide.zip").read_bytes()))


def mark(name: str, label: str, kind: str = "") -> SafeString:
    """An icon that says `label` to screen readers and on hover; `kind` is "", "accent", "warn", "danger" or "ok"."""
    classes = f"mark {kind}" if kind else "mark"
    return format_html('<span class="{}" title="{}">{}</span>', classes, label, icon(name, label=label))


def relative(moment: dt.datetime | None) -> SafeString | str:
    """`moment` as "3 hours ago"; a date when it is over a week away.

    The script `times.js` keeps it true, and shows the exact local time on hover and on paper.
    """
    if moment is None:
        return ""
    at, words = timezone.localtime(moment).isoformat(timespec="minutes"), relative_text(moment, timezone.now())
    return mark_safe(f'<time datetime="{at}">{escape(words)}</time>')  # noqa: S308 - escaped


def relative_text(moment: dt.datetime, now: dt.datetime) -> str:
    """The words for the distance of `moment` from `now`, in whole minutes, hours or days, rounded down."""
    seconds = int((now - moment).total_seconds())
    if abs(seconds) >= 7 * 86400:
        return formats.date_format(timezone.localtime(moment), "DATE_FORMAT")
    for unit, ago, ahead in UNITS:
        if abs(seconds) >= unit:
            return (ago if seconds > 0 else ahead) % (abs(seconds) // unit)
    return _("just now")


def initials_of(name: str) -> tuple[str, int]:
    """The initials of `name`, and the number of a colour that stays the same for it: what an avatar is made of."""
    words = [word for word in str(name).replace("@", " ").replace(".", " ").split() if word[0].isalnum()]
    initials = "".join(word[0] for word in words[:2]).upper() or "?"
    return initials, zlib.crc32(str(name).casefold().encode()) % 8 + 1


def avatar(name: str, size: str = "") -> SafeString:
    """A circle with the initials of `name` in their colour; `size` is "" or "small"."""
    initials, colour = initials_of(name)
    return format_html('<span class="avatar avatar-{} {}" aria-hidden="true">{}</span>', colour, size, initials)


FILE_ICONS = (
    ("image/", "file-image"),
    ("message/", "mail"),
    ("text/calendar", "calendar-days"),
    ("text/csv", "file-spreadsheet"),
    ("text/html", "file-code"),
    ("text/", "file-text"),
    ("application/pdf", "file-text"),
    ("application/zip", "file-archive"),
    ("application/gzip", "file-archive"),
    ("application/x-7z", "file-archive"),
    ("application/vnd.ms-excel", "file-spreadsheet"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml", "file-spreadsheet"),
    ("application/vnd.oasis.opendocument.spreadsheet", "file-spreadsheet"),
    ("application/msword", "file-text"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml", "file-text"),
)


def file_icon(content_type: str | None) -> str:
    """The name of the icon for an attachment of this MIME type."""
    wanted = (content_type or "").lower()
    return next((name for prefix, name in FILE_ICONS if wanted.startswith(prefix)), "file")
