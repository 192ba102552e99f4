"""The Recipients page: the list, its columns, and the sender's name (R01, R14, R32)."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk import limits
from helpdesk.ui.back import back
from helpdesk.ui.chips import chips
from helpdesk.ui.columns import choose, chosen, hide, may_fold
from helpdesk.ui.filters import typed
from helpdesk.ui.pagination import paged
from recipients.addresses.feedback import one_or_many, tell
from recipients.addresses.filters import RecipientFilter
from recipients.addresses.forms import NameForm
from recipients.addresses.row_facts import Facts
from recipients.addresses.tables import FOLDING, RECIPIENT_COLUMNS, RecipientTable
from recipients.decisions import actions
from recipients.models import Recipient
from recipients.users.access import SignedIn, agent_required, visible_recipients


@require_GET
@agent_required
def recipient_list(request: SignedIn) -> HttpResponse:
    narrowed = RecipientFilter(request.GET, visible_recipients(request.user), user=request.user)
    columns = chosen(request.user, "recipients", RECIPIENT_COLUMNS)
    table = RecipientTable(narrowed.qs)
    hide(table, (name for name in RECIPIENT_COLUMNS if name not in columns))
    paged(request, table, rows_of=_rows, limit=limits.LIST_TIME if typed(narrowed) else None)
    table.folding = may_fold(request.user, "recipients", FOLDING)
    Facts(request.user, [*columns, "unpaired"]).add_to(row.record for row in table.page.object_list)
    context: dict[str, Any] = {
        "filter": narrowed,
        "chips": chips(narrowed),
        "table": table,
        "columns_url": reverse("recipients:columns"),
        "columns": [(name, RecipientTable.base_columns[name], name in columns) for name in RECIPIENT_COLUMNS],
    }
    return render(request, "recipients/addresses/list.html", context)


def _rows(keys: QuerySet[Recipient, Any] | list[int]) -> QuerySet[Recipient]:
    return Recipient.objects.filter(pk__in=keys).select_related("customer__partner")


@require_POST
@agent_required
def columns(request: SignedIn) -> HttpResponse:
    """Remember which columns the agent wants, and go back to the list."""
    choose(request.user, "recipients", RECIPIENT_COLUMNS, request.POST.getlist("columns"))
    return redirect(back(request, reverse("recipients:list")))


@require_http_methods(["GET", "POST"])
@agent_required
def rename(request: SignedIn, pk: int) -> HttpResponse:
    """Edit the sender's name as tickets show it; the address stays (R14)."""
    recipient = get_object_or_404(visible_recipients(request.user), pk=pk)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": recipient.name})
    leave = back(request, reverse("recipients:list"))
    if form.is_valid():
        done = actions.rename(Recipient.objects.filter(pk=pk), form.cleaned_data["name"], by=request.user)
        tell(request, done, one_or_many(done, _("The name of %(address)s was changed."), ""))
        return redirect(leave)
    return render(request, "recipients/addresses/name.html", {"recipient": recipient, "form": form, "next": leave})
