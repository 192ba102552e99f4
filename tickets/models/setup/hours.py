"""Calendars of days off: public holidays of a country or region, and days of one's own."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from tickets.models.setup.queue import Queue

#: Seconds for which a process goes on with the days off that it has read.
SECONDS = 60
#: The years in which a day that comes back every year is known.
YEARS = range(2020, 2061)


class HolidayCalendar(models.Model):
    """Days on which queues are closed. Those of a country are frozen here, until somebody renews them.

    `days` has a dict for each public holiday: `date` (ISO), `names` by language ("" is that of the country), and `off`,
    whether it is taken. `own_days` has one day a line, as 2026-12-24 or, for every year, 12-24, and then its name.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    region = models.CharField(_("region"), max_length=40, blank=True)
    days = models.JSONField(default=list, editable=False)
    own_days = models.TextField(_("own days"), blank=True)
    renewed_at = models.DateTimeField(null=True, editable=False, default=timezone.now)

    class Meta:
        verbose_name = _("calendar of days off")
        verbose_name_plural = _("calendars of days off")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        cache.delete(_kept(self.pk))
        transaction.on_commit(lambda: cache.delete(_kept(self.pk)))

    @property
    def days_off(self) -> frozenset[date]:
        """Every day on which it is closed."""
        taken = (date.fromisoformat(day["date"]) for day in self.days if day["off"])
        return frozenset((*taken, *(day for day, _name in self.own)))

    @property
    def own(self) -> Iterator[tuple[date, str]]:
        """The days of one's own with their names, those of every year for each of `YEARS`."""
        for line in self.own_days.splitlines():
            day, _space, name = line.partition(" ")
            yield from ((each, name.strip()) for each in days_of(day))

    @property
    def until(self) -> int | None:
        """The last year of which public holidays are known."""
        return int(self.days[-1]["date"][:4]) if self.days else None


def days_off_of(queue: "Queue") -> frozenset[date]:
    """The days off of `queue`. No query but now and then one, also if its calendar was not read."""
    if queue.holidays_id is None:
        return frozenset()
    if not type(queue).holidays.is_cached(queue):
        kept: frozenset[date] | None = cache.get(_kept(queue.holidays_id))
        if kept is not None:
            return kept
    days = queue.holidays.days_off if queue.holidays else frozenset()
    cache.set(_kept(queue.holidays_id), days, SECONDS)
    return days


def _kept(calendar: int) -> str:
    return f"days_off:{calendar}"


def days_of(text: str) -> list[date]:
    """The day that `text` names, or the same day of every year. Raises ValueError.

    >>> days_of("2026-12-24")
    [datetime.date(2026, 12, 24)]
    """
    if text.count("-") == 1:
        date.fromisoformat(f"2024-{text}")  # a leap year: 02-29 is a day, too
        return [found for year in YEARS if (found := _or_none(f"{year}-{text}"))]
    return [date.fromisoformat(text)]


def name_of(day: dict[str, Any]) -> str:
    """What a public holiday is called in the language of the page, else in English, else at home."""
    names = day["names"]
    return str(names.get(get_language() or "en") or names.get("en") or names[""])


def _or_none(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
