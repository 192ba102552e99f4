"""The list of recipients as a file or on paper: the rows and the columns that are shown (R33)."""

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from helpdesk import limits
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
    recipients, resource = _shown(request), _resource(request)
    rows, name = resource.rows(recipients), f"recipients-{timezone.localdate():%Y-%m-%d}"
    match request.GET.get("format"):
        case "csv":
            lines = files.as_asked(files.as_csv(resource.headers, rows))
            answer = StreamingHttpResponse(lines, "text/csv; charset=utf-8")
        case "json":
            lines = files.as_asked(files.as_json(resource.names, rows))
            answer = StreamingHttpResponse(lines, "application/json")
        case "xlsx":
            file = files.as_xlsx(resource.headers, rows, _("Recipients"), limits.XLSX_ROWS.amount)
            return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=files.XLSX)
        case _:
            return _choice(request, recipients, resource)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{request.GET["format"]}"'
    return answer


@require_GET
@agent_required
def print_view(request: SignedIn) -> HttpResponse:
    """A plain table, for paper or a PDF of the browser."""
    recipients, resource = _shown(request), _resource(request)
    context = {
        "headers": resource.headers,
        "rows": resource.rows(recipients[: limits.PRINTED_ROWS.amount]),
        "most": limits.PRINTED_ROWS.amount,
        "count": recipients.count(),
    }
    return render(request, "recipients/exports/print.html", context)


def _choice(request: SignedIn, recipients: RecipientQuerySet, resource: RecipientResource) -> HttpResponse:
    asked = request.GET.copy()
    asked.pop("format", None)
    count = recipients.count()
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
