"""The history of an address: its changes in sentences, who, when, from what to what (kept for ever)."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recipients.models import Batch, Customer, Recipient, RecipientChange, User
from recipients.users.access import visible_customers

#: Changes that a page shows.
SHOWN = 100


@dataclass(frozen=True)
class _Telling:
    """How decisions of one kind are told; `with_pair`: of an address that was paired before."""

    icon: str
    text: str | Promise
    with_pair: str | Promise = ""


_TELLINGS = {
    Batch.Kind.PAIRED: _Telling(
        "link", gettext_lazy("paired it with %(after)s"), gettext_lazy("changed the pair from %(before)s to %(after)s")
    ),
    Batch.Kind.UNPAIRED: _Telling("unlink", gettext_lazy("unpaired it from %(before)s")),
    Batch.Kind.BANNED: _Telling("ban", gettext_lazy("banned it")),
    Batch.Kind.UNBANNED: _Telling("circle-check", gettext_lazy("unbanned it")),
    Batch.Kind.SHARED: _Telling(
        "users",
        gettext_lazy("marked it as shared"),
        gettext_lazy("marked it as shared, which ended the pair with %(before)s"),
    ),
    Batch.Kind.UNSHARED: _Telling("user", gettext_lazy("marked it as not shared")),
    Batch.Kind.FORM: _Telling(
        "text-cursor-input",
        gettext_lazy("marked it as a form"),
        gettext_lazy("marked it as a form, which ended the pair with %(before)s"),
    ),
    Batch.Kind.RENAMED: _Telling("pencil", gettext_lazy("changed the sender name from “%(before)s” to “%(after)s”")),
    Batch.Kind.REACHABLE: _Telling("mail-check", gettext_lazy("marked it as reachable")),
    Batch.Kind.MERGED: _Telling("merge", gettext_lazy("merged %(before)s into %(after)s")),
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
    kind, undone = Batch.Kind(change.batch.kind), ""
    if change.undone_at:
        undone = _("Undone by %(name)s.") % {"name": change.undone_by or _("the helpdesk")}
    return Decision(
        batch=change.batch_id,
        at=change.batch.at,
        icon=_TELLINGS[kind].icon,
        who=str(change.batch.by or _("The helpdesk")),
        text=_text(change, kind, names),
        others=others,
        undone=undone,
        can_be_undone=change.undone_at is None and change.holds(recipient) and change.batch.kind != Batch.Kind.MERGED,
    )


def _text(change: RecipientChange, kind: Batch.Kind, names: "_Names") -> str:
    if kind is Batch.Kind.RENAMED:
        before, after = (values["name"] or "–" for values in (change.before, change.after))
    else:
        before, after = names.of(change.before), names.of(change.after)
    telling = _TELLINGS[kind]
    text = (telling.with_pair if before else "") or telling.text
    return str(text) % {"before": before, "after": after}


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
