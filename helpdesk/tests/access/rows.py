"""Rows of every table there is, to be listed by tests: a new table has some without anybody thinking of it."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.utils import timezone

OURS = ("recipients", "tickets", "mailboxes")


def fill(count: int) -> set[str]:
    """Add `count` rows to each table of ours that takes them, and return the names of those tables."""
    filled, waiting = set(), [model for app in OURS for model in apps.get_app_config(app).get_models()]
    while waiting:
        left = [model for model in waiting if not _filled(model, count, filled)]
        if len(left) == len(waiting):
            return filled
        waiting = left
    return filled


def _filled(model: type[models.Model], count: int, filled: set[str]) -> bool:
    """Whether the rows that this one refers to are there, and it took some of its own. Also with less in each row."""
    for wanted in (lambda field: field.remote_field is None or field.related_model is not model, _is_needed):
        fields = [field for field in model._meta.concrete_fields if not field.primary_key and wanted(field)]
        others = {field.related_model for field in fields if field.remote_field} - {model}
        if any(other._default_manager.count() < count for other in others if other._meta.app_label in OURS):
            continue
        before = model._default_manager.count()
        try:
            with transaction.atomic():
                keys = {other: list(other._default_manager.order_by("-pk")[:count]) for other in others}
                model._default_manager.bulk_create(_rows(model, fields, keys, range(before, before + count)))
        except (DatabaseError, ValueError):
            continue
        filled.add(model._meta.label)
        return True
    return False


def _is_needed(field: "models.Field[Any, Any]") -> bool:
    return not (field.null or field.has_default() or field.blank)


def _rows(
    model: type[models.Model],
    fields: "Sequence[models.Field[Any, Any]]",
    keys: dict[type[models.Model], list[models.Model]],
    numbers: Iterable[int],
) -> list[models.Model]:
    return [model(**{field.name: _value(field, keys, number) for field in fields}) for number in numbers]


def _value(field: "models.Field[Any, Any]", keys: dict[type[models.Model], list[models.Model]], number: int) -> Any:
    if field.remote_field:
        rows = keys[field.related_model]
        return rows[number % len(rows)]
    if field.choices:
        return next(value for value, _label in field.flatchoices if value not in (None, ""))
    if field.has_default() and not isinstance(field, models.CharField):
        return field.get_default()
    if isinstance(field, models.BinaryField):
        return b""
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return dt.date(2020, 1, 1) + dt.timedelta(days=number)
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.CharField | models.TextField):
        if "address" in field.name or field.name == "email":
            return f"{field.name}{number}@d{number}.example"
        return f"{field.name[:8]}{number}"[: field.max_length or 100]
    return None if field.null else number
