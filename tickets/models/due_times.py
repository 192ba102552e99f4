"""When a ticket is due: the columns, and what keeps them in step with everything that is written of the ticket."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from tickets.clock.due_times import Pause, bounded, due_at, worked
from tickets.clock.policies import Facts, choose
from tickets.clock.policies import Level as Given
from tickets.clock.working_hours import WorkingHours, always_open, hours_of_week
from tickets.models.service_level import Policy, ServiceLevel, Target, policies
from tickets.models.setup.category import categories
from tickets.models.setup.hours import days_off_of

if TYPE_CHECKING:
    from recipients.models import Customer
    from tickets.models.setup.queue import Queue


class GivenBy(models.TextChoices):
    """What of a ticket led to its service level."""

    CUSTOMER = Given.CUSTOMER.value, _("by the customer")
    COMPANY = Given.COMPANY.value, _("by the customer's company")
    CATEGORY = Given.CATEGORY.value, _("by the category")
    PARENT = Given.PARENT.value, _("by a category above")
    QUEUE = Given.QUEUE.value, _("by the queue")
    DEFAULT = Given.DEFAULT.value, _("as the default")


#: Target → the columns of when it is due, and of when it was met.
COLUMNS: Mapping[Target, tuple[str, str]] = {
    Target.ASSIGNMENT: ("assign_due_at", "first_assigned_at"),
    Target.RESPONSE: ("response_due_at", "first_response_at"),
    Target.RESOLUTION: ("resolve_due_at", "solved_at"),
}
#: Bits of `due_told`: that people were warned of a target, or told that it is overdue.
WARNED = {target: 1 << place for place, target in enumerate(Target)}
OVERDUE = {target: 8 << place for place, target in enumerate(Target)}
#: What `follow_due` sets.
FOLLOWING = (
    "service_level_id",
    "service_level_by",
    "service_level_kept",
    "first_assigned_at",
    "assign_due_at",
    "response_due_at",
    "resolve_due_at",
    "due_at",
    "due_tell_at",
    "due_told",
)
#: The values of a ticket without a service level.
UNSET: Mapping[str, Any] = {
    "service_level_by": "",
    "service_level_kept": False,
    "assign_due_at": None,
    "response_due_at": None,
    "resolve_due_at": None,
    "due_at": None,
    "due_tell_at": None,
    "due_told": 0,
}


@dataclass(frozen=True, slots=True)
class Open:
    """A target that is not met yet, and when people are to be warned of it."""

    target: Target
    due_at: datetime
    warn_at: datetime | None


def hours_for(policy: Policy, queue: "Queue") -> WorkingHours:
    """The hours that count in `queue`, in its zone: its own, or all of them. No query but now and then one."""
    if policy.round_the_clock or not queue.opening_hours:
        return always_open(queue.time_zone)
    return hours_of_week(queue.opening_hours, queue.time_zone, days_off_of(queue))


class DueTimes(models.Model):
    """The part of a ticket that says when it is due.

    It follows from what the ticket is, by `follow_due`, which every write of a ticket calls: nothing is added to a time
    that was written before, so nothing can be added twice. What was met stays as it was.
    """

    service_level = models.ForeignKey(
        ServiceLevel,
        verbose_name=_("service level"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="tickets",
        db_index=False,
        db_constraint=False,  # a process may know one for a minute that is gone: that is no reason to refuse a mail
    )
    service_level_by = models.CharField(max_length=8, blank=True, editable=False, choices=GivenBy)
    #: Whether it was given by what the ticket was before, as nothing gives exactly one now.
    service_level_kept = models.BooleanField(default=False, editable=False)
    first_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    assign_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    response_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolve_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: The next of the three that is not met; None while the clock stands, unless it was overdue before.
    due_at = models.DateTimeField(_("due"), null=True, blank=True, editable=False)
    #: When there is next something to tell people of, and what they were told, by `WARNED` and `OVERDUE`.
    due_tell_at = models.DateTimeField(null=True, blank=True, editable=False)
    due_told = models.PositiveSmallIntegerField(default=0, editable=False)
    #: Pairs of ISO times for which the clock stood, because it waited for the customer or was finished; past ones.
    pauses = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    if TYPE_CHECKING:
        created_at: Any
        customer: Customer | None
        customer_id: int | None
        category_id: int | None
        queue: Queue
        queue_id: int
        priority: Any
        assignee_id: int | None
        waiting_since: datetime | None
        first_response_at: datetime | None
        solved_at: datetime | None
        closed_at: datetime | None

        @property
        def is_finished(self) -> bool: ...
        @property
        def is_merged(self) -> bool: ...

    @property
    def clock_stands_since(self) -> datetime | None:
        """Since when it waits for the customer, or is finished; None while the time runs."""
        return self.waiting_since or self.solved_at

    @property
    def answer_due_at(self) -> datetime | None:
        """What a customer is told of: when the first answer is due, and once it was given, the solution."""
        return self.resolve_due_at if self.first_response_at else self.response_due_at

    def follow_due(self) -> list[str]:
        """Set what follows from the ticket as it is now, unsaved; the names of the fields that changed.

        No query but for the customer, if a service level names one and the row was not read.
        """
        before = [getattr(self, name) for name in FOLLOWING]
        if self.assignee_id and not self.first_assigned_at:
            self.first_assigned_at = timezone.now()
        if self.is_finished or self.is_merged:
            self.due_at = self.due_tell_at = None
        else:
            self._follow(policies())
        return [name for name, value in zip(FOLLOWING, before, strict=True) if getattr(self, name) != value]

    def open_targets(self, policy: Policy | None = None) -> list[Open]:
        """The targets that are not met, with what is due, the next one first."""
        policy = policy or self._policy(policies())
        if policy is None or self.is_finished or self.is_merged:
            return []
        hours, pauses = hours_for(policy, self.queue), self._pauses()
        found = []
        for target, allowed in self._allowed(policy):
            due, met = (getattr(self, name) for name in COLUMNS[target])
            if due and not met:
                warned = policy.warned_after(allowed)
                warn = due_at(self.created_at, warned, hours, pauses) if warned is not None else None
                found.append(Open(target, due, warn))
        return sorted(found, key=lambda each: each.due_at)

    def time_left(self, policy: Policy) -> dict[Target, timedelta]:
        """The working time that is left for each target that has one; less than none once it is overdue."""
        hours, pauses, now = hours_for(policy, self.queue), self._pauses(), timezone.now()
        passed = worked(self.created_at, now, hours, pauses)
        return {target: allowed - passed for target, allowed in self._allowed(policy)}

    def clock_as_it_is(self) -> dict[str, Any]:
        """What `resume_clock` takes: since when the clock stands, and for which times it stood."""
        names = ("waiting_since", "solved_at", "closed_at")
        since = {name: at.isoformat() for name in names if (at := getattr(self, name))}
        return {**since, "pauses": self.pauses}

    def resume_clock(self, before: Mapping[str, Any] | None, at: datetime) -> None:
        """Let the clock go on, unsaved, as if nothing had been since `at`, when it was `before`.

        The status is as it was. While it was something else nobody worked on it: a clock that ran stood meanwhile.
        """
        if before is None:
            return
        self.pauses = before["pauses"]
        for name in ("waiting_since", "solved_at", "closed_at"):
            setattr(self, name, parse_datetime(before.get(name, "")))
        if not self.clock_stands_since:
            self._end_pause(at, timezone.now())

    def _follow(self, known: Sequence[Policy]) -> None:
        policy = self._choose(known)
        if policy is None:
            if self.service_level_id is None:
                self._forget()
            return
        self._set_times(policy)
        still_open = self.open_targets(policy)
        self.due_at = still_open[0].due_at if still_open else None
        self.due_tell_at = min((when for each in still_open if (when := self._tell_at(each))), default=None)

    def _choose(self, known: Sequence[Policy]) -> Policy | None:
        """The policy that is given now, else the one that it has, which is noted to be kept."""
        active = [each for each in known if each.is_active]
        if chosen := choose(active, self._facts(active)):
            policy, level = chosen
            self.service_level_id, self.service_level_by, self.service_level_kept = policy.pk, level.value, False
            return policy
        self.service_level_kept = self.service_level_id is not None
        return self._policy(known)

    def _policy(self, known: Sequence[Policy]) -> Policy | None:
        """The policy that it has; None if it is gone, or came a moment ago."""
        return next((each for each in known if each.pk == self.service_level_id), None)

    def _facts(self, known: Sequence[Policy]) -> Facts:
        names_customers = self.customer_id and any(each.customer for each in known)
        known_category = categories().get(self.category_id) if self.category_id else None
        return Facts(
            customer=self.customer_id,
            company=self.customer.company_id if names_customers and self.customer else None,
            categories=(known_category.pk, *known_category.parents) if known_category else (),
            queue=self.queue_id,
        )

    def _set_times(self, policy: Policy) -> None:
        """Set when each target is due that is not met; for a new ticket those that are met, too."""
        hours, allowed = hours_for(policy, self.queue), dict(self._allowed(policy))
        for target, (name, met_by) in COLUMNS.items():
            met, before, pauses = getattr(self, met_by), getattr(self, name), self._pauses()
            if met and not self._state.adding:
                since = self.clock_stands_since
                if before or since is None or met < since:
                    continue
                pauses = [(begins, ends or met) for begins, ends in pauses]  # met while the clock stood
            due = due_at(self.created_at, allowed[target], hours, pauses) if target in allowed else None
            if due != before:
                setattr(self, name, due)
                self.due_told &= ~(WARNED[target] | OVERDUE[target])

    def _tell_at(self, each: Open) -> datetime | None:
        if self.due_told & OVERDUE[each.target]:
            return None
        return each.warn_at if each.warn_at and not self.due_told & WARNED[each.target] else each.due_at

    def _forget(self) -> None:
        for name, value in UNSET.items():
            setattr(self, name, value)

    def _allowed(self, policy: Policy) -> Iterator[tuple[Target, timedelta]]:
        for target, time in policy.allowed(self.priority).items():
            yield Target(target), time

    def _pauses(self) -> list[Pause]:
        """All of them; the last one goes on if the clock stands now."""
        since = self.clock_stands_since
        return [*self._past_pauses(), *([(since, None)] if since else ())]

    def _past_pauses(self) -> list[tuple[datetime, datetime]]:
        past = [(parse_datetime(begins), parse_datetime(ends)) for begins, ends in self.pauses or ()]
        return [(begins, ends) for begins, ends in past if begins and ends]

    def _end_pause(self, since: datetime | None, at: datetime) -> None:
        """Keep that the clock stood from `since` to `at`, if it did."""
        if since and since < at:
            self._keep_pauses([*self._past_pauses(), (since, at)])

    def _keep_pauses(self, pauses: Iterable[tuple[datetime, datetime]]) -> None:
        kept = bounded(pauses, limits.TICKET_PAUSES.amount)
        self.pauses = [[begins.isoformat(), ends.isoformat()] for begins, ends in kept] or None
