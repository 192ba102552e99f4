"""Service levels: how soon tickets are to be assigned, answered and solved, for whom, by priority (T04, W16)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from celery import signature
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.database.kept import Kept, KeptRows
from recipients.models import Customer
from tickets.models.setup.category import Category
from tickets.models.setup.queue import Queue

RECHECK = "tickets.tasks.recheck_due_times"


class Target(models.TextChoices):
    """What is to happen in time."""

    ASSIGNMENT = "assignment", _("First assignment")
    RESPONSE = "response", _("First answer")
    RESOLUTION = "resolution", _("Solution")


@dataclass(frozen=True, slots=True)
class Policy:
    """A service level as tickets use it. `times` has for each priority how long each target may take.

    `customer`, `category` and `queue` are keys of what it names. Agents are warned when `warn_percent` of a time are
    left, or so many `warn_minutes` of working time; 0 and 0 for no warning.
    """

    pk: int
    name: str
    customer: int | None = None
    category: int | None = None
    queue: int | None = None
    round_the_clock: bool = False
    warn_percent: int = 0
    warn_minutes: int = 0
    is_active: bool = True
    times: Mapping[int, Mapping[str, timedelta]] = field(default_factory=dict)

    def allowed(self, priority: int) -> Mapping[str, timedelta]:
        """How long each target may take that has a time at all."""
        return self.times.get(priority, {})

    def warned_after(self, allowed: timedelta) -> timedelta | None:
        """After how much of a time agents are warned; None for not at all, as where it is no longer than the rest."""
        left = timedelta(minutes=self.warn_minutes) if self.warn_minutes else allowed * self.warn_percent / 100
        return allowed - left if timedelta() < left < allowed else None


class ServiceLevel(KeptRows):
    """One policy. It holds for what it names; one that names nothing holds where no other does."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: it is no longer chosen; tickets that have it keep their times.")
    )
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="service_levels",
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="service_levels",
    )
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="service_levels",
    )
    round_the_clock = models.BooleanField(
        _("around the clock"), default=False, help_text=_("Off: only the working hours of the ticket's queue count.")
    )
    warn_percent = models.PositiveSmallIntegerField(
        _("warn when this much is left, in percent"),
        default=25,
        validators=[MinValueValidator(0), MaxValueValidator(90)],
    )
    warn_minutes = models.PositiveIntegerField(_("warn when this many minutes are left"), default=0)

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def forget() -> None:
        """What is kept, and the due times that follow from it."""
        KEPT.forget()
        transaction.on_commit(lambda: signature(RECHECK).delay())


class ServiceTime(models.Model):
    """How long each target may take for tickets of one priority, in minutes; None: as long as it takes."""

    service_level = models.ForeignKey(ServiceLevel, on_delete=models.CASCADE, related_name="times")
    priority = models.PositiveSmallIntegerField(_("priority"))
    assignment = models.PositiveIntegerField(Target.ASSIGNMENT.label, null=True, blank=True)
    response = models.PositiveIntegerField(Target.RESPONSE.label, null=True, blank=True)
    resolution = models.PositiveIntegerField(Target.RESOLUTION.label, null=True, blank=True)

    class Meta:
        verbose_name = _("times of a service level")
        verbose_name_plural = _("times of service levels")
        constraints = [
            models.UniqueConstraint(fields=["service_level", "priority"], name="one_row_of_times_a_priority")
        ]

    def __str__(self) -> str:
        return f"{self.service_level}: {self.priority}"

    @property
    def allowed(self) -> dict[str, timedelta]:
        """The times that there are."""
        found = {target.value: getattr(self, target.value) for target in Target}
        return {target: timedelta(minutes=minutes) for target, minutes in found.items() if minutes}


def policies() -> Sequence[Policy]:
    """Every service level, also those that are chosen no more. No query but now and then two."""
    return KEPT.get()


def recheck_soon() -> None:
    """Let due times follow what changed as soon as this transaction is committed. No statement but now and then two."""
    if policies():
        transaction.on_commit(lambda: signature(RECHECK).delay())


def _read() -> Sequence[Policy]:
    rows = ServiceLevel.objects.prefetch_related("times").order_by("pk")
    return tuple(policy_of(row, row.times.all()) for row in rows)


KEPT: Kept[Sequence[Policy]] = Kept("service_levels", _read)


def policy_of(row: ServiceLevel, times: Any) -> Policy:
    """A service level, with these rows of times, as tickets use it."""
    return Policy(
        row.pk,
        row.name,
        row.customer_id,
        row.category_id,
        row.queue_id,
        row.round_the_clock,
        row.warn_percent,
        row.warn_minutes,
        row.is_active,
        {each.priority: each.allowed for each in times},
    )
