"""Adding, exchanging and removing priorities: a name moves with the tickets that have it (T17)."""

from django.db import transaction
from django.db.models import Case, F, Model, PositiveSmallIntegerField, Value, When
from django.utils.translation import gettext as _

from tickets.models import NotAllowed, PriorityLevel, Queue, Ticket
from tickets.models.setup.priority import MOST_LEVELS, Level, keep


def next_level() -> int:
    """The place of a new one, above all others. Raises NotAllowed if there are enough."""
    level = max(keep()) + 1
    if level > MOST_LEVELS:
        raise NotAllowed(_("There are at most %(most)d priorities.") % {"most": MOST_LEVELS})
    return level


def raise_one(level: int) -> None:
    """Exchange a priority with the next higher one, on every ticket and queue that has either. Four statements."""
    known = keep()
    above = next((each for each in known if each > level), None)
    if level not in known or above is None:
        return
    with transaction.atomic():
        _put(known[level], above)
        _put(known[above], level)
        _exchange(Ticket, "priority", level, above)
        _exchange(Queue, "default_priority", level, above)


def remove(row: PriorityLevel) -> None:
    """Raises NotAllowed for a built-in one, and for one that a ticket or queue has."""
    if not row.is_removable or row.built_in:
        raise NotAllowed(_("Only a priority of your own, above the first four places, can be deleted."))
    has_it = Ticket.objects.filter(priority=row.level).exists()
    if has_it or Queue.objects.filter(default_priority=row.level).exists():
        raise NotAllowed(_("Tickets or queues have this priority; give them another one first."))
    row.delete()


def _put(known: Level, level: int) -> None:
    """Let `level` look like `known`."""
    row = PriorityLevel(level=level, name=known.own_name, built_in=known.built_in, colour=known.own_colour)
    row.save()


def _exchange(model: type[Model], field: str, one: int, other: int) -> None:
    rows = model._default_manager.filter(**{f"{field}__in": [one, other]})
    cases = When(**{field: one}, then=Value(other)), When(**{field: other}, then=Value(one))
    swapped = Case(*cases, default=F(field), output_field=PositiveSmallIntegerField())
    rows.update(**{field: swapped})
