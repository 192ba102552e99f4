"""The tables of the mail log and the outbox. In Python: a template for each cell would take most of the time."""

import datetime as dt

import django_tables2 as tables
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.cells import FILL, SMALL, WIDE_ONLY
from helpdesk.ui.markup import relative
from mailboxes.mail_log.badges import outcome_badge, state_badge
from mailboxes.models import InboundEmail
from recipients.addressing.normalise import display
from tickets.models import Outbox


class InboundTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Every message ever seen, and what became of it (L17)."""

    subject = tables.Column(empty_values=(), orderable=False, verbose_name=_("Mail"), attrs=FILL)
    author = tables.Column(empty_values=(), orderable=False)
    outcome = tables.Column(empty_values=(), orderable=False, verbose_name=_("Outcome"), attrs=SMALL)
    mailbox = tables.Column(orderable=False, attrs={"td": {"class": "wide nowrap"}, "th": {"class": "wide"}})
    size = tables.Column(
        orderable=False,
        verbose_name=_("Size"),
        attrs={"td": {"class": "num nowrap wide"}, "th": {"class": "num wide"}},
    )
    fetched_at = tables.Column(order_by=("fetched_at", "pk"), verbose_name=_("Arrived"), attrs=SMALL)

    #: With one mailbox its name says nothing.
    folding = ("mailbox",)

    class Meta:
        model = InboundEmail
        fields = ("subject", "author", "outcome", "mailbox", "size", "fetched_at")
        order_by = "-fetched_at"
        attrs = {"id": "mail-log", "aria_label": _("Mail log")}

    def render_subject(self, record: InboundEmail) -> SafeString:
        url = reverse("mailboxes:log_detail", args=[record.pk])
        return _lines(url, record.subject or gettext("(no subject)"), record.reason)

    def render_author(self, record: InboundEmail) -> SafeString:
        return format_html('<span class="truncate">{}</span>', display(record.author) or "–")

    def render_outcome(self, record: InboundEmail) -> SafeString:
        return outcome_badge(record)

    def render_size(self, value: int) -> str:
        return filesizeformat(value)

    def render_fetched_at(self, value: dt.datetime) -> SafeString | str:
        return relative(value)


class OutboxTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Every mail that waits, has left, or could not."""

    subject = tables.Column(orderable=False, verbose_name=_("Mail"), attrs=FILL)
    recipient = tables.Column(orderable=False)
    state = tables.Column(orderable=False, verbose_name=_("State"), attrs=SMALL)
    ticket = tables.Column(accessor="ticket_id", orderable=False, verbose_name=_("Ticket"), attrs=WIDE_ONLY, default="")
    created_at = tables.Column(order_by=("created_at", "pk"), verbose_name=_("Written"), attrs=SMALL)

    class Meta:
        model = Outbox
        fields = ("subject", "recipient", "state", "ticket", "created_at")
        order_by = "-created_at"
        attrs = {"id": "outbox", "aria_label": _("Outbox")}

    def render_subject(self, record: Outbox) -> SafeString:
        kind = record.get_kind_display()
        about = f"{kind}: {record.error}" if record.error else kind
        return _lines(reverse("mailboxes:outbox_detail", args=[record.pk]), record.subject, about)

    def render_recipient(self, value: str) -> SafeString:
        return format_html('<span class="truncate">{}</span>', display(value))

    def render_state(self, record: Outbox) -> SafeString:
        return state_badge(record)

    def render_ticket(self, value: int) -> str:
        return f"#{value}"

    def render_created_at(self, value: dt.datetime) -> SafeString | str:
        return relative(value)


def _lines(url: str, subject: str, about: str) -> SafeString:
    """The subject as the link of the row, and below it, cut where the row ends, what there is to say."""
    return format_html(
        '<div class="lines"><a class="row-link truncate" href="{}">{}</a>'
        '<div class="muted small truncate" title="{}">{}</div></div>',
        url,
        subject,
        about,
        about,
    )
