"""The form below the list of tickets that changes many of them at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from recipients.models import User
from tickets.models import Queue, Status, Ticket
from tickets.models.work.states import SETTABLE, labelled
from tickets.ticket_list.filters import ME, NOBODY


class BulkForm(forms.Form):
    """What to do with the selected tickets; what is left empty stays as it is."""

    assignee = forms.ChoiceField(label=_("Assign to"), required=False)
    status = forms.ChoiceField(
        label=_("Set status"), required=False, choices=[("", _("Set status…")), *labelled(SETTABLE)]
    )
    queue = forms.ModelChoiceField(
        label=_("Move to"), required=False, queryset=Queue.objects.all(), empty_label=_("Move to…")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agents = {str(agent.pk): agent for agent in User.objects.filter(is_active=True)}
        names = [(key, str(agent)) for key, agent in self.agents.items()]
        field = self.fields["assignee"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Assign to…")), (ME, _("Me")), (NOBODY, _("Nobody")), *names]

    def apply_to(self, ticket: Ticket, *, by: User) -> None:
        """Do to `ticket` what was chosen. Raises NotAllowed or ValidationError with a sentence."""
        if chosen := self.cleaned_data["assignee"]:
            ticket.assign(by if chosen == ME else self.agents.get(chosen), by=by)
        if status := self.cleaned_data["status"]:
            ticket.set_status(Status(status), by=by)
        if queue := self.cleaned_data["queue"]:
            ticket.move(queue, by=by)
