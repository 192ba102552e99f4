"""The columns of tickets in an exported file, and their values."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources

from helpdesk.database.keys import by_keys
from tickets.fields.inputs import columns as own_columns
from tickets.models import Ticket
from tickets.models.setup.custom_field import Kind, Known
from tickets.ticket_list.row_facts import waiting_since
from tickets.ticket_list.tables import OPTIONAL_COLUMNS, TicketTable

#: Rows that are read, and completed with what other tables know, at once.
CHUNK = 500
#: Always there, and first.
ALWAYS = ("id", "subject")
#: What the list does not show, or not apart, in a file with all columns; after which of the list's it stands.
FURTHER = {
    "requester": {"requester_address": _("Requester's address")},
    "customer": {"customer_number": _("Customer number")},
    "status": {"kind_of_status": _("Kind of status")},
    "created_at": {
        "first_response_at": _("First answer"),
        "solved_at": _("Solved"),
        "closed_at": _("Closed"),
    },
}


class TicketResource(resources.ModelResource):  # type: ignore[misc]  # django-import-export has no types
    """The columns of the list, as values: texts, numbers, days, and moments in the user's time zone.

    `columns` are those that the list shows; None: all there are, and `FURTHER` ones. Custom fields come last.
    """

    waiting = fields.Field()
    requester_address = fields.Field()
    customer_number = fields.Field()
    kind_of_status = fields.Field()

    class Meta:
        model = Ticket
        fields = (
            *ALWAYS,
            *(each for name in OPTIONAL_COLUMNS for each in (name, *FURTHER.get(name, ()))),
        )
        export_order = fields

    def __init__(self, columns: Iterable[str] | None = None) -> None:
        super().__init__()
        further = {name: label for labels in FURTHER.values() for name, label in labels.items()}
        shown = None if columns is None else {*ALWAYS, *columns}
        self.names = [name for name in self._meta.fields if shown is None or name in shown]
        own = dict(own_columns())
        self.own = [column.known for name, column in own.items() if shown is None or name in shown]
        heads = [further.get(name) or TicketTable.base_columns[name].verbose_name for name in self.names[1:]]
        self.headers = [str(head) for head in (_("Number"), *heads, *(known.name for known in self.own))]

        self.named: dict[tuple[object, ...], str] = {}

    def rows(self, keys: Sequence[int]) -> Iterator[list[Any]]:
        """The values of the tickets with these keys, in their order; a few hundred are held in memory at a time."""
        related = {"requester", "customer", "queue", "assignee"}
        wanted = sorted(related & {name.partition("_")[0] for name in self.names})
        tickets = Ticket.objects.defer("match", "verdict").prefetch_related(*wanted)
        for chunk in by_keys(tickets, keys, CHUNK):
            yield from self._values(chunk)

    def _values(self, chunk: list[Ticket]) -> list[list[Any]]:
        self.waiting_since = waiting_since(chunk) if "waiting" in self.names else {}
        self.tags = _tags(chunk) if "tags" in self.names else {}
        read = [getattr(self, f"dehydrate_{name}") for name in self.names]
        return [
            [
                *(of(ticket) for of in read),
                *(_value(known, (ticket.own_fields or {}).get(known.key)) for known in self.own),
            ]
            for ticket in chunk
        ]

    def _once(self, key: tuple[object, ...], name: Callable[[], str]) -> str:
        """What many rows have in common is named once."""
        if key not in self.named:
            self.named[key] = name()
        return self.named[key]

    def dehydrate_id(self, ticket: Ticket) -> int:
        return ticket.number

    def dehydrate_subject(self, ticket: Ticket) -> str:
        return ticket.subject

    def dehydrate_requester(self, ticket: Ticket) -> str:
        return ticket.requester_display_name

    def dehydrate_requester_address(self, ticket: Ticket) -> str:
        return ticket.requester.display_address if ticket.requester else ""

    def dehydrate_customer(self, ticket: Ticket) -> str:
        return str(ticket.customer or "")

    def dehydrate_customer_number(self, ticket: Ticket) -> str:
        return str(ticket.customer.number or "") if ticket.customer else ""

    def dehydrate_status(self, ticket: Ticket) -> str:
        return self._once(("status", ticket.status, ticket.substatus_id), lambda: ticket.status_name)

    def dehydrate_kind_of_status(self, ticket: Ticket) -> str:
        return self._once(("kind", ticket.status), ticket.get_status_display)

    def dehydrate_waiting(self, ticket: Ticket) -> datetime | str:
        return _moment(self.waiting_since.get(ticket.pk))

    def dehydrate_priority(self, ticket: Ticket) -> str:
        return self._once(("priority", ticket.priority), lambda: ticket.priority_level.name)

    def dehydrate_category(self, ticket: Ticket) -> str:
        return self._once(("category", ticket.category_id), lambda: ticket.category_path)

    def dehydrate_queue(self, ticket: Ticket) -> str:
        return str(ticket.queue)

    def dehydrate_assignee(self, ticket: Ticket) -> str:
        return str(ticket.assignee or "")

    def dehydrate_tags(self, ticket: Ticket) -> str:
        return ", ".join(self.tags.get(ticket.pk, ()))

    def dehydrate_due_at(self, ticket: Ticket) -> datetime | str:
        return _moment(ticket.due_at)

    def dehydrate_updated_at(self, ticket: Ticket) -> datetime | str:
        return _moment(ticket.updated_at)

    def dehydrate_created_at(self, ticket: Ticket) -> datetime | str:
        return _moment(ticket.created_at)

    def dehydrate_first_response_at(self, ticket: Ticket) -> datetime | str:
        return _moment(ticket.first_response_at)

    def dehydrate_solved_at(self, ticket: Ticket) -> datetime | str:
        return _moment(ticket.solved_at)

    def dehydrate_closed_at(self, ticket: Ticket) -> datetime | str:
        return _moment(ticket.closed_at)


def _tags(tickets: Iterable[Ticket]) -> dict[int, list[str]]:
    """The names of the tags of each. One query, and no rows made of it."""
    has = Ticket.tags.through._default_manager.filter(ticket__in=[ticket.pk for ticket in tickets])
    found: dict[int, list[str]] = {}
    for ticket, name in has.order_by("tag__name").values_list("ticket", "tag__name"):
        found.setdefault(ticket, []).append(name)
    return found


def _moment(value: datetime | None) -> datetime | str:
    """As the user's clock has it, "" for none."""
    return timezone.localtime(value) if value else ""


def _value(known: Known, value: Any) -> Any:
    """What a custom field says, as spreadsheets count with it: numbers and days as such."""
    if value is None:
        return ""
    match known.kind:
        case Kind.NUMBER:
            return value
        case Kind.DATE:
            return date.fromisoformat(value)
        case _:
            return known.shown(value)
