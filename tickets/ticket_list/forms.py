"""The form below the list of tickets that changes many of them at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from recipients.models import User
from tickets.agents.category_field import offer_categories
from tickets.agents.feedback import tag_names, told
from tickets.models import Category, Queue, Ticket
from tickets.models.setup.priority import priority_choices
from tickets.models.setup.substatus import status_choices
from tickets.ticket_list.filters import ME, NOBODY, Named
from tickets.waiting.snooze import OFFERED, ON_ANSWER, in_days


class BulkForm(forms.Form):
    """What to do with the selected tickets; what is left empty stays as it is."""

    #: The key that leads to a field, and what the field is called when it is told what was done.
    KEYS = {"assignee": "a", "queue": "v", "priority": "p", "tags": "l"}
    NAMES = {
        "assignee": _("Assignee"),
        "status": _("Status"),
        "queue": _("Queue"),
        "priority": _("Priority"),
        "category": _("Category"),
        "tags": _("Tags"),
        "snooze": _("Snoozed until"),
    }

    assignee = forms.ChoiceField(label=_("Assign to"), required=False)
    status = forms.ChoiceField(
        label=_("Set status"),
        required=False,
        choices=lambda: [("", _("Set status…")), *status_choices(administrator=True)],  # who may not is told so
    )
    queue = forms.ModelChoiceField(
        label=_("Move to"), required=False, queryset=Queue.objects.all(), empty_label=_("Move to…")
    )
    priority = forms.TypedChoiceField(
        label=_("Set priority"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=lambda: [("", _("Set priority…")), *priority_choices()],
    )
    category = forms.ModelChoiceField(
        label=_("Set category"), required=False, queryset=Category.objects.all(), empty_label=_("Set category…")
    )
    tags = forms.CharField(
        label=_("Add tags"),
        required=False,
        max_length=500,
        empty_value="",
        widget=forms.TextInput(attrs={"placeholder": _("Add tags…"), "list": "all-tags", "size": 10}),
    )

    snooze = forms.ChoiceField(
        label=_("Snooze"),
        required=False,
        choices=[("", _("Snooze…")), *OFFERED, (ON_ANSWER, _("The customer answers"))],
    )

    def __init__(self, *args: Any, user: User, named: Named | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = named or Named(user)
        self.agents = {str(agent.pk): agent for agent in named.agents}
        names = [(key, str(agent)) for key, agent in self.agents.items()]
        field = self.fields["assignee"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Assign to…")), (ME, _("Me")), (NOBODY, _("Nobody")), *names]
        queue = self.fields["queue"]
        assert isinstance(queue, forms.ModelChoiceField)
        queue.choices = [("", queue.empty_label or ""), *((each.pk, str(each)) for each in named.queues)]
        offer_categories(self)
        for name, bound in self.fields.items():
            bound.widget.attrs["aria-label"] = bound.label
            if name in self.KEYS:
                bound.widget.attrs["data-shortcut"] = self.KEYS[name]

    def apply_to(self, ticket: Ticket, *, by: User) -> None:
        """Do to `ticket` what was chosen. Raises NotAllowed or ValidationError with a sentence."""
        if chosen := self.cleaned_data["assignee"]:
            ticket.assign(by if chosen == ME else self.agents.get(chosen), by=by)
        if status := self.cleaned_data["status"]:
            ticket.set_status(status, by=by)
        if queue := self.cleaned_data["queue"]:
            ticket.move(queue, by=by)
        if priority := self.cleaned_data["priority"]:
            ticket.set_priority(priority, by=by)
        if category := self.cleaned_data.get("category"):
            ticket.set_category(category, by=by)
        if tags := tag_names(self.cleaned_data["tags"]):
            ticket.set_tags([*ticket.tags.values_list("name", flat=True), *tags], by=by)

        if snooze := self.cleaned_data["snooze"]:
            until = None if snooze == ON_ANSWER else in_days(int(snooze))
            ticket.snooze(until, on_answer=True, by=by)

    def said(self, *, by: User) -> str:
        """What was chosen, as the agent is told: "Assignee: Anna Berg · Status: Solved"."""
        return told({str(self.NAMES[name]): self._display(name, by) for name in self.changed_data})

    def _display(self, name: str, by: User) -> str:
        value, field = self.cleaned_data[name], self.fields[name]
        if name == "tags":
            return ", ".join(f"+{tag}" for tag in tag_names(value))
        if name == "assignee" and value == ME:
            return str(by)
        return str(dict(getattr(field, "choices", ())).get(value, value))
