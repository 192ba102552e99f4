"""Public holidays of countries and regions, from the library `holidays`: asked for once, then kept in the database."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

import holidays
from django.conf import settings
from django.utils import timezone
from holidays.registry import COUNTRIES

from tickets.models.setup.hours import HolidayCalendar

#: This year and the two after it.
YEARS_AHEAD = 3


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """ISO codes and English names, by name; a script says them in the language of the page."""
    return tuple(sorted(((codes[1], _spaced(codes[0])) for codes in COUNTRIES.values()), key=_by_name))


@cache
def regions(country: str) -> tuple[tuple[str, str], ...]:
    """Codes and names of the regions of a country that have holidays of their own; none of a country not known."""
    if not country:
        return ()
    entity = holidays.country_holidays(country)
    names = entity.get_subdivision_aliases()
    return tuple(sorted(((code, next(iter(names.get(code, ())), code)) for code in entity.subdivisions), key=_by_name))


def renew(calendar: HolidayCalendar, today: date | None = None) -> None:
    """Freeze the holidays of the years to come, unsaved. Days that are not taken stay so, next year's by their name."""
    today = today or timezone.localdate()
    not_taken = {day["date"] for day in calendar.days if not day["off"]}
    not_taken |= {day["names"][""] for day in calendar.days if not day["off"]}
    calendar.days = [
        {"date": on, "names": names, "off": not_taken.isdisjoint((on, names[""]))}
        for on, names in _named(calendar.country, calendar.region, today)
    ]
    calendar.renewed_at = timezone.now()


def _named(country: str, region: str, today: date) -> Iterable[tuple[str, dict[str, str]]]:
    """ISO dates in order, and the names of each by language."""
    if not country:
        return []
    years = range(today.year, today.year + YEARS_AHEAD)
    known = holidays.list_localized_countries().get(country, [])
    at_home = holidays.country_holidays(country, subdiv=region or None, years=years)
    others: Mapping[str, Any] = {
        code: holidays.country_holidays(country, subdiv=region or None, years=years, language=language)
        for code, _name in settings.LANGUAGES
        if (language := next((each for each in known if each.split("_")[0] == code), None))
    }
    return [
        (day.isoformat(), {"": name} | {code: found[day] for code, found in others.items() if day in found})
        for day, name in sorted(at_home.items())
    ]


def _by_name(each: tuple[str, str]) -> str:
    return each[1]


def _spaced(name: str) -> str:
    """ "UnitedStates" as "United States"."""
    return "".join(
        f" {each}" if each.isupper() and n and not name[n - 1].isupper() else each for n, each in enumerate(name)
    )
