"""The table of the authentication impact."""

import datetime as dt

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.cells import FILL, SMALL
from helpdesk.ui.markup import relative
from mailboxes.models import InboundEmail
from mailboxes.what_if.authentication_impact import consequences
from recipients.addressing.normalise import display


class AuthenticationImpactTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Mails that enforcing would have treated differently, and why."""

    subject = tables.Column(empty_values=(), orderable=False, verbose_name=_("Mail"), attrs=FILL)
    author = tables.Column(empty_values=(), orderable=False)
    ticket = tables.Column(empty_values=(), orderable=False, verbose_name=_("Ticket"), attrs=SMALL)
    fetched_at = tables.Column(orderable=False, verbose_name=_("Arrived"), attrs=SMALL)

    class Meta:
        model = InboundEmail
        fields = ("subject", "author", "ticket", "fetched_at")
        attrs = {"id": "authentication-impact", "aria_label": _("What enforcing would have changed")}

    def render_subject(self, record: InboundEmail) -> SafeString:
        sentences = " ".join(consequences(record))
        url = reverse("mailboxes:log_detail", args=[record.pk])
        return format_html(
            '<div class="lines"><a class="row-link truncate" href="{}">{}</a><div class="muted small">{}</div></div>',
            url,
            record.subject or gettext("(no subject)"),
            sentences,
        )

    def render_author(self, record: InboundEmail) -> SafeString:
        return format_html('<span class="truncate">{}</span>', display(record.author) or "–")

    def render_ticket(self, record: InboundEmail) -> SafeString | str:
        if record.ticket_id is None:
            return "–"
        return format_html('<a href="{}">#{}</a>', reverse("tickets:detail", args=[record.ticket_id]), record.ticket_id)

    def render_fetched_at(self, value: dt.datetime) -> SafeString | str:
        return relative(value)
