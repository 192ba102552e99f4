"""The form of a service level: for whom it holds, and a table of times; and what to try it with."""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.sections import Section, Sections
from recipients.models import Customer
from recipients.search.query import find_customers
from tickets.models import Priority, Queue, ServiceLevel, ServiceTime, Target
from tickets.models.service_level import Policy
from tickets.models.setup.category import category_choices
from tickets.models.setup.priority import levels, priority_choices
from tickets.service_levels.durations import minutes_of_a_day, read_duration, written_duration

#: Customers that are named where a text means several.
_NAMED = 5
FRIDAY = 4
_PERCENT = re.compile(r"(\d|[1-8]\d|90)\s*%")
#: Years of which a trial may be: at the end of the calendar there is no later day to be due on.
FIRST_YEAR, LAST_YEAR = 1970, 2999


class ServiceLevelForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A service level with its times, a row for each priority, as people write them (T04, W16)."""

    customer = forms.CharField(
        label=_("Customer"),
        required=False,
        max_length=300,
        help_text=_("Name, number or email address of a person or company. A company includes its people."),
    )

    warn = forms.CharField(
        label=_("Warn when this much is left"),
        required=False,
        max_length=40,
        initial="25 %",
        widget=forms.TextInput(attrs={"size": 10}),
        help_text=_(
            "A share of each time, such as 25 %, or working time, such as 30 min. The ticket's assignee "
            "is notified, or else the agents of its queue. Empty: no warning."
        ),
    )

    sections = (
        Section("", ("name", "is_active")),
        Section(
            _("Applies to"),
            ("customer", ("category", "queue")),
            _(
                "The first of these that points to exactly one service level decides: the customer, the "
                "customer's company, the category, its parent categories, the queue. Leave all empty for "
                "the level that applies where no other does."
            ),
        ),
        Section(_("Hours that count"), ("round_the_clock", "warn")),
    )

    class Meta:
        model = ServiceLevel
        fields = ["name", "is_active", "category", "queue", "round_the_clock"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        category, queue = self.fields["category"], self.fields["queue"]
        assert isinstance(category, forms.ModelChoiceField)
        assert isinstance(queue, forms.ModelChoiceField)
        category.choices = [("", _("Any category")), *category_choices(self.instance.category_id)]
        queue.empty_label = _("Any queue")
        if self.instance.customer:
            self.initial["customer"] = self.instance.customer.name
        if self.instance.pk:
            self.initial["warn"] = written_warning(self.instance)
        self._add_times()

    def _add_times(self) -> None:
        rows = {row.priority: row for row in self.instance.times.all()} if self.instance.pk else {}
        day = minutes_of_a_day(round_the_clock=self.instance.round_the_clock)
        for level in levels().values():
            for target in Target:
                minutes = getattr(rows.get(level.level), target.value, None)
                field = forms.CharField(
                    label=f"{level.name}: {target.label}",
                    required=False,
                    max_length=40,
                    widget=forms.TextInput(attrs={"size": 12, "aria-label": f"{level.name}: {target.label}"}),
                )
                self.fields[cell(level.level, target)] = field
                self.initial[cell(level.level, target)] = written_duration(minutes, day) if minutes else ""

    def rows(self) -> Iterator[tuple[int, list[tuple[str, forms.BoundField]]]]:
        """The table: each priority, the highest first, with its fields and what they are about."""
        for level in sorted(levels(), reverse=True):
            yield level, [(str(target.label), self[cell(level, target)]) for target in Target]

    def clean_customer(self) -> Customer | None:
        """The one that the text means; what is there already is not looked up again."""
        text = self.cleaned_data["customer"].strip()
        before = self.instance.customer
        if not text or (before and text == before.name):
            return before if text else None
        exact = list(Customer.objects.filter(name__iexact=text)[:2])
        found = exact if len(exact) == 1 else list(find_customers(Customer.objects.all(), text)[: _NAMED + 1])
        if not found:
            raise ValidationError(_("No customer matches “%(text)s”."), params={"text": text})
        if len(found) > 1:
            names = ", ".join(str(each) for each in found[:_NAMED])
            raise ValidationError(_("Several customers match: %(names)s."), params={"names": names})
        return found[0]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._read_times(cleaned)
        self._read_warning(cleaned)
        if "customer" in cleaned and cleaned.get("is_active") and (other := self._same(cleaned)):
            raise ValidationError(
                _("“%(other)s” applies to the same. Of two that do, neither is chosen."), params={"other": other}
            )
        return cleaned

    def _read_times(self, cleaned: dict[str, Any]) -> None:
        """Put minutes in the place of what was typed."""
        day = _day(cleaned)
        for name in self._cells():
            try:
                cleaned[name] = read_duration(cleaned.get(name, ""), day)
            except ValueError:
                self.add_error(name, _("Write it as in 30 min, 2 h or 1 d 4 h."))
        if not self.errors and not any(cleaned[name] for name in self._cells()):
            raise ValidationError(_("Enter at least one time."))

    def _read_warning(self, cleaned: dict[str, Any]) -> None:
        """Put the percent and the minutes that are left in the place of what was typed."""
        text = cleaned.get("warn", "").strip()
        part = _PERCENT.fullmatch(text)
        try:
            cleaned["warn"] = (int(part[1]), 0) if part else (0, read_duration(text, _day(cleaned)) or 0)
        except ValueError:
            self.add_error("warn", _("Write it as in 30 min or 2 h, or as a share of up to 90 %."))

    def _same(self, cleaned: dict[str, Any]) -> ServiceLevel | None:
        names = {name: cleaned.get(name) for name in ("customer", "category", "queue")}
        same = {f"{name}__isnull" if value is None else name: value or True for name, value in names.items()}
        return ServiceLevel.objects.filter(is_active=True, **same).exclude(pk=self.instance.pk).first()

    def _cells(self) -> list[str]:
        return [cell(level, target) for level in levels() for target in Target]

    def faults_of_times(self) -> list[Any]:
        """What is wrong with what was typed as times."""
        return [self.errors[name] for name in self._cells() if name in self.errors]

    def times(self) -> list[ServiceTime]:
        """The rows of a form whose times are right, unsaved."""
        rows = []
        for level in levels():
            minutes = {target.value: self.cleaned_data[cell(level, target)] for target in Target}
            if any(minutes.values()):
                rows.append(ServiceTime(service_level=self.instance, priority=level, **minutes))
        return rows

    def policy(self) -> Policy:
        """What a form whose times are right says, as tickets would use it."""
        times = {row.priority: row.allowed for row in self.times()}
        return Policy(0, "", round_the_clock=self.cleaned_data["round_the_clock"], times=times)

    def save(self, commit: bool = True) -> ServiceLevel:
        """Save it with its times, all or nothing."""
        made: ServiceLevel = self.instance
        made.customer = self.cleaned_data["customer"]
        made.warn_percent, made.warn_minutes = self.cleaned_data["warn"]
        with transaction.atomic():
            made.save()
            made.times.all().delete()
            ServiceTime.objects.bulk_create(self.times())
        return made


class TrialForm(forms.Form):
    """A ticket that might come: when, how urgent, where."""

    prefix = "trial"

    arrives = forms.DateTimeField(
        label=_("A ticket that arrives"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    priority = forms.TypedChoiceField(label=_("with priority"), choices=priority_choices, coerce=int)
    queue = forms.ModelChoiceField(label=_("in queue"), queryset=Queue.objects.select_related("holidays"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        queue = self.fields["queue"]
        assert isinstance(queue, forms.ModelChoiceField)
        queue.empty_label = None

    def clean_arrives(self) -> datetime:
        """As it was typed: by the clock of the queue, not of who looks."""
        arrives: datetime = self.cleaned_data["arrives"]
        if not FIRST_YEAR <= arrives.year <= LAST_YEAR:
            raise ValidationError(self.fields["arrives"].error_messages["invalid"])
        return timezone.make_naive(arrives)


def trial_of(level: ServiceLevel | None) -> dict[str, Any]:
    """What is tried first: the next Friday afternoon, with which most plans have trouble."""
    today = timezone.localdate()
    friday = datetime.combine(today + timedelta(days=(FRIDAY - today.weekday()) % 7), time(15, 30))
    queue = (level.queue if level else None) or Queue.objects.order_by("-is_default", "pk").first()
    return {
        "trial-arrives": friday.strftime("%Y-%m-%dT%H:%M"),
        "trial-priority": Priority.NORMAL.value,
        "trial-queue": queue.pk if queue else "",
    }


def _day(cleaned: dict[str, Any]) -> int:
    return minutes_of_a_day(round_the_clock=bool(cleaned.get("round_the_clock")))


def written_times(level: ServiceLevel) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Each priority that has times, the highest first, with what is to happen and within which time."""
    day = minutes_of_a_day(round_the_clock=level.round_the_clock)
    for row in sorted(level.times.all(), key=lambda each: -each.priority):
        times = [(str(target.label), getattr(row, target.value)) for target in Target]
        yield row.priority, [(target, written_duration(minutes, day)) for target, minutes in times if minutes]


def written_warning(level: ServiceLevel) -> str:
    """When agents are warned, as it is typed; "" for not at all."""
    if level.warn_minutes:
        return written_duration(level.warn_minutes, minutes_of_a_day(round_the_clock=level.round_the_clock))
    return f"{level.warn_percent} %" if level.warn_percent else ""


def cell(level: int, target: Target) -> str:
    """The name of the field of a time."""
    return f"time_{level}_{target.value}"
