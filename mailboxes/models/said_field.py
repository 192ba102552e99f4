"""A column for what is said of how a mailbox fares: a code and its values, worded when it is read."""

from typing import Any

from django.db import models

from mailboxes.connections.sentences import Said, read


class SaidField(models.TextField):  # type: ignore[type-arg]  # not generic at run time
    """A sentence, in the language of whoever reads the row; any other text as it is. Cannot be searched."""

    def get_prep_value(self, value: Any) -> str | None:
        return value.stored() if isinstance(value, Said) else super().get_prep_value(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return read(value) if value else value
