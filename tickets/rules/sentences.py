"""Conditions and actions in words, for who reads rules, a history, or why a ticket is where it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recipients.models import Customer, Kind, Partner, User
from recipients.users.access import visible_customers
from tickets.agents.masking import SOMEBODY
from tickets.models import Queue, Status
from tickets.models.setup.category import path_of
from tickets.models.setup.custom_field import About, field_of
from tickets.models.setup.priority import level_of
from tickets.models.setup.substatus import own_choices
from tickets.rules.actions import Action, Do
from tickets.rules.conditions import NEGATED, NUMBERS, Authenticity, Condition, Field, How, MailKind, is_own

#: Languages that a text is told to be in; those that have no catalogue by their own names.
LANGUAGES: Mapping[str, Any] = {**dict(settings.LANGUAGES), "es": "Español", "fr": "Français"}
#: Why an action was not done.
REFUSED: Mapping[str, Any] = {
    "overridden": gettext_lazy("a later rule overrides it"),
    "gone": gettext_lazy("it no longer exists"),
    "elsewhere": gettext_lazy("its queue has no such field"),
    "recognised": gettext_lazy("the sender is recognised"),
    "blind": gettext_lazy("they cannot see the ticket"),
    "agent": gettext_lazy("an agent opened the ticket and chose"),
    "nobody": gettext_lazy("there is nobody to write to"),
    "topic": gettext_lazy("it is a topic, which others read"),
    "often": gettext_lazy("rules have written often enough today"),
    "broken": gettext_lazy("its text cannot be filled in"),
}
NOBODY = 0  # as an assignee
_AGENTS = (Do.ASSIGNEE, Do.NOTIFY_ONLY, Do.NOTIFY)
_CHOICES: Mapping[str, Iterable[tuple[Any, Any]]] = {
    Field.CUSTOMER_KIND: Kind.choices,
    Field.KIND: MailKind.choices,
    Field.VERDICT: Authenticity.choices,
    Field.LANGUAGE: LANGUAGES.items(),
}


@dataclass(frozen=True, slots=True)
class Names:
    """The names of what rules speak of by number, as their reader may know them."""

    queues: Mapping[int, str] = field(default_factory=dict)
    agents: Mapping[int, str] = field(default_factory=dict)
    customers: Mapping[int, str] = field(default_factory=dict)
    partners: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, parts: Iterable[Condition | Action], reader: User) -> Self:
        """One query for each kind of thing that is named."""
        wanted: dict[str, set[int]] = {"queue": set(), "agent": set(), "customer": set(), "partner": set()}
        for part in parts:
            what = part.field if isinstance(part, Condition) else part.do
            values = part.value if isinstance(part.value, list | tuple) else [part.value]
            wanted.get("agent" if what in _AGENTS else what, set()).update(v for v in values if isinstance(v, int))
        return cls(
            _names(Queue.objects.all(), wanted["queue"]),
            _names(User.objects.all(), wanted["agent"]),
            _customers(wanted["customer"], reader),
            _partners(wanted["partner"], reader),
        )

    def named(self, what: str, value: Any) -> str:
        """`value` of a field or an action as people call it."""
        tables = {"queue": self.queues, "customer": self.customers, "partner": self.partners}
        table = self.agents if what in _AGENTS else tables.get(what)
        if table is not None:
            if what == Field.ASSIGNEE and value == NOBODY:
                return _("Nobody")
            values = value if isinstance(value, list | tuple) else [value]
            return ", ".join(table.get(each, _("(gone)")) for each in values)
        if is_own(what):
            known = field_of(what)
            return (known.shown(value) or _("empty")) if known else str(value)
        if what == Do.STATUS:
            return str({**dict(Status.choices), **dict(own_choices())}.get(value, _("(gone)")))
        if what == Do.PRIORITY:
            return level_of(value).name
        if what == Do.CATEGORY:
            return path_of(value) or _("(gone)")
        if what in _CHOICES:
            return str(dict(_CHOICES[what]).get(value, value))
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def label_of(what: str) -> str:
    """What a field of a condition, or an action, is called. No query but now and then two."""
    if is_own(what):
        known = field_of(what)
        if known is None:
            return _("(gone)")
        return known.name if known.about == About.TICKET else f"{_('Customer')}: {known.name}"
    labels: Mapping[str, Any] = {**dict(Do.choices), **dict(Field.choices)}
    return str(labels.get(what, what))


def condition_text(condition: Condition, names: Names) -> str:
    """As "Subject contains “invoice”"."""
    label = label_of(condition.field)
    if condition.field == Field.HEADER:
        label = f"{label} {condition.name}"
    how = NEGATED.get(condition.how) if condition.negated else dict(How.choices).get(condition.how)
    if condition.how == How.FILLED:
        return f"{label} {how}"
    if condition.how == How.YES:
        return f"{label}: {how}"
    if condition.field in NUMBERS and condition.field != Field.PRIORITY:
        return f"{label} {how} {condition.value}"
    value = names.named(condition.field, condition.value)
    return _("%(field)s %(how)s “%(value)s”") % {"field": label, "how": how, "value": value}


def action_text(action: Action, names: Names) -> str:
    """As "Queue: Finance"."""
    label = label_of(action.do)
    if action.do in (Do.NOTE, Do.MAIL):
        return f"{label}: {Truncator(action.value).chars(60)}"
    value = "" if action.value is None else names.named(action.do, action.value)
    return f"{label}: {value}" if value else label


def done_text(done: Mapping[str, Any], names: Names) -> str:
    """One of the things that an event says a rule did, or could not do."""
    text = action_text(Action.read(done), names)
    why = done.get("not")
    return f"{text} ({_('not done')}: {REFUSED.get(why, why)})" if why else text


def _names(rows: Any, ids: Iterable[int]) -> dict[int, str]:
    ids = set(ids)
    return {row.pk: str(row) for row in rows.filter(pk__in=ids)} if ids else {}


def _partners(ids: set[int], reader: User) -> dict[int, str]:
    """Whoever works for one partner reads no name of another one."""
    named = _names(Partner.objects.all(), ids)
    if reader.sees_every_partner:
        return named
    return {pk: name if pk == reader.partner_id else _("another partner") for pk, name in named.items()}


def _customers(ids: set[int], reader: User) -> dict[int, str]:
    if not ids:
        return {}
    seen = _names(visible_customers(reader), ids)
    there = Customer.objects.filter(pk__in=ids - seen.keys()).values_list("pk", flat=True) if ids - seen.keys() else ()
    return {**dict.fromkeys(there, str(SOMEBODY)), **seen}
