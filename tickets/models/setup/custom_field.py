"""Custom fields, on tickets and on customers. Their values are a JSON column of the row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from helpdesk.database.kept import Kept, KeptRows
from tickets.models.setup.queue import Queue


class Kind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    CHECKBOX = "checkbox", _("Checkbox")


class About(models.TextChoices):
    TICKET = "ticket", _("Tickets")
    CUSTOMER = "customer", _("Customers")


@dataclass(frozen=True, slots=True)
class Known:
    """A field as pages ask for it. `queues`: those whose tickets have it; none: all."""

    pk: int
    name: str
    kind: str
    about: str
    options: tuple[str, ...]
    queues: frozenset[int]
    is_required: bool

    @property
    def key(self) -> str:
        """How forms, columns and stored values name it; a mere number would be a place in a list to JSON."""
        return f"field_{self.pk}"

    def is_on(self, queue: int | None) -> bool:
        return not self.queues or queue in self.queues

    def takes(self, value: Any) -> bool:
        """Whether a stored `value` may be this field's: a choice that is not offered any more may not."""
        return self.kind != Kind.CHOICE or not value or value in self.options

    def shown(self, value: Any) -> str:
        """A stored value as people read it."""
        match self.kind:
            case Kind.CHECKBOX:
                return _t("Yes") if value else ""
            case Kind.DATE if value:
                return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
            case Kind.NUMBER if value is not None:
                return number_format(value)
            case _:
                return str(value or "")


class CustomField(KeptRows):
    """One field. What it is about, and its kind, stay: values are kept by them."""

    name = models.CharField(_("name"), max_length=60)
    about = models.CharField(_("applies to"), max_length=8, choices=About, default=About.TICKET)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.TEXT)
    options = models.TextField(_("choices"), blank=True, help_text=_("One per line. Only for a choice."))
    queues = models.ManyToManyField(
        Queue, verbose_name=_("queues"), blank=True, related_name="+", help_text=_("None: in all of them.")
    )
    is_required = models.BooleanField(
        _("required to solve"), default=False, help_text=_("Agents cannot solve or close a ticket without it.")
    )
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("Off: its values are kept, but nobody sees them.")
    )

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["about", "name"]
        constraints = [models.UniqueConstraint(fields=["about", "name"], name="one_custom_field_a_name")]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def forget() -> None:
        KEPT.forget()

    def clean(self) -> None:
        """Raises ValidationError for a choice without choices."""
        lines = [" ".join(line.split()) for line in self.options.splitlines()]
        options = list(dict.fromkeys(line for line in lines if line))
        if self.kind == Kind.CHOICE and not options:
            raise ValidationError({"options": _("Enter the choices, one per line.")})
        if len(options) > limits.FIELD_OPTIONS.amount:
            raise ValidationError({"options": limits.FIELD_OPTIONS.sentence()})
        self.options = "\n".join(options)


def custom_fields(about: str = About.TICKET, queue: int | None = None) -> list[Known]:
    """The fields in use, by name; those of a `queue`, if one is given. No query but now and then two."""
    return [each for each in KEPT.get() if each.about == about and (queue is None or each.is_on(queue))]


def field_of(key: str) -> Known | None:
    """The field in use that forms, rules and stored values name so. No query but now and then two."""
    return next((each for each in KEPT.get() if each.key == key), None)


def _read() -> list[Known]:
    rows = CustomField.objects.filter(is_active=True).prefetch_related("queues")
    return [
        Known(
            row.pk,
            row.name,
            row.kind,
            row.about,
            tuple(row.options.splitlines()),
            frozenset(queue.pk for queue in row.queues.all()),
            row.is_required,
        )
        for row in rows
    ]


KEPT = Kept("custom-fields", _read)


def with_value(values: Mapping[str, Any] | None, key: str, value: Any) -> dict[str, Any]:
    """`values` with another one; what is empty has no key."""
    others = {each: said for each, said in (values or {}).items() if each != key}
    return others if value is None or value is False or value == "" else {**others, key: value}


def shown(values: Mapping[str, Any] | None, about: str = About.TICKET) -> dict[str, str]:
    """What each field in use says, by its name, as people read it: for texts that name it."""
    return {each.name: each.shown((values or {}).get(each.key)) for each in custom_fields(about)}


def in_texts(ticket: Any) -> dict[str, dict[str, str]]:
    """What texts of one's own name of a ticket's fields, and of its customer's if it is theirs for certain."""
    customer = ticket.customer if ticket.is_certain else None
    own = customer.own_fields if customer else None
    return {"fields": shown(ticket.own_fields), "customer_fields": shown(own, About.CUSTOMER)}


def placeholders() -> list[tuple[str, str]]:
    """How a text names each field, and what it is called."""
    said = ((About.TICKET, "ticket.fields", ""), (About.CUSTOMER, "ticket.customer_fields", f"{_t('Customer')}: "))
    return [
        (f"{where}[{quote}{each.name}{quote}]", f"{whose}{each.name}")
        for about, where, whose in said
        for each in custom_fields(about)
        if (quote := next((mark for mark in "\"'" if mark not in each.name), ""))
    ]


def missing(values: Mapping[str, Any] | None, queue: int) -> list[str]:
    """The names of the fields without which a ticket is not solved."""
    return [each.name for each in custom_fields(queue=queue) if each.is_required and not (values or {}).get(each.key)]


def changed(before: Mapping[str, Any], after: Mapping[str, Any], about: str = About.TICKET) -> list[list[str]]:
    """What differs, for an event: the name of each field with the value before and after, as people read them."""
    return [
        [each.name, each.shown(before.get(each.key)), each.shown(after.get(each.key))]
        for each in custom_fields(about)
        if before.get(each.key) != after.get(each.key)
    ]
