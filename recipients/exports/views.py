"""The list of recipients as a file or on paper: the rows and the columns that are shown (R33)."""

from collections.abc import Sequence

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from helpdesk import limits
from helpdesk.database.keys import keys_of
from helpdesk.database.time_limit import in_time
from helpdesk.ui.columns import chosen
from recipients.addresses.filters import RecipientFilter
from recipients.addresses.tables import RECIPIENT_COLUMNS, RecipientTable
from recipients.exports import files
from recipients.exports.resources import RecipientResource
from recipients.models.recipients import RecipientQuerySet
from recipients.users.access import SignedIn, agent_required, visible_recipients


@require_GET
@agent_required
def export(request: SignedIn) -> HttpResponseBase:
    """How many rows there are, and the choice of formats; with `format` the file itself, written as it is sent."""
    resource, kind = _resource(request), request.GET.get("format", "")
    if kind not in ("csv", "json", "xlsx"):
        return _choice(request, resource)
    keys = in_time(limits.WHOLE_TIME, lambda: keys_of(_shown(request)), otherwise=None)
    if keys is None:
        return files.not_in_time()
    return files.as_download(
        kind,
        "recipients",
        resource.headers,
        resource.rows(keys),
        title=_("Recipients"),
        most=limits.XLSX_ROWS.amount,
        names=resource.names,
    )


@require_GET
@agent_required
def print_view(request: SignedIn) -> HttpResponse:
    """A plain table, for paper or a PDF of the browser."""
    resource = _resource(request)

    def found() -> tuple[Sequence[int], int]:
        recipients = _shown(request)
        return keys_of(recipients[: limits.PRINTED_ROWS.amount]), recipients.count()

    keys, count = in_time(limits.WHOLE_TIME, found, otherwise=((), None))
    context = {
        "headers": resource.headers,
        "rows": resource.rows(keys),
        "most": limits.PRINTED_ROWS.amount,
        "count": count,
        "too_much": limits.WHOLE_TIME.sentence() if count is None else "",
    }
    return render(request, "recipients/exports/print.html", context)


def _choice(request: SignedIn, resource: RecipientResource) -> HttpResponse:
    asked = request.GET.copy()
    asked.pop("format", None)
    count = in_time(limits.WHOLE_TIME, lambda: _shown(request).count(), otherwise=None)
    if count is None:
        return render(request, "recipients/exports/export.html", {"too_much": limits.WHOLE_TIME.sentence()})
    context = {"count": count, "headers": resource.headers, "query": asked.urlencode()}
    if count > limits.XLSX_ROWS.amount:
        context["cut"] = limits.XLSX_ROWS.sentence(intcomma(limits.XLSX_ROWS.amount))
    return render(request, "recipients/exports/export.html", context)


def _shown(request: SignedIn) -> RecipientQuerySet:
    """The rows that the filter shows, all pages of them, in the order of the list."""
    narrowed = RecipientFilter(request.GET, visible_recipients(request.user), user=request.user)
    order = request.GET.getlist("sort")
    table = RecipientTable(narrowed.qs, **({"order_by": order} if order else {}))
    ordered: RecipientQuerySet = table.data.data
    return ordered


def _resource(request: SignedIn) -> RecipientResource:
    return RecipientResource(request.user, chosen(request.user, "recipients", RECIPIENT_COLUMNS))
