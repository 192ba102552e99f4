"""Which addresses have we exchanged mail with? (R01)"""

from django.http import HttpResponse
from django.shortcuts import render

from helpdesk.pagination import paged
from recipients.access import SignedIn, agent_required, visible_recipients
from recipients.filters import RecipientFilter
from recipients.tables import RecipientTable


@agent_required
def recipient_list(request: SignedIn) -> HttpResponse:
    rows = visible_recipients(request.user).select_related("customer")
    narrowed = RecipientFilter(request.GET, queryset=rows)
    table = paged(request, RecipientTable(narrowed.qs))
    return render(request, "recipients/recipient_list.html", {"filter": narrowed, "table": table})
