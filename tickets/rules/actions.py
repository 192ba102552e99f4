"""The actions of rules, as values, and what several of them come to together. Knows no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tickets.rules.conditions import is_own


class Do(TextChoices):
    """What a rule can do."""

    QUEUE = "queue", _("Queue")
    PRIORITY = "priority", _("Priority")
    CATEGORY = "category", _("Category")
    TAGS = "tags", _("Add tags")
    ASSIGNEE = "assignee", _("Assignee")
    STATUS = "status", _("Status")
    CUSTOMER = "customer", _("Customer")
    NOTIFY_ONLY = "notify_only", _("Notify these agents only")
    NOTIFY = "notify", _("Notify these agents as well")
    NO_CONFIRMATION = "no_confirmation", _("Send no confirmation")
    DELETE = "delete", _("Delete: no ticket, nothing is sent")
    NOTE = "note", _("Add the note")
    MAIL = "mail", _("Write to the customer")


#: What is done to tickets over time; and to what a mail opens.
OF_TICKETS = (Do.QUEUE, Do.PRIORITY, Do.CATEGORY, Do.TAGS, Do.ASSIGNEE, Do.STATUS, Do.NOTE, Do.MAIL)
OF_MAILS = tuple(do for do in Do if do not in (Do.NOTE, Do.MAIL))


_VALUES: Mapping[str, type] = {
    **dict.fromkeys((Do.QUEUE, Do.PRIORITY, Do.CATEGORY, Do.ASSIGNEE, Do.CUSTOMER), int),
    **dict.fromkeys((Do.STATUS, Do.NOTE, Do.MAIL), str),
}
_LISTS: Mapping[str, type] = {Do.TAGS: str, Do.NOTIFY_ONLY: int, Do.NOTIFY: int}
#: After these a rule stops unless somebody says otherwise.
STOPPING = (Do.QUEUE, Do.DELETE)


@dataclass(frozen=True, slots=True)
class Action:
    """One action: `value` is a number, a text, or a list of them; of a checkbox whether it is to be ticked.

    `do` may be the key of a custom field, which then gets the value.
    """

    do: str
    value: Any = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """As it is stored; what no form of ours has written becomes an action that does nothing."""
        found = cls(str(stored.get("do", "")), stored.get("value")) if isinstance(stored, Mapping) else cls("")
        return found if found.is_sound else cls("")

    @property
    def is_sound(self) -> bool:
        """Whether its value is of the kind that it needs."""
        value = self.value
        if is_own(self.do):
            return isinstance(value, str | int | float)
        if self.do in _LISTS:
            return isinstance(value, list | tuple) and all(isinstance(each, _LISTS[self.do]) for each in value)
        if self.do in _VALUES:
            return isinstance(value, _VALUES[self.do])
        return self.do in Do.values

    def as_json(self) -> dict[str, Any]:
        return {"do": self.do} | ({} if self.value is None else {"value": self.value})
