"""The history of an address: its changes in sentences, who, when, from what to what (kept for ever)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from recipients.models import Batch, Customer, Recipient, RecipientChange, User
from recipients.users.access import visible_customers

#: Changes that a page shows.
SHOWN = 100

ICONS = {
    Batch.Kind.PAIRED: "link",
    Batch.Kind.UNPAIRED: "unlink",
    Batch.Kind.BANNED: "ban",
    Batch.Kind.UNBANNED: "circle-check",
    Batch.Kind.SHARED: "users",
    Batch.Kind.UNSHARED: "user",
    Batch.Kind.FORM: "text-cursor-input",
    Batch.Kind.RENAMED: "pencil",
    Batch.Kind.REACHABLE: "mail-check",
    Batch.Kind.MERGED: "merge",
}


@dataclass(frozen=True)
class Decision:
    """One change as it is read. `others`: how many other addresses were changed at once.

    A merge of customers `can_be_undone` as a whole only, on the page of the customer.
    """

    batch: uuid.UUID
    at: datetime
    icon: str
    who: str
    text: str
    others: int
    undone: str
    can_be_undone: bool


def decisions(recipient: Recipient, user: User) -> list[Decision]:
    """The newest changes of `recipient`, as `user` may read them: customers of others have no name. Three queries."""
    changes = list(recipient.changes.select_related("batch__by", "undone_by")[:SHOWN])
    names = _Names(changes, user)
    sizes = _sizes(changes)
    return [_told(change, recipient, names, sizes[change.batch_id] - 1) for change in changes]


def _told(change: RecipientChange, recipient: Recipient, names: "_Names", others: int) -> Decision:
    undone = ""
    if change.undone_at:
        undone = _("Undone by %(name)s.") % {"name": change.undone_by or _("the helpdesk")}
    return Decision(
        batch=change.batch_id,
        at=change.batch.at,
        icon=ICONS[Batch.Kind(change.batch.kind)],
        who=str(change.batch.by or _("The helpdesk")),
        text=_text(change, names),
        others=others,
        undone=undone,
        can_be_undone=change.undone_at is None and change.holds(recipient) and change.batch.kind != Batch.Kind.MERGED,
    )


def _text(change: RecipientChange, names: "_Names") -> str:
    before, after = names.of(change.before), names.of(change.after)
    match change.batch.kind:
        case Batch.Kind.PAIRED if before:
            return _("changed the pair from %(before)s to %(after)s") % {"before": before, "after": after}
        case Batch.Kind.PAIRED:
            return _("paired it with %(after)s") % {"after": after}
        case Batch.Kind.UNPAIRED:
            return _("unpaired it from %(before)s") % {"before": before}
        case Batch.Kind.SHARED if before:
            return _("marked it as shared, which ended the pair with %(before)s") % {"before": before}
        case Batch.Kind.SHARED:
            return _("marked it as shared")
        case Batch.Kind.FORM if before:
            return _("marked it as a form, which ended the pair with %(before)s") % {"before": before}
        case Batch.Kind.FORM:
            return _("marked it as a form")
        case Batch.Kind.UNSHARED:
            return _("marked it as not shared")
        case Batch.Kind.BANNED:
            return _("banned it")
        case Batch.Kind.UNBANNED:
            return _("unbanned it")
        case Batch.Kind.RENAMED:
            values = {"before": change.before["name"] or "–", "after": change.after["name"] or "–"}
            return _("changed the sender name from “%(before)s” to “%(after)s”") % values
        case Batch.Kind.REACHABLE:
            return _("marked it as reachable")
        case _:
            return _("merged %(before)s into %(after)s") % {"before": before, "after": after}


class _Names:
    """The names of the customers that changes speak of. One query."""

    def __init__(self, changes: Iterable[RecipientChange], user: User) -> None:
        pks = {values.get("customer_id") for change in changes for values in (change.before, change.after)} - {None}
        seen = visible_customers(user)
        known = Customer.objects.filter(Q(pk__in=seen) | Q(merged_into__in=seen), pk__in=pks)
        self.names = dict(known.values_list("pk", "name"))

    def of(self, values: dict[str, int]) -> str:
        customer = values.get("customer_id")
        return self.names.get(customer, _("another agent's customer")) if customer else ""


def _sizes(changes: Iterable[RecipientChange]) -> dict[uuid.UUID, int]:
    """How many addresses each batch changed."""
    batches = {change.batch_id for change in changes}
    rows = RecipientChange.objects.filter(batch__in=batches).order_by().values_list("batch")
    return dict(rows.annotate(Count("pk")))
