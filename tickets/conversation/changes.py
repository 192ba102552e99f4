"""Changes of properties that can be undone, of one ticket or many: status, priority, category, queue, assignee, tags"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from recipients.models import Batch, User
from tickets.models import Category, NotAllowed, Queue, Ticket, TicketChange
from tickets.models.setup.substatus import joined

#: The fields that are compared; tags are another table.
_FIELDS = ("status", "substatus_id", "priority", "category_id", "queue_id", "assignee_id", "wakes_on_answer")

Refusal = NotAllowed | ValidationError


@dataclass(slots=True)
class Done:
    """What was done to some tickets: those that were changed, and for each of the others why not.

    `batch` takes it back; it is saved if anything was changed.
    """

    batch: Batch
    changed: list[Ticket] = field(default_factory=list)
    refused: list[tuple[Ticket, Refusal]] = field(default_factory=list)

    @contextmanager
    def trying(self, ticket: Ticket) -> Iterator[None]:
        """Note `ticket` as changed by what is done inside, or why it was refused."""
        try:
            yield
        except (NotAllowed, ValidationError) as error:
            self.refused.append((ticket, error))
        else:
            self.changed.append(ticket)


def change(tickets: Iterable[Ticket], apply: Callable[[Ticket], None], *, by: User) -> Done:
    """Run `apply`, which calls verbs of tickets, on each ticket: all of it or nothing, and by itself."""
    done = Done(Batch(kind=Batch.Kind.CHANGED, by=by))
    for ticket in tickets:
        with done.trying(ticket), ticket.changing():
            _change(ticket, apply, done.batch)
    return done


def undo(batch: Batch, *, by: User) -> Done:
    """Take back what `batch` changed, on every ticket that nobody has changed in it since."""
    done = Done(batch)
    for each in TicketChange.objects.filter(batch=batch).standing().select_related("ticket").order_by("ticket"):
        with done.trying(each.ticket), each.ticket.changing():
            _put_back(each, by)
    return done


def _change(ticket: Ticket, apply: Callable[[Ticket], None], batch: Batch) -> None:
    was = _values(ticket)
    apply(ticket)
    after = {name: value for name, value in _values(ticket).items() if was[name] != value}
    if after:
        before = {name: was[name] for name in after}
        TicketChange.objects.keep([TicketChange(batch=batch, ticket=ticket, before=before, after=after)])


def _put_back(each: TicketChange, by: User) -> None:
    ticket, before = each.ticket, each.before
    now = _values(ticket)
    if any(now[name] != value for name, value in each.after.items()):
        raise NotAllowed(_("It has been changed again since."))
    if "queue_id" in before:  # first: it decides who may have the ticket
        queue = Queue.objects.filter(pk=before["queue_id"]).first()
        if queue is None:
            raise NotAllowed(_("The queue it was in no longer exists."))
        ticket.move(queue, by=by)
    if "assignee_id" in before:
        ticket.assign(User.objects.filter(pk=before["assignee_id"]).first(), by=by)
    if "status" in before or "substatus_id" in before:
        status = joined(before.get("status", ticket.status), before.get("substatus_id"))
        ticket.set_status(status, by=by, reason=_("Undone"))
    if "priority" in before:
        ticket.set_priority(before["priority"], by=by)
    if "category_id" in before:
        ticket.set_category(Category.objects.filter(pk=before["category_id"]).first(), by=by)
    if "own_fields" in before:
        ticket.set_fields(before["own_fields"], by=by)
    if "tags" in before:
        ticket.set_tags(before["tags"], by=by)
    if "wakes_at" in before or "wakes_on_answer" in before:
        _sleep_as(ticket, before, by)
    TicketChange.objects.filter(pk=each.pk).mark_undone(by=by)


def _sleep_as(ticket: Ticket, before: dict[str, Any], by: User) -> None:
    """Snooze it again as it was, unless that is over by now; else wake it."""
    until = parse_datetime(before.get("wakes_at") or "")
    on_answer = before.get("wakes_on_answer", ticket.wakes_on_answer)
    if on_answer is not None and (on_answer or (until and until > timezone.now())):
        ticket.snooze(until, on_answer=on_answer, by=by)
    else:
        ticket.wake(by=by)


def _values(ticket: Ticket) -> dict[str, Any]:
    tags = sorted(ticket.tags.values_list("name", flat=True))
    wakes_at = ticket.wakes_at.isoformat() if ticket.wakes_at else ""
    own = ticket.own_fields or {}
    return {name: getattr(ticket, name) for name in _FIELDS} | {"wakes_at": wakes_at, "tags": tags, "own_fields": own}
