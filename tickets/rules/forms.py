"""The form of a rule: its name and order, its conditions and its actions, a line each."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _t

from recipients.models import User
from tickets.models import Rule
from tickets.models.setup.custom_field import About, custom_fields, placeholders
from tickets.rules import actions, conditions
from tickets.rules.actions import STOPPING, Action, Do
from tickets.rules.conditions import Condition, Field, is_own
from tickets.rules.part_forms import ActionForm, ConditionForm, PartForm
from tickets.rules.sentences import label_of

#: Lines of each kind that a rule may have.
MOST_PARTS = 20
#: How the keys of lines begin, and the forms of these lines.
_LETTERS = {"condition": "c", "action": "a"}
_FORMS: dict[str, type[ConditionForm | ActionForm]] = {"c": ConditionForm, "a": ActionForm}


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """`parts` are the lines; each has a hidden field `part` in the page that says its key and what it is about.

    Without JavaScript a line is added and taken away by a button that posts the form: `changed` makes the form that is
    shown then, with everything that was typed.
    """

    class Meta:
        model = Rule
        fields = ["name", "combine", "stop", "is_active"]
        widgets = {"combine": forms.RadioSelect}

    def __init__(self, data: Any = None, *args: Any, reader: User, parts: Any = None, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.reader = reader
        if self.instance.is_default:
            del self.fields["combine"], self.fields["stop"]
        elif self.instance.trigger == Rule.Trigger.TIME:
            del self.fields["stop"]
        self.parts: list[PartForm] = parts if parts is not None else list(self._parts(data))

    def _parts(self, data: Any) -> Iterator[PartForm]:
        if data is not None:
            yield from (_FORMS[key[0]](kind, key, self.reader, data) for key, kind in named_parts(data))
            return
        for number, stored in enumerate(self.instance.conditions):
            condition = Condition.read(stored)
            if _is_kind("c", condition.field):
                initial = ConditionForm.initial_of(condition)
                yield ConditionForm(condition.field, f"c{number}", self.reader, initial=initial)
        for number, stored in enumerate(self.instance.actions):
            action = Action.read(stored)
            if _is_kind("a", action.do):
                yield ActionForm(action.do, f"a{number}", self.reader, initial=ActionForm.initial_of(action))

    @property
    def condition_forms(self) -> list[PartForm]:
        return [part for part in self.parts if isinstance(part, ConditionForm)]

    @property
    def action_forms(self) -> list[PartForm]:
        return [part for part in self.parts if isinstance(part, ActionForm)]

    @property
    def new_conditions(self) -> list[tuple[str, str]]:
        """What a further condition may be about."""
        return _labels(self._conditions())

    @property
    def new_actions(self) -> list[tuple[str, str]]:
        """What a further action may do; each is done once."""
        there = {part.kind for part in self.action_forms}
        return _labels(do for do in self._actions() if do not in there)

    @property
    def placeholders(self) -> list[str]:
        """What the texts of its notes and mails may name besides."""
        return [name for name, _label in placeholders()]

    def _conditions(self) -> list[str]:
        """A mail knows its customer's fields alone; a ticket has its own, too."""
        if self.instance.trigger == Rule.Trigger.NEW:
            return [*conditions.OF_MAILS, *_own(About.CUSTOMER)]
        return [*conditions.OF_TICKETS, *_own(About.TICKET), *_own(About.CUSTOMER)]

    def _actions(self) -> list[str]:
        over_time = self.instance.trigger == Rule.Trigger.TIME
        return [*(actions.OF_TICKETS if over_time else actions.OF_MAILS), *_own(About.TICKET)]

    def clean(self) -> dict[str, Any]:
        valid = [part.is_valid() for part in self.parts]
        if not all(valid):
            self.add_error(None, _t("A condition or an action is not complete."))
            return self.cleaned_data
        wrong = {part.kind for part in self.condition_forms} - {*self._conditions()}
        if wrong or {part.kind for part in self.action_forms} - {*self._actions()}:
            self.add_error(None, _t("A condition or an action is not complete."))
        if not self.condition_forms and not self.instance.is_default:
            self.add_error(None, _t("A rule needs a condition."))
        if not self.action_forms:
            self.add_error(None, _t("A rule needs an action."))
        self.instance.conditions = [part.part().as_json() for part in self.condition_forms]  # type: ignore[attr-defined]
        self.instance.actions = [part.part().as_json() for part in self.action_forms]  # type: ignore[attr-defined]
        return self.cleaned_data


def named_parts(data: Any) -> list[tuple[str, str]]:
    """The lines that a posted form has: key and what each is about; nothing that no form of ours has."""
    found = []
    for named in data.getlist("part")[: 2 * MOST_PARTS]:
        key, _colon, kind = named.partition(":")
        if key[1:].isdecimal() and _is_kind(key[0], kind):
            found.append((key, kind))
    return found


def changed(data: Any, instance: Rule, reader: User) -> RuleForm:
    """The form after a line was added (`add` names its kind: "condition" or "action") or taken away (`remove`)."""
    parts: list[PartForm] = []
    for key, kind in named_parts(data):
        if key != data.get("remove"):
            part = _FORMS[key[0]](kind, key, reader)
            part.initial = part.as_typed(data)
            parts.append(part)
    initial = {name: data.get(name, "") for name in ("name", "combine")}
    initial |= {name: name in data for name in ("stop", "is_active")}
    added = data.get("add", "")
    letter, kind = _LETTERS.get(added, ""), data.get(f"new_{added}", "")
    if letter and _is_kind(letter, kind) and len(parts) < 2 * MOST_PARTS:
        number = max((int(part.key[1:]) for part in parts if part.key[0] == letter), default=-1) + 1
        part = _FORMS[letter](kind, f"{letter}{number}", reader)
        for field in list(part.fields.values())[:1]:
            field.widget.attrs["autofocus"] = True
        parts.append(part)
        if kind in STOPPING and letter == "a":
            initial["stop"] = True
    return RuleForm(instance=instance, reader=reader, parts=parts, initial=initial)


def _is_kind(letter: str, kind: str) -> bool:
    """Whether a condition ("c") or an action ("a") may be about it, or might be once: a field may be gone."""
    return kind in {"c": Field.values, "a": Do.values}.get(letter, []) or (letter in _FORMS and is_own(kind))


def _own(about: str) -> list[str]:
    return [each.key for each in custom_fields(about)]


def _labels(kinds: Iterable[str]) -> list[tuple[str, str]]:
    return [(str(kind), label_of(kind)) for kind in kinds]
