"""The filter bar above the list of tickets."""

from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.ui.filters import DayFilter
from recipients.models import Customer, Recipient, User
from recipients.search.query import find_customers
from recipients.users.access import colleagues, visible_customers
from tickets.fields.inputs import filters, shown_filters
from tickets.models import Queue, Status, Ticket
from tickets.models.service_level import policies
from tickets.models.setup.category import category_choices, with_those_below
from tickets.models.setup.priority import priority_choices
from tickets.models.setup.substatus import own_choices, parted
from tickets.models.work.visibility import TicketQuerySet
from tickets.search.query import Found, find
from tickets.ticket_list.saved_views import end_of_today

ME, NOBODY, UNSOLVED = "me", "nobody", "unsolved"
OVERDUE, TODAY, NEVER = "overdue", "today", "never"


def queues_of(user: User) -> QuerySet[Queue]:
    """The queues whose tickets `user` may see."""
    return Queue.objects.all() if user.is_administrator else user.queues.all()


class Named:
    """The colleagues of `user` and the queues, which a page names in several places: asked for once."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def agents(self) -> list[User]:
        return list(colleagues(self.user))

    @cached_property
    def queues(self) -> list[Queue]:
        return list(Queue.objects.all())


class TicketFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """What is asked in the address: each part narrows the list."""

    text = django_filters.CharFilter(label=_("Search"), method="by_text")
    queue = django_filters.ModelChoiceFilter(label=_("Queue"), queryset=Queue.objects.none(), empty_label=_("Queue"))
    status = django_filters.ChoiceFilter(
        label=_("Status"),
        method="by_status",
        empty_label=_("Status"),
    )
    agent = django_filters.ChoiceFilter(label=_("Agent"), method="by_agent", empty_label=_("Agent"))
    priority = django_filters.ChoiceFilter(label=_("Priority"), empty_label=_("Any priority"))
    due = django_filters.ChoiceFilter(
        label=pgettext_lazy("time", "Due"),
        method="by_due",
        empty_label=_("Due at any time"),
        choices=[(OVERDUE, _("Overdue")), (TODAY, _("Due today or overdue")), (NEVER, _("Not due"))],
    )
    category = django_filters.ChoiceFilter(label=_("Category"), method="by_category", empty_label=_("Any category"))
    customer = django_filters.CharFilter(label=_("Customer"), method="by_customer")
    tag = django_filters.CharFilter(label=_("Tag"), field_name="tags__name", lookup_expr="iexact")
    customer_id = django_filters.ModelChoiceFilter(label=_("Customer"), queryset=Customer.objects.none())
    requester = django_filters.ModelChoiceFilter(label=_("Requester"), queryset=Recipient.objects.none())
    since = DayFilter(_("Created since"), "created_at")
    until = DayFilter(_("Created until"), "created_at", until=True)

    class Meta:
        model = Ticket
        fields: tuple[str, ...] = ()

    #: What the words found, in the order in which they found it.
    found = Found(Ticket.objects.none())

    def __init__(
        self,
        *args: Any,
        user: User,
        named: Named | None = None,
        parts: bool = False,
        newest: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.named = named or Named(user)
        self.parts, self.newest = parts, newest
        self.user = user
        self.filters["queue"].queryset = queues_of(user)
        self.filters["customer_id"].queryset = visible_customers(user)
        self.filters["requester"].queryset = Recipient.objects.filter(
            pk__in=Ticket.objects.visible_to(user).order_by().values("requester")
        )
        statuses = [(UNSOLVED, _("Unsolved")), *Status.choices, *own_choices()]
        self.filters["status"].extra["choices"] = statuses
        self.filters["priority"].extra["choices"] = priority_choices()
        self.filters["category"].extra["choices"] = category_choices()
        # No method: a form copies its fields, and with a method what it is of.
        self.filters["agent"].extra["choices"] = lambda: self._agents()
        self.filters |= filters()

    def _agents(self) -> list[tuple[str, object]]:
        others = (agent for agent in self.named.agents if agent.pk != self.user.pk)
        return [(ME, _("Me")), (NOBODY, _("Nobody")), *((str(agent.pk), str(agent)) for agent in others)]

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """What stands in the bar itself; the rest is folded into a menu."""
        if self.user.is_administrator:  # sees all of them
            offered = [("", _("Queue")), *((queue.pk, str(queue)) for queue in self.named.queues)]
            self.form.fields["queue"].offered = offered
        return [self.form[name] for name in ("queue", "status", "agent")]

    @property
    def folded_fields(self) -> list[forms.BoundField]:
        due = ("due",) if policies() else ()
        names = ("priority", *due, "category", "customer", "tag", "since", "until", *shown_filters())
        return [self.form[name] for name in names]

    def filter_queryset(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """Words are looked for last, among what the other filters leave."""
        tickets = super().filter_queryset(tickets)
        text = self.form.cleaned_data.get("text", "")
        if text and not tickets.query.is_empty():
            self.found = find(tickets, text, user=self.user, parts=self.parts, newest=self.newest)
            return self.found.tickets
        return tickets

    def by_text(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        """See `filter_queryset`."""
        return tickets

    def by_status(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        if value == UNSOLVED:
            return tickets.unsolved()
        status, own = parted(value)
        return tickets.filter(substatus=own) if own else tickets.filter(status=status)

    def by_agent(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        if value == NOBODY:
            return tickets.filter(assignee__isnull=True)
        return tickets.filter(assignee=self.user.pk if value == ME else int(value))

    def by_category(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        return tickets.filter(category__in=with_those_below(int(value)))

    def by_due(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        if value == NEVER:
            return tickets.filter(due_at__isnull=True)
        return tickets.filter(due_at__lt=timezone.now() if value == OVERDUE else end_of_today())

    def by_customer(self, tickets: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        found = find_customers(visible_customers(self.user), value)
        return tickets.filter(customer__in=found.order_by().values("pk"))
