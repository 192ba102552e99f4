"""The page of the authentication impact on one mailbox, read before somebody switches to enforcing."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from helpdesk.ui.pagination import paged
from mailboxes.models import Mailbox
from mailboxes.what_if.authentication_impact import impact_of_enforcing, servers_seen
from mailboxes.what_if.tables import AuthenticationImpactTable
from recipients.users.access import SignedIn, administrator_required


@administrator_required
def authentication_impact(request: SignedIn, pk: int) -> HttpResponse:
    mailbox = get_object_or_404(Mailbox, pk=pk)
    impact = impact_of_enforcing(mailbox, request.user)
    context = {
        "mailbox": mailbox,
        "impact": impact,
        "servers": servers_seen(mailbox) if not impact.by_server else [],
        "table": paged(request, AuthenticationImpactTable(impact.shown)),
    }
    return render(request, "mailboxes/what_if/authentication_impact.html", context)
