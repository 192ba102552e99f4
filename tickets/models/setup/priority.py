"""How urgent tickets are: an integer that sorts, with a name and a colour of the organisation's own (T17)."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.database.kept import Kept, KeptRows
from tickets.models.setup.colour import Colour


class Priority(models.IntegerChoices):
    """What there is from the start. Code that means "the lowest" or "important" says so by these."""

    LOW = 1, _("Low")
    NORMAL = 2, _("Normal")
    HIGH = 3, _("High")
    URGENT = 4, _("Urgent")


class Mark(models.TextChoices):
    """What style sheets draw before its name."""

    LOW = "low", _("One bar")
    NORMAL = "normal", _("Two bars")
    HIGH = "high", _("Three bars")
    URGENT = "urgent", _("Exclamation mark")
    TOP = "top", _("Two exclamation marks")


@dataclass(frozen=True, slots=True)
class Level:
    """A priority as it is shown. Without a name of its own it has the translated one of `built_in`.

    `own_colour` is a class of the style sheets, "" for the colour of its mark; `own_mark` is "" for that of its place.
    """

    level: int
    own_name: str = ""
    built_in: int | None = None
    own_colour: str = ""
    own_mark: str = ""

    @property
    def name(self) -> str:
        return self.own_name or (str(Priority(self.built_in).label) if self.built_in else str(self.level))

    @property
    def mark(self) -> str:
        """How style sheets draw it: as it was chosen, else a built-in one as ever, another one by its place."""
        if self.own_mark:
            return self.own_mark
        if self.built_in:
            return Priority(self.built_in).name.lower()
        return Priority(self.level).name.lower() if self.level < Priority.URGENT else Mark.TOP.value


class PriorityLevel(KeptRows):
    """One priority. There are rows only for what was changed: the four built-in ones need none."""

    level = models.PositiveSmallIntegerField(_("level"), primary_key=True)
    name = models.CharField(_("name"), max_length=40, blank=True)
    built_in = models.PositiveSmallIntegerField(null=True, blank=True, editable=False, choices=Priority)
    colour = models.CharField(_("colour"), max_length=8, blank=True, choices=Colour)
    mark = models.CharField(_("mark"), max_length=8, blank=True, choices=Mark)

    class Meta:
        verbose_name = _("priority")
        verbose_name_plural = _("priorities")
        ordering = ["-level"]

    def __str__(self) -> str:
        return self.as_level().name

    @staticmethod
    def forget() -> None:
        KEPT.forget()

    @property
    def is_removable(self) -> bool:
        """Whether it may be deleted: what is built in may not, because mail itself asks for it."""
        return self.level > Priority.URGENT

    def as_level(self) -> Level:
        return Level(self.level, self.name, self.built_in, self.colour, self.mark)


def levels() -> dict[int, Level]:
    """Every priority by its level, the lowest first. No query but now and then one."""
    return KEPT.get()


def built_in() -> dict[int, Level]:
    """What there is while nobody has changed anything."""
    return {each.value: Level(each.value, "", each.value) for each in Priority}


def _read() -> dict[int, Level]:
    found = built_in() | {row.level: row.as_level() for row in PriorityLevel.objects.all()}
    return dict(sorted(found.items()))


KEPT = Kept("priorities", _read)


def level_of(priority: int) -> Level:
    """How a priority is shown, also one that is gone."""
    return levels().get(priority) or Level(priority)


def priority_choices() -> list[tuple[int, str]]:
    """The priorities as a form's choices, the lowest first."""
    return [(level.level, level.name) for level in levels().values()]
