"""The forms of a ticket's page."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import typed
from recipients.models import User
from tickets.agents.category_field import offer_categories
from tickets.agents.feedback import tag_names, told
from tickets.drafts.files import RichTextForm
from tickets.fields.inputs import add_inputs, stored
from tickets.models import Category, Comment, Queue, Status, Ticket
from tickets.models.setup.custom_field import custom_fields
from tickets.models.setup.priority import priority_choices
from tickets.models.setup.substatus import status_choices, substatuses
from tickets.models.work.visibility import watchers


class AssigneeField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Who may have a ticket; who is away says so."""

    def label_from_instance(self, obj: User) -> str:
        return gettext("%(name)s (away)") % {"name": obj} if obj.is_away else str(obj)


class PropertiesForm(forms.Form):
    """Status, priority, category, queue, assignee and tags of a ticket; only what differs is changed."""

    #: The key that leads to a field.
    KEYS = {"priority": "p", "queue": "v", "assignee": "a", "tags": "l"}

    status = forms.ChoiceField(label=_("Status"))
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)
    priority = forms.TypedChoiceField(label=_("Priority"), choices=priority_choices, coerce=int)
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.all(), required=False, empty_label=_("No category")
    )
    queue = forms.ModelChoiceField(label=_("Queue"), queryset=Queue.objects.all(), empty_label=None)
    assignee = AssigneeField(label=_("Assignee"), queryset=User.objects.none(), required=False, empty_label=_("Nobody"))
    tags = forms.CharField(
        label=_("Tags"), required=False, max_length=500, help_text=_("Separated by commas."), empty_value=""
    )

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("initial", self._values(ticket))
        super().__init__(*args, **kwargs)
        status, assignee = self.fields["status"], self.fields["assignee"]
        assert isinstance(status, forms.ChoiceField)
        assert isinstance(assignee, forms.ModelChoiceField)
        status.choices = status_choices(administrator=user.is_administrator, now=ticket.status_value)
        if not self._needs_reason(ticket):
            del self.fields["reason"]
        assignee.queryset = watchers(ticket)
        queue = self.fields["queue"]
        assert isinstance(queue, forms.ModelChoiceField)
        queue.choices = [(each.pk, str(each)) for each in Queue.objects.all()]  # a select asks for its choices twice
        offer_categories(self, ticket.category_id)
        self.own_fields = custom_fields(queue=ticket.queue_id)
        add_inputs(self, self.own_fields, ticket.own_fields)
        for name, key in self.KEYS.items():
            self.fields[name].widget.attrs["data-shortcut"] = key
        self.fields["tags"].widget.attrs |= {"data-when-left": "", "data-words": "all-tags", "autocomplete": "off"}

    def _needs_reason(self, ticket: Ticket) -> bool:
        """Whether a status is chosen that needs one."""
        own = next((each for each in substatuses().values() if each.value == self.data.get("status")), None)
        return bool(own and own.needs_reason and own.pk != ticket.substatus_id)

    @staticmethod
    def _values(ticket: Ticket) -> dict[str, Any]:
        tags = ", ".join(tag.name for tag in ticket.tags.all())
        return {
            "status": ticket.status_value,
            "priority": ticket.priority,
            "category": ticket.category_id,
            "queue": ticket.queue_id,
            "assignee": ticket.assignee_id,
            "tags": tags,
        }

    @property
    def shown(self) -> dict[str, str]:
        """What the page shows, as hidden fields: it comes back with what is changed there."""
        return {f"shown_{name}": "" if value is None else str(value) for name, value in self.initial.items()}

    @cached_property
    def changed_data(self) -> list[str]:
        """What differs from the ticket, but for what is as the page showed it: a colleague has changed that since."""
        return [name for name in super().changed_data if self.data.get(f"shown_{name}", self) != self.data.get(name)]

    def said(self) -> str:
        """What was changed, as the agent is told: "Status: Solved · Priority: High"."""
        return told({str(self.fields[name].label): self._display(name) for name in self.changed_data})

    def _display(self, name: str) -> str:
        value, field = self.cleaned_data[name], self.fields[name]
        if name == "tags":
            return ", ".join(self._tags()) or "—"
        if isinstance(field, forms.ModelChoiceField):
            return str(value or field.empty_label or "")
        if name.startswith("field_"):
            own = next(each for each in self.own_fields if each.key == name)
            return own.shown(stored(self, [own], None).get(own.key)) or "—"
        choices = dict(getattr(field, "choices", ()))
        return str(choices.get(value, value) or "—")

    def _tags(self) -> list[str]:
        return tag_names(self.cleaned_data["tags"])

    def apply_to(self, ticket: Ticket, *, by: User) -> None:
        """Call the verb of each field that was changed. Raises NotAllowed or ValidationError with a sentence."""
        new = self.cleaned_data
        if any(field.key in self.changed_data for field in self.own_fields):  # first: solving may need them
            ticket.set_fields(stored(self, self.own_fields, ticket.own_fields), by=by)
        if "assignee" in self.changed_data:
            ticket.assign(new["assignee"], by=by)
        if "status" in self.changed_data:
            ticket.set_status(new["status"], by=by, reason=new.get("reason", ""))
        if "priority" in self.changed_data:
            ticket.set_priority(new["priority"], by=by)
        if "category" in self.changed_data:
            ticket.set_category(new["category"], by=by)
        if "tags" in self.changed_data:
            ticket.set_tags(self._tags(), by=by)
        if "queue" in self.changed_data:
            ticket.move(new["queue"], by=by)


class AddressListField(forms.CharField):
    """Email addresses, apart by commas, semicolons or white space; the value is the normalised ones, each once.

    `Name <address>`, as mail programs copy it, counts as the address.
    """

    def to_python(self, value: Any) -> Any:
        words: list[str] = []
        for part in re.split(r"[,;\n]", str(value or "")):
            named = re.fullmatch(r"[^@<>]*<([^<>]*)>\s*", part)
            words += [named[1].strip()] if named else part.split()
        wrong = [word for word in words if not typed(word)]
        if wrong:
            given = ", ".join(f"“{word}”" for word in wrong)
            raise ValidationError(gettext("This is not an email address: %(given)s.") % {"given": given})
        return list(dict.fromkeys(typed(word) for word in words))


class ParticipantsForm(forms.Form):
    """Who gets a copy of every answer."""

    addresses = AddressListField(label=_("Cc"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ComposerForm(RichTextForm):
    """A reply or an internal note."""

    KINDS = (("reply", _("Reply")), ("note", _("Note")))
    #: The status after an answer, and the button that sends it with that.
    THEN = ((Status.WAITING, _("Send as waiting")), (Status.SOLVED, _("Send as solved")))

    #: Messages that came in while this one was written.
    newer: Sequence[Comment] = ()

    kind = forms.ChoiceField(choices=KINDS)
    to = AddressListField(label=_("To"), required=False)
    cc = AddressListField(label=_("Cc"), required=False)
    bcc = AddressListField(label=_("Bcc"), required=False)
    then = forms.ChoiceField(choices=[("", ""), *THEN], required=False)
    seen = forms.IntegerField(min_value=0, required=False)
    forwards = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)

    @property
    def is_note(self) -> bool:
        return bool(self.cleaned_data.get("kind") == "note")
