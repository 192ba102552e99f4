"""A column for a sentence about the state of a mailbox, which every reader gets in their own language."""

from typing import Any

from django.db import models

from mailboxes.connections.sentences import TranslatableText, deserialized


class SentenceField(models.TextField):  # type: ignore[type-arg]  # not generic at run time
    """A `TranslatableText`, in the language that is active when the row is read; any other text as it is.

    Cannot be searched.
    """

    def get_prep_value(self, value: Any) -> str | None:
        return value.serialized() if isinstance(value, TranslatableText) else super().get_prep_value(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return deserialized(value) if value else value
