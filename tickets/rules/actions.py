"""The actions of rules, as values, and what several of them come to together. Knows no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Do(TextChoices):
    """What a rule can do."""

    QUEUE = "queue", _("Queue")
    PRIORITY = "priority", _("Priority")
    CATEGORY = "category", _("Category")
    TAGS = "tags", _("Add tags")
    ASSIGNEE = "assignee", _("Assignee")
    STATUS = "status", _("Status")
    CUSTOMER = "customer", _("Customer")
    NOTIFY_ONLY = "notify_only", _("Tell these agents only")
    NOTIFY = "notify", _("Tell these agents as well")
    NO_CONFIRMATION = "no_confirmation", _("Send no confirmation")
    DELETE = "delete", _("Delete: no ticket, nothing is sent")
    NOTE = "note", _("Add the note")
    MAIL = "mail", _("Write to the customer")


#: What is done to tickets over time; and to what a mail opens.
OF_TICKETS = (Do.QUEUE, Do.PRIORITY, Do.CATEGORY, Do.TAGS, Do.ASSIGNEE, Do.STATUS, Do.NOTE, Do.MAIL)
OF_MAILS = tuple(do for do in Do if do not in (Do.NOTE, Do.MAIL))


#: After these a rule stops unless somebody says otherwise.
STOPPING = (Do.QUEUE, Do.DELETE)


@dataclass(frozen=True, slots=True)
class Action:
    """One action: `value` is a number, a text, or a list of them."""

    do: str
    value: Any = None

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(str(stored.get("do", "")), stored.get("value"))

    def as_json(self) -> dict[str, Any]:
        return {"do": self.do} | ({} if self.value is None else {"value": self.value})
