"""Queues and their settings."""

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.database.kept import Kept
from recipients.addressing.normalise import normalise
from recipients.portal.membership import Membership
from tickets.models.setup.category import Category
from tickets.models.setup.hours import HolidayCalendar
from tickets.models.setup.priority import Priority


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone; write it as in Europe/Rome."), params={"name": name})


class Queue(models.Model):
    """One department's tickets, with the agents who work on them and how it writes.

    T01, T03, T07, T15, T16, T17, T21.
    """

    class UnknownSenders(models.TextChoices):
        ACCEPT = "accept", _("Accept")
        VERIFY = "verify", _("Accept, and ask the sender to confirm the address")
        REFUSE = "refuse", _("Refuse")

    class BulkMail(models.TextChoices):
        TICKET = "ticket", _("A ticket like any other")
        QUIET = "quiet", _("A ticket with low priority that nobody is notified of")
        LOG = "log", _("No ticket: it is kept only in the mail log")

    class Sender(models.TextChoices):
        MAILBOX_WITH_AGENT = "mailbox_with_agent", _("The mailbox's address with the agent's name")
        MAILBOX = "mailbox", _("The mailbox's address and name")
        AGENT = "agent", _("The agent's own address and name")

    class Forum(models.TextChoices):
        NONE = "", _("No forum: every ticket is between its customer and us")
        EVERYONE = "everyone", _("A forum for every customer who signs in to the portal")
        CHOSEN = "chosen", _("A forum only for some customers")

    class Assigning(models.TextChoices):
        NONE = "none", _("Agents take them")
        IN_TURN = "in_turn", _("In turn")
        LEAST_OPEN = "least_open", _("To whoever has the fewest open tickets")

    name = models.CharField(_("name"), max_length=200, unique=True)
    is_default = models.BooleanField(_("default queue"), default=False)
    agents = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agents"),
        blank=True,
        related_name="queues",
        help_text=_("Only these agents, and administrators, see the queue's tickets."),
    )
    language = models.CharField(_("language of its emails"), max_length=8, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    #: Seven lists, of Monday to Sunday, of shifts as ["08:00", "16:00"]; empty: always open (tickets/hours).
    opening_hours = models.JSONField(_("working hours"), default=list, blank=True)
    holidays = models.ForeignKey(
        HolidayCalendar,
        verbose_name=_("days off"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="queues",
    )
    unknown_senders = models.CharField(
        _("mail from unknown senders"), max_length=8, choices=UnknownSenders, default=UnknownSenders.ACCEPT
    )
    bulk_mail = models.CharField(
        _("newsletters and automatic notices"),
        max_length=6,
        choices=BulkMail,
        default=BulkMail.TICKET,
        help_text=_("Recognised by their headers. They are never confirmed; one that answers a ticket still joins it."),
    )
    auto_add = models.BooleanField(
        _("add unknown senders as people"),
        default=False,
        help_text=_("Somebody whose address is not known becomes a lead. That does not make the ticket valid."),
    )
    in_portal = models.BooleanField(
        _("offered in the portal"),
        default=False,
        help_text=_("Customers can choose it for a new request. If none is offered, the default queue takes them all."),
    )
    default_priority = models.PositiveSmallIntegerField(_("default priority"), default=Priority.NORMAL)
    default_category = models.ForeignKey(
        Category,
        verbose_name=_("default category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="queues",
        db_index=False,
    )
    confirmation = models.BooleanField(_("confirm receipt"), default=True)
    sender = models.CharField(
        _("sender of agents' messages"), max_length=20, choices=Sender, default=Sender.MAILBOX_WITH_AGENT
    )
    reply_to_agent = models.BooleanField(
        _("replies go to the agent"),
        default=False,
        help_text=_("Customers' replies then go to the agent's own address and leave the helpdesk."),
    )
    reply_changes_status = models.BooleanField(
        _("a customer's message changes the status"),
        default=True,
        help_text=_("To the one in the ticket settings. Off: the ticket stays as it is; a closed one is reopened."),
    )
    close_after_days = models.PositiveSmallIntegerField(
        _("days of waiting until it is closed"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_(
            "Waiting tickets are closed when their customer has been silent for this many working days. Empty: never."
        ),
    )
    warn_days_before = models.PositiveSmallIntegerField(
        _("days of warning for the customer"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(364)],
        help_text=_("With an email to the requester. Empty: without a warning."),
    )
    assigning = models.CharField(
        _("new tickets are assigned"), max_length=10, choices=Assigning, default=Assigning.NONE
    )
    takers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("agents who get tickets"),
        blank=True,
        related_name="+",
        help_text=_("Nobody gets a ticket that they cannot see, or while they are away."),
    )
    most_open = models.PositiveSmallIntegerField(
        _("most open tickets per agent"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("New and open ones of all queues. Empty: no limit."),
    )
    most_given = models.PositiveSmallIntegerField(
        _("most tickets per agent at once"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("In each round, one per minute. Empty: no limit."),
    )
    ask_after_hours = models.PositiveSmallIntegerField(
        _("hours until satisfaction is asked for"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(96)],
        help_text=_(
            "When a ticket is solved, its requester is asked once by email; never automatic or "
            "unverified senders. Empty: never."
        ),
    )
    summary_on_closing = models.BooleanField(
        _("send a summary when a ticket is solved"),
        default=False,
        help_text=_(
            "The requester gets the whole conversation a few minutes after the ticket is solved or closed; "
            "automatic senders never do."
        ),
    )
    forum = models.CharField(_("forum"), max_length=8, choices=Forum, default=Forum.NONE, blank=True)
    #: Of a forum for some: lists of "kinds", and of "customers" and "partners" by id. What is gone admits nobody.
    forum_audience = models.JSONField(default=dict, blank=True, editable=False)
    #: By language and kind the subject and text that the queue has of its own; see `Wording`.
    wording = models.JSONField(default=dict, editable=False)
    never_cc = models.TextField(
        _("addresses never put in CC"),
        blank=True,
        help_text=_("One address per line: aliases, marketplace forms."),
    )

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_queue"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        if self.forum or are_there_forums():
            KEPT.forget()

    def admits(self, membership: Membership) -> bool:
        """Whether it is a forum that whoever is a member so may read and write in. No query."""
        if self.forum == self.Forum.EVERYONE:
            return bool(membership.customers)
        if self.forum != self.Forum.CHOSEN:
            return False
        mine = {
            "customers": membership.customers,
            "kinds": membership.kinds,
            "partners": membership.partners,
        }
        return any(not has.isdisjoint(self.forum_audience.get(name, ())) for name, has in mine.items())

    @property
    def never_cc_addresses(self) -> set[str]:
        """The addresses that are never put in CC, normalised."""
        return {normalise(word) for word in self.never_cc.replace(",", " ").split()} - {""}


def are_there_forums() -> bool:
    """Whether any queue is a forum: where none is, no page of the portal asks. No query but now and then one."""
    return KEPT.get()


def _read() -> bool:
    return Queue.objects.exclude(forum="").exists()


KEPT = Kept("forums", _read)
