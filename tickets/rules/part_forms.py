"""The lines of the form of a rule: one condition, or one action, with the input that fits what it is about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from helpdesk.wording.liquid import trouble, unknown_names
from recipients.addressing import expressions
from recipients.addressing.normalise import display, normalise, normalise_domain
from recipients.models import Kind as CustomerKind
from recipients.models import Partner, User
from recipients.users.access import visible_customers
from tickets.agents.feedback import tag_names
from tickets.fields.inputs import as_stored, input_of
from tickets.models import Queue
from tickets.models.setup.category import category_choices
from tickets.models.setup.custom_field import Kind, Known, field_of, placeholders
from tickets.models.setup.priority import priority_choices
from tickets.models.setup.substatus import parted, status_choices
from tickets.models.work.states import UNSOLVED
from tickets.rules.actions import Action, Do
from tickets.rules.conditions import (
    FLAGS,
    NEGATED,
    NUMBERS,
    OF_KIND,
    Authenticity,
    Condition,
    Field,
    How,
    MailKind,
    hows,
    is_own,
)
from tickets.rules.sentences import LANGUAGES, NOBODY, label_of

_NOT = "not-"
MOST_HOURS = 24 * 366


class PartForm(forms.Form):
    """One line: `kind` is the field of a condition or what an action does, `key` names the line in its form."""

    def __init__(self, kind: str, key: str, reader: User, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, prefix=key, **kwargs)
        self.kind, self.key, self.reader = kind, key, reader
        self._build()
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{self.label}: {field.label}" if name != "value" else str(self.label)

    def _build(self) -> None:
        raise NotImplementedError

    @property
    def label(self) -> str:
        raise NotImplementedError

    def as_typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What stands in its fields in `data`, unchecked, as initial values of the same line."""
        return {
            name: field.widget.value_from_datadict(data, {}, self.add_prefix(name))
            for name, field in self.fields.items()
        }


class ConditionForm(PartForm):
    """How a field is compared, and with what."""

    def _build(self) -> None:
        self.known = field_of(self.kind) if is_own(self.kind) else None
        hows_of = OF_KIND[self.known.kind] if self.known else hows(self.kind)
        if self.kind == Field.HEADER:
            shown = forms.TextInput(attrs={"placeholder": _("Name of the header")})
            self.fields["name"] = forms.CharField(label=_("Name of the header"), max_length=100, widget=shown)
        choices = [(how.value, how.label) for how in hows_of]
        choices += [(f"{_NOT}{how.value}", NEGATED[how]) for how in hows_of]
        self.fields["how"] = forms.ChoiceField(label=_("Comparison"), choices=choices)
        if self.known and How.YES not in hows_of:
            self.fields["value"] = input_of(self.known)
        elif not self.known and self.kind not in FLAGS:
            self.fields["value"] = _value_of_condition(self.kind, self.reader)

    @property
    def label(self) -> str:
        return label_of(self.kind)

    def clean(self) -> None:
        value = self.cleaned_data.get("value")
        if is_own(self.kind):
            self._clean_own(value)
        is_expression = self.cleaned_data.get("how", "").removeprefix(_NOT) == How.REGEX and isinstance(value, str)
        if is_expression and (mistake := expressions.mistake(str(value))):
            self.add_error("value", mistake)

    def _clean_own(self, value: Any) -> None:
        if self.known is None:
            self.add_error("how", _t("This field no longer exists: remove the line."))
        elif "value" in self.fields and not self.errors:
            if self.cleaned_data["how"].removeprefix(_NOT) == How.FILLED:
                self.cleaned_data["value"] = ""
            elif value in (None, ""):
                self.add_error("value", forms.Field.default_error_messages["required"])

    def part(self) -> Condition:
        how = self.cleaned_data["how"]
        return Condition(
            field=self.kind,
            how=how.removeprefix(_NOT),
            value=as_stored(self.cleaned_data.get("value", "")),
            negated=how.startswith(_NOT),
            name=self.cleaned_data.get("name", ""),
        )

    @staticmethod
    def initial_of(condition: Condition) -> dict[str, Any]:
        how = f"{_NOT}{condition.how}" if condition.negated else condition.how
        return {"how": how, "value": condition.value, "name": condition.name}


class ActionForm(PartForm):
    """What is done, and with what."""

    def _build(self) -> None:
        if is_own(self.kind):
            self.fields["value"] = _value_of_own(field_of(self.kind))
        elif build := _ACTIONS.get(self.kind):
            self.fields["value"] = build(self.reader)

    @property
    def label(self) -> str:
        return label_of(self.kind)

    def clean(self) -> None:
        if is_own(self.kind) and field_of(self.kind) is None:
            self.add_error("value", _t("This field no longer exists: remove the line."))

    def part(self) -> Action:
        value = as_stored(self.cleaned_data.get("value"))
        return Action(self.kind, "" if value is None and "value" in self.fields else value)

    @staticmethod
    def initial_of(action: Action) -> dict[str, Any]:
        return {"value": action.value}


class CustomerField(forms.CharField):
    """A customer by name, number or address, as somebody types one; its value is the customer's key."""

    def __init__(self, reader: User) -> None:
        super().__init__(label=_("Customer"), help_text=_("Name, customer number or email address."), max_length=320)
        self.customers = visible_customers(reader)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            found = self.customers.filter(pk=value).first()
            return (found.number or found.name) if found else ""
        return value

    def clean(self, value: Any) -> int:
        typed = super().clean(value)
        address = normalise(typed)
        by_address = self.customers.filter(addresses__address=address) if address else self.customers.none()
        for rows in (self.customers.filter(number=typed), by_address, self.customers.filter(name__iexact=typed)):
            found = list(rows.order_by("pk").distinct()[:2])
            if len(found) == 1:
                return int(found[0].pk)
            if found:
                raise ValidationError(_t("Several customers have this name: enter the number or an address."))
        raise ValidationError(_t("There is no such customer."))


class TagsField(forms.CharField):
    """Names of tags, apart by commas; its value is a list of them."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        names = tag_names(super().clean(value))
        if any(len(name) > 64 for name in names):
            raise ValidationError(_t("A tag has at most 64 characters."))
        return names


class DomainField(forms.CharField):
    """A domain; its value is as domains are stored."""

    def prepare_value(self, value: Any) -> Any:
        return display(f"@{value}")[1:] if isinstance(value, str) and value else value

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if domain := normalise_domain(typed.removeprefix("@")):
            return domain
        raise ValidationError(_t("“%(typed)s” is not a domain. A domain looks like example.com.") % {"typed": typed})


class TickField(forms.TypedChoiceField):
    """Whether a checkbox is to be ticked."""

    def __init__(self) -> None:
        choices = [("yes", _("Yes")), ("no", _("No"))]
        super().__init__(label=_("Value"), choices=choices, coerce=lambda value: value == "yes")

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value)


def _value_of_own(known: Known | None) -> forms.Field:
    """Nothing typed: the field is emptied."""
    if known is None:
        return forms.CharField(label=_("Value"), required=False)
    return TickField() if known.kind == Kind.CHECKBOX else input_of(known)


def _choice(choices: Iterable[tuple[Any, Any]], coerce: Callable[[Any], Any] = str) -> forms.Field:
    return forms.TypedChoiceField(label=_("Value"), choices=[("", _("Choose…")), *choices], coerce=coerce)


def _rows(rows: Iterable[Any]) -> list[tuple[int, str]]:
    return [(row.pk, str(row)) for row in rows]


def _unsolved() -> list[tuple[str, str]]:
    """The statuses that a rule over time can meet, each of the system's before its kinds."""
    choices = status_choices(administrator=True, new=True)
    return [(value, label) for value, label in choices if parted(value)[0] in UNSOLVED]


def _agents() -> list[tuple[int, str]]:
    return _rows(User.objects.filter(is_active=True))


def _value_of_condition(kind: str, reader: User) -> forms.Field:
    if kind in _CHOICES:
        return _CHOICES[kind]()
    if kind == Field.CUSTOMER:
        return CustomerField(reader)
    if kind == Field.SENDER_DOMAIN:
        return DomainField(label=_("Value"), max_length=255)
    if kind in NUMBERS:
        most = MOST_HOURS if kind != Field.SIZE else 1_000_000
        return forms.IntegerField(label=_("Value"), min_value=0, max_value=most)
    return forms.CharField(label=_("Value"), max_length=64 if kind == Field.TAG else 500)


_CHOICES: Mapping[str, Callable[[], forms.Field]] = {
    Field.CUSTOMER_KIND: lambda: _choice(CustomerKind.choices),
    Field.PARTNER: lambda: _choice(_rows(Partner.objects.all()), int),
    Field.LANGUAGE: lambda: _choice(LANGUAGES.items()),
    Field.KIND: lambda: _choice(MailKind.choices),
    Field.VERDICT: lambda: _choice(Authenticity.choices),
    Field.QUEUE: lambda: _choice(_rows(Queue.objects.all()), int),
    Field.STATUS: lambda: _choice(_unsolved()),
    Field.PRIORITY: lambda: _choice(priority_choices(), int),
    Field.CATEGORY: lambda: _choice(category_choices(), int),
    Field.ASSIGNEE: lambda: _choice([(NOBODY, _("Nobody")), *_agents()], int),
}


def _several_agents(reader: User) -> forms.Field:
    return forms.TypedMultipleChoiceField(
        label=_("Agents"), choices=_agents(), coerce=int, widget=forms.CheckboxSelectMultiple
    )


#: Everything that a text of a rule may ask for, besides custom fields: what `over_time` fills in.
KNOWN_TEXT = """
{{ requester.name }} {{ requester.first_name }} {{ ticket.number }} {{ ticket.tag }} {{ ticket.subject }}
{{ ticket.queue }} {{ ticket.category }} {{ ticket.priority }} {{ ticket.status }} {{ ticket.assignee }}
{{ ticket.customer }} {{ ticket.portal_url }} {{ company.name }}
"""


class TemplateField(forms.CharField):
    """A text with placeholders."""

    def __init__(self, reader: User) -> None:
        super().__init__(label=_("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 5}))

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if wrong := trouble(text):
            raise ValidationError(_t("This cannot be filled in (line:column): %(trouble)s") % {"trouble": wrong})
        own = " ".join(f"{{{{ {name} }}}}" for name, _label in placeholders())
        if unknown := unknown_names(text, KNOWN_TEXT, own):
            raise ValidationError(_t("Nothing is called “%(name)s” here. Use a placeholder.") % {"name": unknown[0]})
        return text


_ACTIONS: Mapping[str, Callable[[User], forms.Field]] = {
    Do.QUEUE: lambda reader: _choice(_rows(Queue.objects.all()), int),
    Do.PRIORITY: lambda reader: _choice(priority_choices(), int),
    Do.CATEGORY: lambda reader: _choice(category_choices(), int),
    Do.TAGS: lambda reader: TagsField(label=_("Tags"), max_length=500, help_text=_("Separated by commas.")),
    Do.ASSIGNEE: lambda reader: _choice(_agents(), int),
    Do.STATUS: lambda reader: _choice(status_choices(administrator=True, new=True)),
    Do.CUSTOMER: CustomerField,
    Do.NOTIFY_ONLY: _several_agents,
    Do.NOTIFY: _several_agents,
    Do.NOTE: TemplateField,
    Do.MAIL: TemplateField,
}
