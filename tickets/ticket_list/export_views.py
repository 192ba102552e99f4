"""The list of tickets as a file: the rows that it shows, in its order, and its columns or all there are."""

from array import array
from collections.abc import Sequence

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from helpdesk import limits
from helpdesk.database.keys import keys_of
from helpdesk.database.time_limit import in_time
from helpdesk.ui.columns import chosen
from recipients.exports import files
from recipients.users.access import SignedIn, agent_required
from tickets.fields.inputs import columns as own_columns
from tickets.search.query import number_in
from tickets.search.ranking import NEWEST_FIRST, best_first
from tickets.ticket_list.export import TicketResource
from tickets.ticket_list.tables import TicketTable
from tickets.ticket_list.views import all_listed, is_ranked, offered_columns, sort_of


@require_GET
@agent_required
def export(request: SignedIn) -> HttpResponseBase:
    """How many tickets there are, and the choice of formats; with `format` the file itself, written as it is sent."""
    as_listed, kind = TicketResource(chosen(request.user, "tickets", offered_columns())), request.GET.get("format", "")
    if kind not in ("csv", "xlsx"):
        return _choice(request, as_listed)
    keys = in_time(limits.WHOLE_TIME, lambda: _keys(request), otherwise=None)
    if keys is None:
        return files.not_in_time()
    resource = TicketResource() if request.GET.get("columns") == "all" else as_listed
    rows, most = resource.rows(keys), limits.XLSX_TICKETS.amount
    return files.as_download(kind, "tickets", resource.headers, rows, title=_("Tickets"), most=most)


def _choice(request: SignedIn, as_listed: TicketResource) -> HttpResponse:
    asked = request.GET.copy()
    for name in ("format", "columns", "page", "open"):
        asked.pop(name, None)
    count = in_time(limits.WHOLE_TIME, lambda: all_listed(request.user, request.GET).qs.count(), otherwise=None)
    said = limits.WHOLE_TIME.sentence()
    if count is not None:
        said = ngettext(
            "%(shown)s ticket, filtered and sorted like the list.",
            "%(shown)s tickets, filtered and sorted like the list.",
            count,
        ) % {"shown": intcomma(count)}
    context = {
        "title": _("Export tickets"),
        "said": said,
        "list_url": reverse("tickets:list"),
        "list_title": _("Tickets"),
        "query": asked.urlencode(),
        "files": ()
        if count is None
        else (
            ("", _("The columns of the list"), as_listed.headers),
            ("all", _("All columns"), TicketResource().headers),
        ),
    }
    if count and count > limits.XLSX_TICKETS.amount:
        context["cut"] = limits.XLSX_TICKETS.sentence(intcomma(limits.XLSX_TICKETS.amount))
    return render(request, "ui/export_page.html", context)


def _keys(request: SignedIn) -> Sequence[int]:
    """The keys of the tickets that the list shows, all pages of them, in its order."""
    listed = all_listed(request.user, request.GET)
    tickets, found = listed.qs, listed.found
    if is_ranked(request.GET, found):
        first = found.ranked + 1  # with the one whose number is asked for
        best = best_first(found.tickets, found.words, found.ranked, number_in(request.GET["text"]))(0, first)
        keys = array("q", best)
        keys.extend(keys_of(found.tickets.exclude(pk__in=best).order_by(*NEWEST_FIRST)))
        return keys
    table = TicketTable(tickets, extra_columns=own_columns())
    if sort := sort_of(request.GET):
        table.order_by = sort
    return keys_of(table.data.data)
