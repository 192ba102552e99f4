"""The fields of working hours, and the form of a calendar of days off."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.sections import Section, Sections
from tickets.hours import national
from tickets.models import HolidayCalendar
from tickets.models.service_level import recheck_soon
from tickets.models.setup.hours import days_of, name_of

_TIME = r"(\d{1,2})(?:[:.h](\d{2}))?"
_SHIFT = re.compile(rf"{_TIME}\s*(?:-|–|—|to|bis|do|a|до)\s*{_TIME}", re.IGNORECASE)


def read_shifts(text: str) -> list[list[str]]:
    """What somebody typed for a day, as `Queue.opening_hours` has it. Raises ValueError.

    >>> read_shifts("8-12, 13.30 – 17")
    [['08:00', '12:00'], ['13:30', '17:00']]
    """
    shifts = []
    for part in re.split(r"[,;]|\s{2,}|\s(?=\d{1,2}[:.]\d{2}\s*[-–—])", text.strip()):
        if not part.strip():
            continue
        if not (found := _SHIFT.fullmatch(part.strip())):
            raise ValueError(part)
        begins, ends = _time(found[1], found[2]), _time(found[3], found[4])
        if begins == ends or begins == "24:00":
            raise ValueError(part)
        shifts.append([begins, ends])
    return sorted(shifts)


def written_shifts(shifts: Sequence[Sequence[str]]) -> str:
    return ", ".join(f"{begins}–{ends}" for begins, ends in shifts)


def _time(hours: str, minutes: str | None) -> str:
    hour, minute = int(hours), int(minutes or 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ValueError
    return f"{hour:02d}:{minute:02d}"


class WeekInput(forms.MultiWidget):
    """A line of text for each day of the week; the first one can be copied to all."""

    template_name = "tickets/hours/week_input.html"
    use_fieldset = True

    def __init__(self) -> None:
        super().__init__([forms.TextInput(attrs={"aria-label": day, "size": 24}) for day in WEEKDAYS.values()])

    def decompress(self, value: Any) -> list[str]:
        if not value:
            return [""] * 7
        return [written_shifts(day) for day in value]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        if isinstance(value, list) and value and isinstance(value[0], list):
            value = self.decompress(value)
        context = super().get_context(name, value, attrs)
        for day, name_of_day in zip(context["widget"]["subwidgets"], WEEKDAYS.values(), strict=True):
            day["label"] = name_of_day
        return context


class WeekField(forms.Field):
    """The hours of a week, as `Queue.opening_hours` keeps them; nothing at all is "always open"."""

    widget = WeekInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Working hours"),
            required=False,
            help_text=_(
                "For example 08:00–12:00, 13:00–17:00; a shift such as 22:00–06:00 runs past midnight. A "
                "day without times is closed. Without any times, the queue is always open."
            ),
            **kwargs,
        )

    def clean(self, value: Any) -> list[list[list[str]]]:
        week, wrong = [], []
        for day, text in zip(WEEKDAYS.values(), value or [""] * 7, strict=True):
            try:
                week.append(read_shifts(text or ""))
            except ValueError:
                wrong.append(ValidationError(_("%(day)s: “%(text)s” is not a time; write it as in 08:00–16:00.")))
                wrong[-1].params = {"day": day, "text": Truncator(text).chars(40)}
        if wrong:
            raise ValidationError(wrong)
        return week if any(week) else []


class HolidayCalendarForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A calendar: the country's days, each to be ticked, and own ones. A new country or region brings its days."""

    country = forms.ChoiceField(label=_("Country"), required=False)
    region = forms.CharField(label=_("Region"), required=False, widget=forms.Select)
    taken = forms.MultipleChoiceField(
        label=_("Closed on these days"), required=False, widget=forms.CheckboxSelectMultiple
    )

    sections = (
        Section("", ("name", ("country", "region"))),
        Section(_("Public holidays"), ("taken",)),
        Section("", ("own_days",)),
    )

    class Meta:
        model = HolidayCalendar
        fields = ["name", "country", "region", "own_days"]
        widgets = {"own_days": forms.Textarea(attrs={"rows": 5})}
        help_texts = {
            "own_days": _(
                "One day per line, as year-month-day, or month-day for every year, followed by its name: "
                "2026-12-24 Office party, 12-31 New Year's Eve."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = [("", _("None: own days only")), *national.countries()]
        country.widget.attrs["data-regions"] = ""
        self._offer_regions()
        self._offer_days()

    def _offer_regions(self) -> None:
        region, country = self.fields["region"], self.data.get("country", self.instance.country)
        known = national.regions(country) if country in dict(national.countries()) else ()
        if not known:
            del self.fields["region"]
            return
        assert isinstance(region.widget, forms.Select)
        region.widget.choices = [("", _("The whole country")), *known]

    def clean_region(self) -> str:
        """One of the country that is chosen now; that of another country is none."""
        region: str = self.cleaned_data["region"]
        return region if region in dict(national.regions(self.cleaned_data.get("country", ""))) else ""

    def _offer_days(self) -> None:
        if not self.instance.days:
            del self.fields["taken"]
            return
        taken = self.fields["taken"]
        assert isinstance(taken, forms.MultipleChoiceField)
        days = [(day["date"], days_of(day["date"])[0], name_of(day)) for day in self.instance.days]
        taken.choices = [(iso, f"{date_format(day, 'D, j M Y')}: {name}") for iso, day, name in days]
        self.initial["taken"] = [day["date"] for day in self.instance.days if day["off"]]

    def clean_own_days(self) -> str:
        lines = [_as_iso(" ".join(line.split())) for line in self.cleaned_data["own_days"].splitlines()]
        wrong = [line for line in lines if line and not _is_day(line.partition(" ")[0])]
        if wrong:
            raise ValidationError(
                _("These lines do not start with a date: %(wrong)s."),
                params={"wrong": Truncator("; ".join(wrong)).chars(200)},
            )
        return "\n".join(line for line in lines if line)

    def save(self, commit: bool = True) -> HolidayCalendar:
        calendar: HolidayCalendar = self.instance
        calendar.region = self.cleaned_data.get("region", "")
        if "taken" in self.fields:
            off = set(self.cleaned_data["taken"])
            calendar.days = [day | {"off": day["date"] in off} for day in calendar.days]
        if (calendar.country, calendar.region) != (self.initial.get("country", ""), self.initial.get("region", "")):
            national.renew(calendar)
        calendar.save()
        recheck_soon()
        return calendar


def _as_iso(line: str) -> str:
    """A line that begins with a day as it is written with points begins with 2026-12-24, or 12-24 for every year.

    >>> _as_iso("24.12.2026 Eve"), _as_iso("6.1. Epiphany"), _as_iso("12-24 Eve")
    ('2026-12-24 Eve', '01-06 Epiphany', '12-24 Eve')
    """
    day = re.match(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?(?=\s|$)", line)
    if day is None:
        return line
    year = f"{day[3]}-" if day[3] else ""
    return f"{year}{int(day[2]):02}-{int(day[1]):02}{line[day.end() :]}"


def _is_day(text: str) -> bool:
    try:
        return bool(days_of(text))
    except ValueError:
        return False
