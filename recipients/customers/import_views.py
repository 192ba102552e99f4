"""Customers from a file: what every row would change is shown first, then all of it is done, or nothing."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from helpdesk import limits
from recipients.customers.import_file import files
from recipients.customers.import_file.carry_out import carry_out
from recipients.customers.import_file.columns import COLUMNS, Further
from recipients.customers.import_file.plan import Action, Plan, RowPlan, plan
from recipients.exports import files as exporting
from recipients.users.access import SignedIn, agent_required

#: Rows of each kind that the page shows; the file of the preview has every one.
SHOWN = 500


#: The columns that a higher room adds, asked for with each request.
FurtherColumns = Callable[[], Sequence[Further]]


def _none() -> Sequence[Further]:
    return ()


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX; the first row names the columns."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )


@require_http_methods(["GET", "POST"])
@agent_required
def customer_import(request: SignedIn, further: FurtherColumns = _none) -> HttpResponseBase:
    """Upload, look at the preview, import."""
    if token := request.POST.get("token", ""):
        return _go_on(request, token, further())
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            files.refuse_large(upload.size)
            content = upload.read()
            planned = plan(files.read(upload.name, content), by=request.user, further=further())
        except ValidationError as error:
            form.add_error("file", error)
        else:
            return _preview(request, planned, files.keep(content), upload.name, further())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    columns = [*COLUMNS.values(), *(each.label for each in further())]
    return render(request, "recipients/customers/import.html", {"form": form, "columns": columns}, status=status)


def _go_on(request: SignedIn, token: str, further: Sequence[Further]) -> HttpResponseBase:
    """Import the file that was looked at, or send its preview."""
    name = request.POST.get("name", "")[:200]
    try:
        planned = plan(files.read(name, files.kept(token)), by=request.user, chosen=_chosen(request), further=further)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("customers:import")
    if request.POST.get("do") == "csv":
        answer = StreamingHttpResponse(
            exporting.as_csv(_HEADERS, map(_as_row, planned.rows)), "text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = 'attachment; filename="preview.csv"'
        return answer
    do = request.POST.get("do")
    wanted = planned.without_wrong() if do == "right" else planned
    if do not in ("import", "right") or not wanted.can_be_done:
        return _preview(request, planned, token, name, further)
    try:
        carry_out(wanted, by=request.user)
    except IntegrityError:
        messages.error(
            request, _("Somebody has changed these customers in the meantime. Please check the preview again.")
        )
        anew = plan(files.read(name, files.kept(token)), by=request.user, chosen=_chosen(request), further=further)
        return _preview(request, anew, token, name, further)
    files.forget(token)
    _tell(request, len(planned.of(Action.NEW)), len(planned.of(Action.CHANGED)))
    if left := planned.of(Action.WRONG):
        text = ngettext("%(count)d row with errors was skipped.", "%(count)d rows with errors were skipped.", len(left))
        messages.warning(request, text % {"count": len(left)})
    return redirect("customers:list")


def _chosen(request: SignedIn) -> dict[int, str]:
    """What the columns of the file mean, by their place, as it was said by hand."""
    places = range(limits.IMPORT_COLUMNS.amount)
    return {place: request.POST[f"column-{place}"] for place in places if f"column-{place}" in request.POST}


@require_http_methods(["GET"])
@agent_required
def import_template(request: SignedIn, kind: str, further: FurtherColumns = _none) -> HttpResponseBase:
    """A file with the headers alone, to be filled in; they are read in every language."""
    headers = [str(label) for label in (*COLUMNS.values(), *(each.label for each in further()))]
    answer: HttpResponseBase
    if kind == "xlsx":
        answer = FileResponse(exporting.as_xlsx(headers, [], str(_("Customers"))), content_type=exporting.XLSX)
    else:
        answer = StreamingHttpResponse(exporting.as_csv(headers, []), "text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="customers.{kind}"'
    return answer


def _preview(request: SignedIn, planned: Plan, token: str, name: str, further: Sequence[Further]) -> HttpResponse:
    kinds = [(action.value, planned.of(action)) for action in (Action.WRONG, Action.NEW, Action.CHANGED, Action.SAME)]
    context: dict[str, Any] = {
        "plan": planned,
        "columns": [
            (f"column-{place}", header, column)
            for place, (header, column) in enumerate(zip(planned.layout.headers, planned.layout.columns, strict=True))
            if header
        ],
        "choices": [*COLUMNS.items(), *((each.name, each.label) for each in further)],
        "rows": [row for _action, rows in kinds[:3] for row in rows[:SHOWN]],
        "counts": {action: len(rows) for action, rows in kinds},
        "cut": any(len(rows) > SHOWN for _action, rows in kinds[:3]),
        "shown": SHOWN,
        "token": token,
        "name": name,
    }
    wrong = not planned.can_be_done and (planned.errors or planned.of(Action.WRONG))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(request, "recipients/customers/import_preview.html", context, status=status)


def _tell(request: SignedIn, new: int, changed: int) -> None:
    added = ngettext("%(count)d customer was added.", "%(count)d customers were added.", new) % {"count": new}
    mended = ngettext("%(count)d was changed.", "%(count)d were changed.", changed) % {"count": changed}
    messages.success(request, f"{added} {mended}")


_HEADERS = ("line", "customer", "what", "changes", "errors")


def _as_row(row: RowPlan) -> list[str]:
    changes = "; ".join(f"{column}: {before} → {after}" for column, before, after in row.labelled)
    return [str(row.line), row.name, row.action.value, changes, " ".join(row.errors)]
