"""Sending the customer a summary of the whole conversation, shown before it leaves (T14)."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from recipients.users.access import SignedIn, agent_required
from tickets.agents.ticket_access import visible_or_404
from tickets.models import Event, Outbox, TicketSettings
from tickets.notifications.content import mail_contents
from tickets.notifications.dispatch import announce


@agent_required
@require_http_methods(["GET", "POST"])
def summary(request: SignedIn, number: int) -> HttpResponse:
    """What the requester would get; posted: they get it."""
    ticket = visible_or_404(request.user, number)
    event = Event(ticket=ticket, kind=Event.Kind.SUMMARY, agent=request.user)
    if request.method == "GET":
        mail = mail_contents(Outbox.Kind.SUMMARY, event, TicketSettings.load(), [""])[""]
        return render(request, "tickets/ticket_page/summary.html", {"ticket": ticket, "mail": mail})
    with transaction.atomic():
        sent = announce([event])
    if sent:
        messages.success(request, _("The summary was sent to %(address)s.") % {"address": sent[0].recipient})
    else:
        messages.error(request, _("There is nobody to send a summary of this ticket to."))
    return redirect("tickets:detail", number)
