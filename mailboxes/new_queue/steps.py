"""The steps in which a new queue is set up, and what was typed in them so far."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.contrib.sessions.backends.base import SessionBase
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.sections import Section
from mailboxes.accounts.queue_forms import QueueForm

_KEY = "new_queue"
_NOT_TYPED = ("csrfmiddlewaretoken", "do")


@dataclass(frozen=True)
class Step:
    """One page: its place in the address, its title, and the lines of the queue's form that stand on it."""

    key: str
    title: str | Promise
    section: Section

    @property
    def fields(self) -> tuple[str, ...]:
        lines = self.section.lines
        return tuple(name for line in lines for name in ((line,) if isinstance(line, str) else line))


STEPS = (
    Step(
        "name",
        _("Name"),
        Section(
            "",
            ("name", ("language", "time_zone")),
            _("A queue holds one department's tickets. Customers see its name, and get its emails in its language."),
        ),
    ),
    Step("agents", _("Agents"), Section("", ("agents",), _("Who answers? You can change it at any time."))),
    Step(
        "addresses",
        _("Addresses"),
        Section(
            "", ("addresses",), _("Where do customers write to? You can leave this empty and choose a mailbox later.")
        ),
    ),
    Step(
        "hours",
        _("Working hours"),
        Section("", ("opening_hours", "holidays"), _("Only these hours count towards promised times.")),
    ),
    Step(
        "confirmation",
        _("Confirmation"),
        Section("", ("confirmation", "unknown_senders"), _("What happens right away when somebody writes?")),
    ),
)


class NewQueueForm(QueueForm):
    """The form of a queue with the fields of some steps alone; whatever else it has begins as usual."""

    def __init__(self, *args: Any, steps: Iterable[Step], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = tuple(step.section for step in steps)
        asked = {name for step in steps for name in step.fields}
        for name in self.fields.keys() - asked:
            del self.fields[name]
        self.initial.setdefault("language", get_language())


class Draft:
    """What was typed, right or wrong, step by step, kept in the session until the queue is there (T02)."""

    def __init__(self, session: SessionBase) -> None:
        self._session = session
        self._typed: Mapping[str, dict[str, list[Any]]] = session.get(_KEY, {})

    def keep(self, step: Step, typed: QueryDict) -> Self:
        values = {name: values for name, values in typed.lists() if name not in _NOT_TYPED}
        self._typed = self._session[_KEY] = {**self._typed, step.key: values}
        return self

    def forget(self) -> None:
        self._session.pop(_KEY, None)

    @property
    def next_step(self) -> Step:
        """The first in which nothing was said yet, else the last."""
        return next((step for step in STEPS if step.key not in self._typed), STEPS[-1])

    def form(self, step: Step) -> NewQueueForm:
        """The form of a step as it was left, or as it begins."""
        return NewQueueForm(self._data([step]) if step.key in self._typed else None, steps=[step])

    def wrong_step(self) -> Step | None:
        """The first that has to be corrected; the name cannot be passed over."""
        for step in STEPS:
            if step.key not in self._typed and step is STEPS[0]:
                return step
            if step.key in self._typed and not self.form(step).is_valid():
                return step
        return None

    def whole(self) -> NewQueueForm:
        """The form of all steps that were seen: one that was passed over is as it begins."""
        seen = [step for step in STEPS if step.key in self._typed]
        return NewQueueForm(self._data(seen), steps=seen)

    def _data(self, steps: Iterable[Step]) -> QueryDict:
        data = QueryDict(mutable=True)
        for step in steps:
            for name, values in self._typed[step.key].items():
                data.setlist(name, values)
        return data
