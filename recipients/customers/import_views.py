"""Customers from a file: what every row would change is shown first, then all of it is done, or nothing."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from recipients.customers.import_file import files
from recipients.customers.import_file.carry_out import carry_out
from recipients.customers.import_file.plan import COLUMNS, Action, Plan, RowPlan, plan
from recipients.exports import files as exporting
from recipients.users.access import SignedIn, agent_required

#: Rows of each kind that the page shows; the file of the preview has every one.
SHOWN = 500


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX; the first row names the columns."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )


@require_http_methods(["GET", "POST"])
@agent_required
def customer_import(request: SignedIn) -> HttpResponseBase:
    """Upload, look at the preview, import."""
    if token := request.POST.get("token", ""):
        return _go_on(request, token)
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            files.refuse_large(upload.size)
            content = upload.read()
            planned = plan(*files.read(upload.name, content), by=request.user)
        except ValidationError as error:
            form.add_error("file", error)
        else:
            return _preview(request, planned, files.keep(content), upload.name)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "recipients/customers/import.html", {"form": form, "columns": list(COLUMNS)}, status=status)


def _go_on(request: SignedIn, token: str) -> HttpResponseBase:
    """Import the file that was looked at, or send its preview."""
    name = request.POST.get("name", "")[:200]
    try:
        planned = plan(*files.read(name, files.kept(token)), by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("customers:import")
    if request.POST.get("do") == "csv":
        answer = StreamingHttpResponse(
            exporting.as_csv(_HEADERS, map(_as_row, planned.rows)), "text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = 'attachment; filename="preview.csv"'
        return answer
    if not planned.can_be_done:
        return _preview(request, planned, token, name)
    try:
        carry_out(planned, by=request.user)
    except IntegrityError:
        messages.error(request, _("Somebody changed these customers in the meantime. Look at the preview again."))
        return _preview(request, plan(*files.read(name, files.kept(token)), by=request.user), token, name)
    files.forget(token)
    _tell(request, len(planned.of(Action.NEW)), len(planned.of(Action.CHANGED)))
    return redirect("customers:list")


def _preview(request: SignedIn, planned: Plan, token: str, name: str) -> HttpResponse:
    kinds = [(action.value, planned.of(action)) for action in (Action.WRONG, Action.NEW, Action.CHANGED, Action.SAME)]
    context: dict[str, Any] = {
        "plan": planned,
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
    changes = "; ".join(f"{column}: {before} → {after}" for column, before, after in row.changes)
    return [str(row.line), row.name, row.action.value, changes, " ".join(row.errors)]
