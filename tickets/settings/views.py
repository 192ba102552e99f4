"""The page of the ticket settings."""

from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.pages import FormPage
from recipients.users.access import administrator_of_all_required
from tickets.models import TicketSettings
from tickets.settings.forms import TicketSettingsForm


class TicketSettingsPage(FormPage):
    """The one row of them."""

    form_class = TicketSettingsForm
    template_name = "tickets/settings/tickets.html"
    success_url = reverse_lazy("settings:tickets")
    saved = _("The ticket settings were saved.")

    def get_object(self, queryset: Any = None) -> TicketSettings:
        return TicketSettings.load()


ticket_settings = administrator_of_all_required(TicketSettingsPage.as_view())
