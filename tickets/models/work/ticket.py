"""Tickets, and the small verbs that change them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import MAX_ADDRESS_LENGTH
from recipients.matching.validity import Validity
from recipients.models import Customer, Pairing, Recipient, User
from tickets.models.due_times import DueTimes
from tickets.models.setup.category import Category, path_of
from tickets.models.setup.custom_field import changed, missing
from tickets.models.setup.priority import Level, Priority, level_of
from tickets.models.setup.queue import Queue
from tickets.models.setup.substatus import (
    Substatus,
    joined,
    parted,
    status_choices,
    status_look,
    status_name,
    substatuses,
)
from tickets.models.work.errors import NotAllowed
from tickets.models.work.states import CLOSABLE, CONCLUDED, FINISHED, UNSOLVED, CustomerSource, EventKind, Status
from tickets.models.work.tag import Tag
from tickets.models.work.visibility import TicketQuerySet, may_see

if TYPE_CHECKING:
    from tickets.models.work.comment import Comment
    from tickets.models.work.event import Event


class Ticket(DueTimes):
    """One piece of work. Its number is its primary key, never used twice, so that a tag names it for ever."""

    subject = models.CharField(_("subject"), max_length=500)
    bare_subject = models.CharField(max_length=500, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.NEW)
    substatus = models.ForeignKey(
        Substatus,
        verbose_name=_("custom status"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
        db_index=False,  # of this and others that few have, those who have it are indexed below
    )
    priority = models.PositiveSmallIntegerField(_("priority"), default=Priority.NORMAL)
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
        db_index=False,  # an index of its own below
    )
    queue = models.ForeignKey(  # without an index of its own, as those below: a longer one begins with it
        Queue, verbose_name=_("queue"), on_delete=models.PROTECT, related_name="tickets", db_index=False
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assignee"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="assigned_tickets",
        db_index=False,
    )
    requester = models.ForeignKey(
        Recipient,
        verbose_name=_("requester"),
        null=True,
        on_delete=models.PROTECT,
        related_name="tickets",
        db_index=False,
    )
    requester_name = models.CharField(
        max_length=200, blank=True, editable=False, help_text=_("As given in the requester's own mail on this ticket.")
    )
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tickets",
        db_index=False,
    )
    customer_source = models.CharField(max_length=8, choices=CustomerSource, default=CustomerSource.MATCHING)
    customer_pairing = models.ForeignKey(
        Pairing, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="tickets"
    )
    validity = models.CharField(_("validity"), max_length=9, choices=Validity, default=Validity.TO_VERIFY)
    # Ids of users, read with the row: so a mail costs no statement more to know whom to tell.
    followed_by = models.JSONField(null=True, blank=True, editable=False)
    match = models.JSONField(_("recognition"), default=dict, editable=False)
    verdict = models.JSONField(_("authentication"), default=dict, editable=False)
    addressed_to = models.CharField(
        _("written to"),
        max_length=MAX_ADDRESS_LENGTH,
        blank=True,
        help_text=_("Our address that the customer wrote to."),
    )
    own_fields = models.JSONField(_("custom fields"), null=True, blank=True, editable=False)
    participants = models.ManyToManyField(
        Recipient, verbose_name=_("in CC"), blank=True, related_name="participating_tickets"
    )
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), blank=True, related_name="tickets")
    follow_up_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="follow_ups", db_index=False
    )
    may_follow = models.ForeignKey(  # perhaps: an agent decides
        "self", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged", db_index=False
    )
    #: It was opened in the forum that its queue is: its audience reads it. Never so by being moved.
    is_topic = models.BooleanField(_("topic of a forum"), default=False, editable=False)
    has_held_comments = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)
    first_response_at = models.DateTimeField(null=True, blank=True, editable=False)
    solved_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    waiting_since = models.DateTimeField(null=True, blank=True, editable=False)
    close_warned_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: Snoozed until then, or until the customer answers, or both; it is awake where `wakes_on_answer` is None.
    wakes_at = models.DateTimeField(null=True, blank=True, editable=False)
    wakes_on_answer = models.BooleanField(null=True, blank=True, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-updated_at", "-pk"]
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="ticket_by_update"),
            models.Index(fields=["-created_at", "-id"], name="ticket_by_creation"),
            models.Index(fields=["status", "-updated_at", "-id"], name="ticket_by_status"),
            models.Index(fields=["queue", "status", "-updated_at", "-id"], name="ticket_by_queue"),
            models.Index(fields=["assignee", "status", "-updated_at", "-id"], name="ticket_by_assignee"),
            models.Index(fields=["customer", "-updated_at", "-id"], name="ticket_by_customer"),
            models.Index(fields=["requester", "-updated_at", "-id"], name="ticket_by_requester"),
            models.Index(fields=["priority", "-updated_at", "-id"], name="ticket_by_priority"),
            models.Index(fields=["validity", "-updated_at", "-id"], name="ticket_by_validity"),
            models.Index(fields=["category", "-updated_at", "-id"], name="ticket_by_category"),
            models.Index(fields=["wakes_at"], name="ticket_to_wake", condition=models.Q(wakes_at__isnull=False)),
            models.Index(fields=["due_at", "id"], name="ticket_by_due", condition=models.Q(due_at__isnull=False)),
            models.Index(fields=["due_tell_at"], name="ticket_to_tell", condition=models.Q(due_tell_at__isnull=False)),
            models.Index(fields=["waiting_since"], name="ticket_waiting", condition=models.Q(status=Status.WAITING)),
            *(
                models.Index(fields=[name], name=f"ticket_with_{name}", condition=models.Q((f"{name}__isnull", False)))
                for name in ("substatus", "follow_up_of", "may_follow", "merged_into")
            ),
            models.Index(
                fields=["queue", "-updated_at", "-id"], name="topic_of_forum", condition=models.Q(is_topic=True)
            ),
            models.Index(
                fields=["-updated_at"], name="ticket_snoozed", condition=models.Q(wakes_on_answer__isnull=False)
            ),
            models.Index(
                fields=["-updated_at"], name="ticket_with_held_comments", condition=models.Q(has_held_comments=True)
            ),
            # All that the counts of views ask of a ticket: else each is read from its own place on the disk. For them
            # alone, by a condition that is always true: beside another index PostgreSQL would count what both have in
            # common twice, and read all unsolved tickets where it should walk over the newest.
            models.Index(
                fields=["assignee", "id"],
                include=["queue", "customer", "status", "validity", "due_at", "wakes_on_answer", "has_held_comments"],
                condition=models.Q(models.Q(status__in=UNSOLVED) | models.Q(has_held_comments=True), pk__gt=0),
                name="ticket_to_count",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status=Status.MERGED) | models.Q(merged_into__isnull=True),
                name="only_a_merged_ticket_has_a_survivor",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:detail", kwargs={"number": self.number})

    @property
    def number(self) -> int:
        return int(self.pk)

    @property
    def name_of_requester(self) -> str:
        """As their own mail has it, because several people may write from one address; "" if nothing gives a name.

        An agent's correction holds for every ticket (R14).
        """
        if self.requester is None:
            return ""
        return self.requester.name if self.requester.name_by_hand else self.requester_name or self.requester.name

    @property
    def portal_path(self) -> str:
        """Its page for customers: that of the topic, or of the request."""
        return reverse("portal:topic" if self.is_topic else "portal:ticket", args=[self.number])

    @property
    def requester_display_name(self) -> str:
        return self.name_of_requester or (self.requester.display_address if self.requester else "")

    @property
    def is_certain(self) -> bool:
        """Whether it is the customer's for certain, so that they may be told of it and read it.

        A sender who confirmed the address has not said for whom they write: what recognition concluded from the domain
        alone stays a conclusion, until an agent or a pairing says so.
        """
        if self.customer_id is None or self.validity not in (Validity.VALID, Validity.VERIFIED):
            return False
        return self.validity == Validity.VALID or self.customer_source not in CONCLUDED

    @property
    def has_normal_priority(self) -> bool:
        return self.priority == Priority.NORMAL

    @property
    def priority_level(self) -> Level:
        """The priority as it is shown: name, colour and mark."""
        return level_of(self.priority)

    @property
    def category_path(self) -> str:
        """The category as it is shown, "" for none. No query."""
        return path_of(self.category_id)

    @property
    def is_unsolved(self) -> bool:
        return self.status in UNSOLVED

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED

    @property
    def is_closed(self) -> bool:
        return self.status == Status.CLOSED

    @property
    def is_closable(self) -> bool:
        return self.status in CLOSABLE

    @property
    def is_snoozed(self) -> bool:
        return self.wakes_on_answer is not None

    @property
    def is_merged(self) -> bool:
        return self.status == Status.MERGED

    @property
    def status_name(self) -> str:
        """The status as agents read it. No query."""
        return status_name(self.status, self.substatus_id)

    @property
    def status_look(self) -> tuple[str, str]:
        """The shape and the colour by which pages draw the status. No query."""
        return status_look(self.status, self.substatus_id)

    @property
    def status_value(self) -> str:
        """The status as forms name it."""
        return joined(self.status, self.substatus_id)

    # -- What agents decide ---------------------------------------------------------------------------------------

    def set_status(self, value: str, *, by: User | None, recipient: Recipient | None = None, reason: str = "") -> None:
        """Change the status, as forms name it; `recipient`: the customer's side did.

        Raises NotAllowed for what `by` may not set, or not without a `reason`. Merged is what merging alone makes.
        """
        with self.changing():
            before = self.status_value
            if value == before:
                return
            status, own = parted(value)
            if status == Status.MERGED:
                raise NotAllowed(_t("Merge the ticket into another one instead."))
            if by:
                self.refuse_unfilled(status)
            if by and own:
                _may_set(own, by, reason)
            self.enter(status, timezone.now(), own)
            self.changed(*STATUS_FIELDS)
            self.record(EventKind.STATUS, by, self.moved_from(before, reason), recipient=recipient)

    def refuse_unfilled(self, status: str) -> None:
        """Raises NotAllowed if an agent would solve or close it without a field that is needed for that."""
        if status in FINISHED and not self.is_finished and (names := missing(self.own_fields, self.queue_id)):
            raise NotAllowed(_t("Fill in first: %(fields)s.") % {"fields": ", ".join(names)})

    def set_fields(self, values: Mapping[str, Any], *, by: User | None) -> None:
        """Have exactly these values in the custom fields, by the keys of the fields."""
        with self.changing():
            before = self.own_fields or {}
            if before != dict(values):
                self.own_fields = dict(values)
                self.changed("own_fields")
                self.record(EventKind.FIELDS, by, {"changed": changed(before, values)})

    def moved_from(self, before: str, reason: str = "") -> dict[str, str]:
        """What an event says of a change of status from `before`, as forms name it. Undo reads it, too."""
        data = {"before": parted(before)[0].value, "after": str(self.status)}
        if ":" in before or self.substatus_id:
            data |= {"before_value": before, "after_value": self.status_value, "name": self.status_name}
        return data | ({"reason": reason} if reason else {})

    def set_priority(self, priority: int, *, by: User | None) -> None:
        with self.changing():
            if (before := self.priority) != priority:
                self.priority = int(priority)
                self.changed("priority")
                self.record(EventKind.PRIORITY, by, {"before": before, "after": int(priority)})

    def set_category(self, category: Category | None, *, by: User | None) -> None:
        """Say what it is about, or that nobody knows."""
        with self.changing():
            if self.category_id != (category.pk if category else None):
                before, self.category = self.category, category
                self.changed("category")
                self.record(EventKind.CATEGORY, by, {"before": _name(before), "after": _name(category)})

    def set_subject(self, subject: str, *, by: User | None) -> None:
        """Name the ticket anew. What answers its mails still finds it."""
        subject = " ".join(subject.split())[:500]
        with self.changing():
            if subject and (before := self.subject) != subject:
                self.subject = subject
                self.changed("subject")
                self.record(EventKind.SUBJECT, by, {"before": before, "after": subject})

    def assign(self, user: User | None, *, by: User | None) -> None:
        """Give the work to `user`, or to nobody. Refused for those who may not see the ticket (R31)."""
        with self.changing():
            if self.assignee_id == (user.pk if user else None):
                return
            if user and not may_see(user, self):
                raise NotAllowed(
                    _t("%(name)s cannot see this ticket, so it cannot be assigned to them.") % {"name": user}
                )
            before, self.assignee = self.assignee, user
            self.changed("assignee")
            self.record(EventKind.ASSIGNEE, by, {"before": _name(before), "after": _name(user)})

    def move(self, queue: Queue, *, by: User | None) -> None:
        """Put the ticket into another queue; an assignee who may no longer see it loses it.

        A topic is for the audience that it was written for: moved, it is private, and it is never public elsewhere.
        """
        with self.changing():
            if queue.pk == self.queue_id:
                return
            before, self.queue = self.queue, queue
            self.changed("queue")
            self.record(EventKind.QUEUE, by, {"before": _name(before), "after": _name(queue)})
            self.leave_forum(before, by=by)
            self.drop_blind_assignee(by)

    def leave_forum(self, forum: Queue, *, by: User | None) -> None:
        """Be no topic of `forum` any more; the ticket is locked. What others wrote there is hidden from who asked.

        Mails to followers that wait are not sent any more.
        """
        if not self.is_topic:
            return
        others = self.comments.filter(kind="customer", is_public=True, is_held=False).exclude(
            recipient__isnull=False, recipient=self.requester_id
        )
        hidden = list(others.values_list("pk", flat=True))
        self.comments.filter(pk__in=hidden).update(is_public=False, is_hidden=True)
        self.outbox.filter(kind="topic_post", state="waiting").update(state="cancelled")
        self.is_topic = False
        self.changed("is_topic")
        self.record(EventKind.TOPIC, by, {"public": False, "forum": forum.pk, "hidden": hidden})

    def set_tags(self, names: Iterable[str], *, by: User | None) -> None:
        """Have exactly these tags; new ones are made."""
        wanted = {" ".join(name.split())[:64] for name in names} - {""}
        with self.changing():
            before = set(self.tags.values_list("name", flat=True))
            if before == wanted:
                return
            Tag.objects.bulk_create([Tag(name=name) for name in sorted(wanted - before)], ignore_conflicts=True)
            self.tags.set(Tag.objects.filter(name__in=wanted))
            self.changed()
            self.record(EventKind.TAGS, by, {"before": sorted(before), "after": sorted(wanted)})

    def snooze(self, until: datetime | None, *, on_answer: bool, by: User | None) -> None:
        """Let nobody see it among their work until then, or until the customer answers, whichever comes first.

        Raises NotAllowed if it is finished, or nothing would wake it.
        """
        with self.changing():
            if self.is_finished:
                raise NotAllowed(_t("It is already solved or closed: there is nothing to come back to."))
            if not on_answer and (until is None or until <= timezone.now()):
                raise NotAllowed(_t("Choose when it should come back."))
            self.wakes_at, self.wakes_on_answer = until, on_answer
            self.changed("wakes_at", "wakes_on_answer")
            self.record(EventKind.SNOOZED, by, {"until": until.isoformat() if until else "", "on_answer": on_answer})

    def wake(self, *, by: User | None) -> None:
        """Let it be seen among the work again."""
        with self.changing():
            if self.is_snoozed:
                self.wakes_at = self.wakes_on_answer = None
                self.changed("wakes_at", "wakes_on_answer")
                self.record(EventKind.SNOOZED, by, {"awake": True})

    def stand_alone(self) -> None:
        """Say that it belongs to no other ticket, though it seemed to."""
        with self.changing():
            self.may_follow = None
            self.changed("may_follow")

    def follow(self, *users: User, on: bool = True) -> None:
        """Tell `users` of each message of the customer, whatever they have chosen for others; or not any more."""
        with self.changing():
            others = set(self.followed_by or ()) - {user.pk for user in users}
            self.followed_by = sorted(others | {user.pk for user in users} if on else others)
            self.save(update_fields=["followed_by"])

    # -- What happened --------------------------------------------------------------------------------------------

    def record(
        self,
        kind: str,
        by: User | None,
        data: Mapping[str, Any] | None = None,
        comment: "Comment | None" = None,
        recipient: Recipient | None = None,
    ) -> "Event":
        """Write down what happened. Mails that it calls for are written by who announces it (`notifications`)."""
        return self.events.create(kind=kind, agent=by, recipient=recipient, data=dict(data or {}), comment=comment)

    def enter(self, status: Status, at: datetime, own: int | None = None) -> None:
        """Set `status`, and of its kinds `own`, with the times that belong to it, unsaved.

        What is finished needs nobody to wake it.
        """
        stood = self.clock_stands_since
        if status != Status.WAITING or self.status != Status.WAITING:
            self.waiting_since, self.close_warned_at = (at if status == Status.WAITING else None), None
        self.status, self.substatus_id = status, own
        if self.is_finished:
            self.wakes_at = self.wakes_on_answer = None
        self.solved_at = (self.solved_at or at) if self.is_finished else None
        if self.clock_stands_since != stood:
            self._end_pause(stood, at)
        self.closed_at = at if self.is_closed else None

    @contextmanager
    def changing(self, customer: Customer | None = None) -> Iterator[None]:
        """Lock the ticket and read it anew; a merged one is refused, because it lives on in its survivor.

        `customer`: one whom the change may confirm. Who changes other customers, or recipients, locks them before this.
        """
        with transaction.atomic():
            if customer:
                customer.hold()
            self.refresh_from_db(from_queryset=Ticket.objects.locked())
            if self.is_merged:
                survivor = {"survivor": self.merged_into_id or "?"}
                raise NotAllowed(_t("This ticket was merged into #%(survivor)s; continue there.") % survivor)
            yield

    def drop_blind_assignee(self, by: User | None) -> None:
        """Take the ticket from an assignee who may no longer see it (R31)."""
        if self.assignee and not may_see(self.assignee, self):
            self.assign(None, by=by)

    def changed(self, *fields: str) -> None:
        """Save these fields and that it was changed now."""
        self.updated_at = timezone.now()
        self.save(update_fields=[*fields, *self.follow_due(), "updated_at"])

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it; a new one gets its service level."""
        if self._state.adding:
            self.follow_due()
        super().save(*args, **kwargs)


#: What `enter` sets.
STATUS_FIELDS = (
    "status",
    "solved_at",
    "closed_at",
    "waiting_since",
    "close_warned_at",
    "wakes_at",
    "wakes_on_answer",
    "substatus",
    "pauses",
)


def _name(thing: models.Model | None) -> str:
    return str(thing) if thing else ""


def _may_set(own: int, user: User, reason: str) -> None:
    """Raises NotAllowed if `user` may not set this status, or says no reason where one is needed."""
    known = substatuses().get(own)
    if known is None or not known.is_active:
        raise NotAllowed(_t("This status is no longer offered."))
    if known.value not in dict(status_choices(administrator=user.is_administrator)):
        raise NotAllowed(_t("You cannot set the status “%(name)s”.") % {"name": known.name})
    if known.needs_reason and not reason.strip():
        raise NotAllowed(_t("The status “%(name)s” requires a reason. Enter one.") % {"name": known.name})
