"""The filters of the pages of the mail log and the outbox."""

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.filters import DayFilter, chooser, search_field
from mailboxes.models import InboundEmail, Mailbox, Outcome
from recipients.addressing.normalise import normalise
from tickets.models import Outbox

WAITING = "waiting"


class InboundFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    folded = ("sender", "since", "until")

    text = django_filters.CharFilter(field_name="subject", lookup_expr="icontains", widget=search_field(_("Subject")))
    outcome = django_filters.ChoiceFilter(
        method="with_outcome",
        choices=[(WAITING, _("Not processed yet")), *Outcome.choices],
        empty_label=_("All outcomes"),
        widget=chooser(_("Outcome")),
    )
    mailbox = django_filters.ModelChoiceFilter(
        queryset=Mailbox.objects.all(), empty_label=_("All mailboxes"), widget=chooser(_("Mailbox"))
    )
    sender = django_filters.CharFilter(
        method="from_sender",
        label=_("Sender's address"),
    )
    since = DayFilter(_("Since"), "fetched_at")
    until = DayFilter(_("Until"), "fetched_at", until=True)

    class Meta:
        model = InboundEmail
        fields: list[str] = []

    def with_outcome(self, rows: QuerySet[InboundEmail], name: str, outcome: str) -> QuerySet[InboundEmail]:
        return rows.filter(outcome="" if outcome == WAITING else outcome)

    def from_sender(self, rows: QuerySet[InboundEmail], name: str, given: str) -> QuerySet[InboundEmail]:
        """The whole address by its index; a part of one is looked for."""
        address = normalise(given)
        return rows.filter(author=address) if address else rows.filter(author__icontains=given.strip())


class OutboxFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    text = django_filters.CharFilter(field_name="subject", lookup_expr="icontains", widget=search_field(_("Subject")))
    state = django_filters.ChoiceFilter(
        choices=Outbox.State.choices, empty_label=_("All states"), widget=chooser(_("State"))
    )
    recipient = django_filters.CharFilter(
        method="to_recipient",
        widget=forms.TextInput(attrs={"placeholder": _("Recipient's address"), "aria-label": _("Recipient's address")}),
    )

    class Meta:
        model = Outbox
        fields: list[str] = []

    def to_recipient(self, rows: QuerySet[Outbox], name: str, given: str) -> QuerySet[Outbox]:
        address = normalise(given)
        return rows.filter(recipient=address) if address else rows.filter(recipient__icontains=given.strip())
