"""Which columns do mail log and outbox have?"""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from mailboxes.models import InboundEmail
from tickets.models import Outbox

FILL = {"td": {"class": "fill"}}
SMALL = {"td": {"class": "nowrap"}}
WIDE_ONLY = {"td": {"class": "col-optional nowrap"}, "th": {"class": "col-optional"}}


class InboundTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Every message ever seen, and what became of it (lesson 17)."""

    subject = tables.TemplateColumn(
        template_name="mailboxes/_mail_cell.html", empty_values=(), orderable=False, verbose_name=_("Mail"), attrs=FILL
    )
    author = tables.TemplateColumn(
        '<span class="truncate">{{ value|default:"–" }}</span>', empty_values=(), orderable=False
    )
    outcome = tables.TemplateColumn(
        template_name="mailboxes/_outcome_cell.html",
        empty_values=(),
        orderable=False,
        verbose_name=_("Outcome"),
        attrs=SMALL,
    )
    mailbox = tables.Column(orderable=False, attrs=WIDE_ONLY)
    size = tables.TemplateColumn(
        "{{ value|filesizeformat }}",
        orderable=False,
        verbose_name=_("Size"),
        attrs={"td": {"class": "num nowrap col-optional"}, "th": {"class": "num col-optional"}},
    )
    fetched_at = tables.TemplateColumn(
        "{% load helpdesk_ui %}{{ value|relative }}",
        order_by=("fetched_at", "pk"),
        verbose_name=_("Came in"),
        attrs=SMALL,
    )

    class Meta:
        model = InboundEmail
        fields = ("subject", "author", "outcome", "mailbox", "size", "fetched_at")
        order_by = "-fetched_at"
        attrs = {"id": "mail-log", "aria_label": _("Mail log")}


class OutboxTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Every mail that waits, has left, or could not."""

    subject = tables.TemplateColumn(
        template_name="mailboxes/_outgoing_cell.html", orderable=False, verbose_name=_("Mail"), attrs=FILL
    )
    recipient = tables.TemplateColumn('<span class="truncate">{{ value }}</span>', orderable=False)
    state = tables.TemplateColumn(
        template_name="mailboxes/_state_cell.html", orderable=False, verbose_name=_("State"), attrs=SMALL
    )
    ticket = tables.TemplateColumn(
        "{% if record.ticket_id %}#{{ record.ticket_id }}{% endif %}",
        empty_values=(),
        orderable=False,
        attrs=WIDE_ONLY,
    )
    created_at = tables.TemplateColumn(
        "{% load helpdesk_ui %}{{ value|relative }}",
        order_by=("created_at", "pk"),
        verbose_name=_("Written"),
        attrs=SMALL,
    )

    class Meta:
        model = Outbox
        fields = ("subject", "recipient", "state", "ticket", "created_at")
        order_by = "-created_at"
        attrs = {"id": "outbox", "aria_label": _("Outbox")}
