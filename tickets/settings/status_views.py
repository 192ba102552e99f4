"""The form of a custom status, and its place among the others (T20)."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from helpdesk.ui.ids import row_id
from recipients.users.access import SignedIn, administrator_of_all_required
from tickets.models import Substatus
from tickets.models.setup.colour import Colour
from tickets.models.setup.substatus import Shape
from tickets.models.work.states import SETTABLE, labelled


class StatusForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A custom status. What it is a kind of stays, as tickets are counted by it."""

    class Meta:
        model = Substatus
        fields = ["name", "status", "mark", "colour", "who", "needs_reason", "is_active"]
        widgets = {"who": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_kind = ("", _("Same as the status it is a kind of"))
        for name, choices in (("mark", Shape.choices), ("colour", Colour.choices)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [as_kind, *choices]
        status = self.fields["status"]
        assert isinstance(status, forms.ChoiceField)
        if self.instance._state.adding:
            status.choices = labelled(SETTABLE)
        else:
            del self.fields["status"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def save(self, commit: bool = True) -> Substatus:
        row: Substatus = self.instance
        if row._state.adding:
            row.position = Substatus.objects.count() + 1
        super().save(commit)
        return row


@require_POST
@administrator_of_all_required
def move(request: SignedIn, pk: int) -> HttpResponse:
    """Put a status `before` another one, at the end if that is empty; without it one place up."""
    with transaction.atomic():
        rows = list(Substatus.objects.select_for_update())
        row = get_object_or_404(Substatus, pk=pk)
        place = rows.index(row)
        rows.remove(row)
        if "before" in request.POST:
            before = row_id(request.POST["before"])
            place = next((at for at, each in enumerate(rows) if each.pk == before), len(rows))
        else:
            place = max(place - 1, 0)
        rows.insert(place, row)
        for position, each in enumerate(rows, start=1):
            each.position = position
            each.save(update_fields=["position"])
    return redirect("settings:statuses")
