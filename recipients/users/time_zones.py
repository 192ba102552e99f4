"""Time zones by the names that people know: cities by continent, each with its distance from UTC today."""

import datetime as dt
from functools import cache, lru_cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

#: Of the first part of a name; the order of the list.
CONTINENTS = {
    "Europe": _("Europe"),
    "America": _("America"),
    "Asia": _("Asia"),
    "Africa": _("Africa"),
    "Australia": _("Australia"),
    "Pacific": _("Pacific"),
    "Atlantic": _("Atlantic"),
    "Indian": _("Indian Ocean"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
}


class TimeZoneField(forms.ChoiceField):
    """A place of the time zone database; one that was saved under an earlier name is shown under that of today."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Time zone"), choices=time_zones, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return current_name(value) if value else value

    def to_python(self, value: Any) -> str:
        return current_name(super().to_python(value))


def time_zones() -> list[tuple[Any, Any]]:
    """The choices: UTC, this server's own zone, then every place under its continent."""
    return _on(dt.datetime.now(dt.UTC).date())


def current_name(name: str) -> str:
    """What a place is called now: "Asia/Kolkata" for "Asia/Calcutta"."""
    now = _earlier_names().get(name, name)
    return now if now in _places() and name not in _places() else name  # UTC is no place, and stays


@lru_cache(maxsize=1)
def _on(day: dt.date) -> list[tuple[Any, Any]]:
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    own = current_name(settings.TIME_ZONE)
    single = [(name, name) for name in dict.fromkeys(("UTC", own)) if name not in _places()]
    groups: list[tuple[Any, Any]] = []
    for continent, label in CONTINENTS.items():
        names = [name for name in _places() if name.startswith(f"{continent}/")]
        labelled = [(name, _labelled(name, noon)) for name in names]
        groups.append((label, sorted(labelled, key=lambda each: each[1])))
    return [*single, *groups]


def _labelled(name: str, moment: dt.datetime) -> str:
    """“Buenos Aires, Argentina (UTC−03:00)”."""
    city = ", ".join(reversed(name.replace("_", " ").split("/")[1:]))
    minutes = int((moment.astimezone(ZoneInfo(name)).utcoffset() or dt.timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{city} (UTC{'−' if minutes < 0 else '+'}{hours:02d}:{rest:02d})"


@cache
def _places() -> frozenset[str]:
    """The places of zone.tab: one name for each, without the earlier ones."""
    lines = _database("zone.tab").splitlines()
    return frozenset(line.split("\t")[2] for line in lines if line and not line.startswith("#"))


@cache
def _earlier_names() -> dict[str, str]:
    links = (line.split() for line in _database("tzdata.zi").splitlines() if line.startswith("L "))
    return {earlier: now for _mark, now, earlier in links}


def _database(name: str) -> str:
    return resources.files("tzdata").joinpath("zoneinfo", name).read_text("utf-8")
