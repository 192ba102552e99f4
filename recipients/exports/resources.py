"""The columns of addresses in an exported file, and their order (R33)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils import timezone
from import_export import fields, resources

from helpdesk.database.keys import by_keys
from recipients.addresses.row_facts import Facts
from recipients.addresses.tables import RECIPIENT_COLUMNS, RecipientTable
from recipients.models import Recipient, User

#: Rows that are read, and completed with what `Facts` knows, at once.
CHUNK = 2000


class RecipientResource(resources.ModelResource):  # type: ignore[misc]  # django-import-export has no types
    """The columns of the list, as values: texts, yes or no, numbers, moments in the user's time zone."""

    partner = fields.Field()
    denied = fields.Field()
    denied_by = fields.Field()
    tickets = fields.Field()

    class Meta:
        model = Recipient
        fields = ("address", *(name for name in RECIPIENT_COLUMNS if name != "history"))
        export_order = fields

    def __init__(self, user: User, columns: Iterable[str]) -> None:
        super().__init__()
        shown = {"address", *columns}
        self.names = [name for name in self._meta.fields if name in shown]
        self.headers = [str(RecipientTable.base_columns[name].verbose_name) for name in self.names]
        self.facts = Facts(user, shown)

    def rows(self, keys: Sequence[int]) -> Iterator[list[Any]]:
        """The values of the addresses with these keys, in their order; a few thousand are held in memory at a time."""
        chosen = [self.fields[name] for name in self.names]
        for chunk in by_keys(Recipient.objects.select_related("customer__partner"), keys, CHUNK):
            self.facts.add_to(chunk)
            for recipient in chunk:
                yield [self.export_field(field, recipient) for field in chosen]

    def dehydrate_address(self, recipient: Recipient) -> str:
        return recipient.display_address

    def dehydrate_name(self, recipient: Recipient) -> str:
        return recipient.name

    def dehydrate_customer(self, recipient: Recipient) -> str:
        return str(recipient.customer or "")

    def dehydrate_partner(self, recipient: Recipient) -> str:
        return str(recipient.customer.partner or "") if recipient.customer else ""

    def dehydrate_shared(self, recipient: Recipient) -> bool:
        return recipient.shared

    def dehydrate_banned(self, recipient: Recipient) -> bool:
        return recipient.banned

    def dehydrate_undeliverable(self, recipient: Recipient) -> bool:
        return recipient.undeliverable

    def dehydrate_denied(self, recipient: Recipient) -> bool:
        return "denied_by" in _facts(recipient)

    def dehydrate_denied_by(self, recipient: Recipient) -> str:
        return str(_facts(recipient).get("denied_by", ""))

    def dehydrate_tickets(self, recipient: Recipient) -> int:
        return int(_facts(recipient).get("tickets", 0))

    def dehydrate_first_seen_at(self, recipient: Recipient) -> Any:
        return timezone.localtime(recipient.first_seen_at)

    def dehydrate_last_seen_at(self, recipient: Recipient) -> Any:
        return timezone.localtime(recipient.last_seen_at)


def _facts(recipient: Recipient) -> dict[str, Any]:
    facts: dict[str, Any] = recipient.facts  # type: ignore[attr-defined]  # as `Facts` puts it there
    return facts
