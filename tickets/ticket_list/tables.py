"""The table of tickets: one row each, in columns that each agent chooses."""

import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property, lru_cache, partial
from typing import Any

import django_tables2 as tables
from django.db.models import F
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.ui.cells import FILL, NAME, RowSelect, page_of_row
from helpdesk.ui.markup import initials_of, mark, relative
from recipients.matching.validity import Validity
from recipients.models import Recipient, User
from tickets.agents.marks import due_mark, priority_mark, status_mark
from tickets.models import Ticket
from tickets.models.work.visibility import TicketQuerySet

#: Columns that an agent may show or hide, and whether they are shown until then.
OPTIONAL_COLUMNS = {
    "requester": True,
    "customer": True,
    "status": True,
    "waiting": True,
    "due_at": True,
    "priority": True,
    "category": False,
    "queue": True,
    "assignee": True,
    "tags": False,
    "updated_at": True,
    "created_at": False,
}
#: Columns that are left out while they say the same in every row of a page.
FOLDING = ("customer", "status", "waiting", "due_at", "priority", "category", "queue", "assignee")

#: As wide as what stands in it, which the style of the table says of each cell that says nothing else.
SHRINK = {"th": {"class": "shrink"}}
OPTIONAL = {"td": {"class": "opt"}, "th": {"class": "shrink opt"}}
#: Times that mean nothing on a phone without what they are of.
SINCE = {"td": {"class": "since", "data-label": ""}, "th": {"class": "shrink since"}}
NAMED_BADGES = SHRINK | {"td": {"class": "badges", "data-label": ""}}
#: Times that a narrow list leaves out, head and cells alike.
TIME = {"td": {"class": "wide"}, "th": {"class": "shrink wide"}}


class TicketTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Sortable by every column that has an index; a second key keeps the pages stable.

    Its rows have `facts` (`tickets.ticket_list.row_facts`). With `customers_beside` the customer stands below the
    requester: one column for both. Cells are written in Python: a template for each took most of the page's time.
    """

    customers_beside = False

    select = RowSelect(lambda ticket: f"#{ticket.pk}")
    number = tables.Column("#", accessor="pk", attrs={"th": {"class": "shrink", "title": _("Number")}})
    subject = tables.Column(_("Subject"), orderable=False, empty_values=(), attrs=FILL)
    requester = tables.Column(_("Requester"), orderable=False, attrs=NAME, default="")
    customer = tables.Column(_("Customer"), orderable=False, default="", attrs=NAME)
    status = tables.Column(_("Status"), order_by=("status", "-updated_at", "-pk"), attrs=SHRINK)
    waiting = tables.Column(_("Waiting since"), empty_values=(), orderable=False, attrs=SINCE)
    due_at = tables.Column(pgettext_lazy("time", "Due"), attrs=NAMED_BADGES, default="")
    priority = tables.Column(_("Priority"), order_by=("priority", "-updated_at", "-pk"), attrs=OPTIONAL)
    category = tables.Column(_("Category"), accessor="category_path", orderable=False, default="", attrs=NAME)
    queue = tables.Column(_("Queue"), orderable=False, attrs={"cell": {"class": "name opt"}})
    assignee = tables.Column(_("Assignee"), orderable=False, default="", attrs=NAME)
    tags = tables.Column(accessor="tags__all", orderable=False, verbose_name=_("Tags"), attrs=NAME)
    updated_at = tables.Column(_("Updated"), order_by=("updated_at", "pk"), attrs=TIME)
    created_at = tables.Column(_("Created"), order_by=("created_at", "pk"), attrs=TIME)

    class Meta:
        model = Ticket
        fields = ()
        order_by = "-updated_at"
        order_by_field = "sort"
        row_attrs = {"class": lambda record: "is-unread" if record.facts.waiting_since else ""}
        attrs = {"id": "tickets", "class": "table-inline", "aria_label": _("Tickets")}

    @cached_property
    def page_of(self) -> Callable[[object], str]:
        return page_of_row("tickets:detail")

    @cached_property
    def words(self) -> dict[str, str]:
        """Those that many rows say."""
        return {"messages": _t("Messages"), "none": _t("(no subject)")}

    def render_number(self, value: int) -> str:
        return f"#{value}"

    def render_subject(self, record: Any) -> SafeString:
        """The subject, what is to be known of the ticket, and below it the last message."""
        facts, words = record.facts, self.words
        count = f'<b title="{escape(words["messages"])}">{facts.messages}</b>' if facts.messages > 1 else ""
        said = f"{facts.author}: {facts.snippet}" if facts.author else facts.snippet
        last = f"<small>{_with_marks(said, facts.sought)}</small>" if facts.snippet else ""
        subject = _with_marks(record.subject or words["none"], facts.sought)
        return mark_safe(  # noqa: S308 - escaped
            f'<div><a class="row-link" href="{self.page_of(record.pk)}">'
            f"{subject}</a>{count}{''.join(_marks(record))}</div>{last}"
        )

    def render_requester(self, record: Ticket, value: Recipient) -> SafeString:
        name, customer = record.requester_display_name, record.customer if self.customers_beside else None
        below = format_html("<small>{}</small>", customer) if customer and customer.name != name else ""
        return format_html('<td class="name" title="{}">{}{}', value.display_address, name, below)

    @cached_property
    def assigned(self) -> Callable[[User], SafeString]:
        return cache(_assigned)

    def render_assignee(self, value: User) -> SafeString:
        return self.assigned(value)

    @cached_property
    def status_cells(self) -> dict[str, SafeString]:
        return {}

    def render_status(self, record: Ticket) -> SafeString:
        return self.status_cells.get(record.status_value) or self.status_cells.setdefault(
            record.status_value, status_mark(record, "td")
        )

    def render_waiting(self, record: Ticket) -> SafeString | str:
        return relative(record.facts.waiting_since)  # type: ignore[attr-defined]

    def order_due_at(self, tickets: TicketQuerySet, is_descending: bool) -> tuple[TicketQuerySet, bool]:
        """What is not due stands last, whichever way: django-tables2 asks for the rows in their order."""
        due = F("due_at")
        first = due.desc(nulls_last=True) if is_descending else due.asc(nulls_last=True)
        return tickets.order_by(first, "-pk" if is_descending else "pk"), True

    def render_due_at(self, record: Ticket) -> SafeString | str:
        return due_mark(record)

    @cached_property
    def priority_of(self) -> Callable[[int], SafeString]:
        return cache(partial(priority_mark, tag="td", of_cell="opt"))

    def render_priority(self, record: Ticket) -> SafeString:
        return self.priority_of(record.priority)

    def render_tags(self, value: Any) -> SafeString:
        return format_html_join(" ", '<span class="tag">{}</span>', ((tag.name,) for tag in value))

    def render_updated_at(self, record: Ticket) -> SafeString | str:
        return relative(record.updated_at)

    def render_created_at(self, record: Ticket) -> SafeString | str:
        return relative(record.created_at)


def due_first(tickets: TicketQuerySet, is_descending: bool, start: int, end: int) -> list[int]:
    """The keys of `tickets` from one place to another, as `order_due_at` has them, which no index could.

    At most two queries more than for one page: what is due has an index, and so has what is not.
    """
    sign = "-" if is_descending else ""
    due = tickets.filter(due_at__isnull=False).order_by(f"{sign}due_at", f"{sign}pk").values_list("pk", flat=True)
    keys = list(due[start:end])
    if len(keys) < end - start:
        before = start + len(keys) if keys else due.count()
        others = tickets.filter(due_at__isnull=True).order_by(f"{sign}pk").values_list("pk", flat=True)
        keys += others[max(start - before, 0) : end - before]
    return keys


def _assigned(agent: User) -> SafeString:
    """The whole cell: where there is no room for the name, its initials are left of it."""
    initials, colour = initials_of(str(agent))
    return format_html('<td class="name who avatar-{}" data-initials="{}">{}', colour, initials, agent)


def _with_marks(text: str, sought: tuple[str, ...]) -> str:
    """`text` escaped, with the words of a search marked where one begins."""
    if not sought:
        return escape(text)
    parts = _pattern(sought).split(text)  # what is sought stands at every second place
    return "".join(f"<mark>{escape(part)}</mark>" if at % 2 else escape(part) for at, part in enumerate(parts))


@lru_cache(maxsize=8)
def _pattern(sought: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(sought, key=len, reverse=True)))
    return re.compile(rf"\b({words})", re.IGNORECASE)


def _marks(record: Any) -> Iterator[SafeString]:
    """What is to be known of a ticket at a glance, as icons. `record` has the `marks` of the list's rows."""
    if record.is_topic:
        yield format_html('<span class="badge">{}</span>', _t("Topic"))
    if record.has_files:
        yield mark("paperclip", _t("Has files"))
    if record.has_draft:
        yield mark("pencil", _t("Your draft"), "accent")
    if record.has_held_comments:
        yield mark("hand", _t("Held comment"), "warn")
    if record.validity == Validity.TO_VERIFY:
        yield mark("shield-alert", _t("To verify"), "warn")
    if record.is_snoozed:
        yield mark("alarm-clock", _t("Snoozed"))
    if record.waits_for_primary:
        yield mark("key-round", _t("Awaiting primary address"))
