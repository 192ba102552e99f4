"""Custom statuses: each is a kind of one of the system's, by which all code goes on asking (T19, T20)."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.database.kept import Kept, KeptRows
from tickets.models.setup.colour import Colour
from tickets.models.work.states import MARKS, SETTABLE, Status, labelled


class Shape(models.TextChoices):
    """The marks that style sheets draw."""

    DOT = "dot", _("Dot")
    HALF = "half", _("Half circle")
    DASHED = "dashed", _("Dashed circle")
    CHECK = "check", _("Check mark")
    SQUARE = "square", _("Square")
    DIAMOND = "diamond", _("Diamond")


class Who(models.TextChoices):
    AGENTS = "agents", _("Every agent")
    ADMINISTRATORS = "admins", _("Administrators")
    NOBODY = "nobody", _("The helpdesk only")


@dataclass(frozen=True, slots=True)
class Known:
    """A custom status as pages show it."""

    pk: int
    name: str
    status: str
    mark: str
    colour: str
    who: str
    needs_reason: bool
    is_active: bool

    @property
    def value(self) -> str:
        """How forms and settings name it: "waiting:5"."""
        return f"{self.status}:{self.pk}"


class Substatus(KeptRows):
    """One custom status. Customers read the one of the system's that it is a kind of."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    status = models.CharField(
        _("kind of"),
        max_length=8,
        choices=labelled(SETTABLE),
        help_text=_("What it counts as everywhere: in views, in reports, for customers."),
    )
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    mark = models.CharField(_("mark"), max_length=8, choices=Shape, blank=True)
    colour = models.CharField(_("colour"), max_length=8, choices=Colour, blank=True)
    who = models.CharField(_("can be set by"), max_length=8, choices=Who, default=Who.AGENTS)
    needs_reason = models.BooleanField(
        _("requires a reason"), default=False, help_text=_("Whoever sets it gives a reason, which the history keeps.")
    )
    is_active = models.BooleanField(
        _("offered"), default=True, help_text=_("Off: tickets keep it, but it can no longer be chosen.")
    )

    class Meta:
        verbose_name = _("status")
        verbose_name_plural = _("statuses")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def forget() -> None:
        KEPT.forget()

    @property
    def shape(self) -> str:
        """The mark that is drawn."""
        return self.mark or MARKS[self.status]


def substatuses() -> dict[int, Known]:
    """Every custom status by its key, in their order. No query but now and then one."""
    return KEPT.get()


def _read() -> dict[int, Known]:
    names = ("pk", "name", "status", "mark", "colour", "who", "needs_reason", "is_active")
    return {row[0]: Known(*row) for row in Substatus.objects.values_list(*names)}


KEPT = Kept("substatuses", _read)


def status_name(status: str, substatus: int | None) -> str:
    """What a status is called."""
    own = substatuses().get(substatus or 0)
    return own.name if own else str(Status(status).label)


def status_look(status: str, substatus: int | None) -> tuple[str, str]:
    """The shape and the colour of a status, as style sheets name them; "" for the colour of the shape."""
    own = substatuses().get(substatus or 0)
    return (own.mark or MARKS[status], own.colour) if own else (MARKS[status], "")


def is_offered(value: str) -> bool:
    """Whether forms may name this status: one of the system's, or a custom one that is there and offered."""
    return any(each.value == value and each.is_active for each in substatuses().values()) or value in MARKS


def parted(value: str) -> tuple[Status, int | None]:
    """The two parts of how forms and settings name a status: "waiting:5" is a kind of Waiting.

    Raises ValueError for what names no status.
    """
    status, _colon, own = value.partition(":")
    return Status(status), int(own) if own else None


def joined(status: str, substatus: int | None) -> str:
    """How forms name a status."""
    return f"{status}:{substatus}" if substatus else str(status)


def status_choices(*, administrator: bool, now: str = "", new: bool = False) -> list[tuple[str, str]]:
    """What may be set, each of the system's before its kinds; `now`: what is set already, always among them.

    `new`: for the settings, with New and with what the helpdesk alone sets.
    """
    known = substatuses().values()
    choices: list[tuple[str, str]] = []
    allowed = {Who.AGENTS, *((Who.ADMINISTRATORS,) if administrator else ()), *((Who.NOBODY,) if new else ())}
    for status in (Status.NEW, *SETTABLE) if new else SETTABLE:
        choices.append((status.value, str(status.label)))
        kinds = (each for each in known if each.status == status and each.is_active and each.who in allowed)
        choices += [(each.value, each.name) for each in kinds]
    if now and now not in dict(choices):
        choices.insert(0, (now, status_name(*parted(now))))
    return choices


def own_choices() -> list[tuple[str, str]]:
    """The custom statuses, also those that are not offered any more."""
    return [(each.value, each.name) for each in substatuses().values()]
