"""What tickets are about: a tree of categories, each known by its path, "Hardware / Printers" (T16)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from helpdesk.database.kept import Kept, KeptRows

BETWEEN = " / "


@dataclass(frozen=True, slots=True)
class Known:
    """A category as pages show it, with the keys of its parents, the nearest first."""

    pk: int
    path: str
    is_active: bool
    parents: tuple[int, ...]


class Category(KeptRows):
    """One subject. Its path is saved, so that one column sorts the tree and names it."""

    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("belongs to"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    path = models.CharField(_("category"), max_length=500, unique=True, editable=False)
    is_active = models.BooleanField(
        _("offered to agents"), default=True, help_text=_("Off: tickets keep it, but it can no longer be chosen.")
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it, and the paths of those below it."""
        before, self.path = self.path, self._full_path()
        below = self._below(before) if before and before != self.path else []
        with transaction.atomic():
            for each in below:
                type(self).objects.filter(pk=each.pk).update(path=self.path + each.path[len(before) :])
            super().save(*args, **kwargs)

    @staticmethod
    def forget() -> None:
        KEPT.forget()

    def clean(self) -> None:
        """Raises ValidationError if the tree would have a circle, the name twice, or too many levels."""
        self.name = " ".join(self.name.split())
        above = self.parent.line() if self.parent else []
        if self.pk and self.pk in [each.pk for each in above]:
            raise ValidationError({"parent": _("A category cannot belong to itself.")})
        deepest = max((each.path.count(BETWEEN) - self.path.count(BETWEEN) for each in self._below()), default=0)
        if len(above) + 1 + deepest > limits.CATEGORY_LEVELS.amount:
            raise ValidationError({"parent": limits.CATEGORY_LEVELS.sentence()})
        if BETWEEN.strip() in self.name:
            raise ValidationError({"name": _("A name must not contain “/”: choose its parent category below.")})
        if type(self).objects.filter(path__iexact=self._full_path()).exclude(pk=self.pk).exists():
            raise ValidationError({"name": _("A category with this name already exists here.")})

    def line(self) -> "list[Category]":
        """It and those above it, the nearest first. A query for each level."""
        found: list[Category] = []
        here: Category | None = self
        while here and len(found) <= limits.CATEGORY_LEVELS.amount:
            found.append(here)
            here = here.parent
        return found

    def _full_path(self) -> str:
        return f"{self.parent.path}{BETWEEN}{self.name}" if self.parent else self.name

    def _below(self, path: str = "") -> "list[Category]":
        path = path or self.path
        return list(type(self).objects.filter(path__startswith=path + BETWEEN)) if self.pk and path else []


def categories() -> Mapping[int, Known]:
    """Every category by its key, in the order of the tree. No query but now and then one."""
    return KEPT.get()


def _read() -> Mapping[int, Known]:
    rows = {row.pk: row for row in Category.objects.order_by("path")}
    return {pk: Known(pk, row.path, row.is_active, tuple(_parents(row, rows))) for pk, row in rows.items()}


KEPT = Kept("categories", _read)


def path_of(category: int | None) -> str:
    """The name of a category by its key, "" for none."""
    known = categories().get(category or 0)
    return known.path if known else ""


def with_those_below(category: int) -> list[int]:
    """The keys of a category and of all below it."""
    return [each.pk for each in categories().values() if category == each.pk or category in each.parents]


def category_choices(now: int | None = None) -> list[tuple[int, str]]:
    """The categories that are offered, and the one that is chosen `now`, as a form's choices."""
    return [(each.pk, each.path) for each in categories().values() if each.is_active or each.pk == now]


def _parents(row: Category, rows: Mapping[int, Category]) -> list[int]:
    found: list[int] = []
    while row.parent_id and row.parent_id in rows and len(found) < limits.CATEGORY_LEVELS.amount:
        found.append(row.parent_id)
        row = rows[row.parent_id]
    return found
