"""The page of the ticket settings."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from recipients.users.access import SignedIn, administrator_of_all_required
from tickets.models import TicketSettings
from tickets.settings.forms import TicketSettingsForm


@administrator_of_all_required
def ticket_settings(request: SignedIn) -> HttpResponse:
    form = TicketSettingsForm(request.POST or None, instance=TicketSettings.load())
    if form.is_valid():
        form.save()
        messages.success(request, _("The ticket settings were saved."))
        return redirect("settings:tickets")
    return render(request, "tickets/settings/tickets.html", {"form": form})
