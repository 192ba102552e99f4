"""The pages of priorities: their names, order and colours (T17)."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from helpdesk.ui.pages import FormPage, Link, ShortListPage
from recipients.users.access import SignedIn, administrator_of_all_required
from tickets.agents.feedback import attempt
from tickets.models import NotAllowed, PriorityLevel
from tickets.models.setup.colour import Colour
from tickets.models.setup.priority import KEPT, Level, Mark
from tickets.settings import priorities


class PriorityForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A priority's name, mark and colour; a built-in one without a name has the translated one."""

    class Meta:
        model = PriorityLevel
        fields = ["name", "mark", "colour"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("colour", Colour.choices), ("mark", Mark.choices)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("By its place")), *choices]
        if self.instance.built_in:
            self.fields["name"].widget.attrs["placeholder"] = self.instance.as_level().name
            self.fields["name"].help_text = _("Empty: the usual name, in each person's language.")
        else:
            self.fields["name"].required = True

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        others = [each.name.casefold() for each in KEPT.renew().values() if each.level != self.instance.level]
        if name.casefold() in others:
            raise ValidationError(_t("A priority with this name already exists."))
        return name


class PriorityList(ShortListPage):
    """The priorities, the highest first."""

    template_name = "tickets/settings/priority_list.html"
    title = _("Priorities")
    link = Link("settings:priority_add", _("New priority"), "plus")

    def get_queryset(self) -> Any:
        return sorted(KEPT.renew().values(), key=lambda level: -level.level)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"highest": max(KEPT.renew())}


class PriorityPage(FormPage):
    """The form of a priority, or of a new one above all others."""

    model = PriorityLevel
    context_object_name = "priority"
    form_class = PriorityForm
    success_url = reverse_lazy("settings:priorities")
    list_title = _("Priorities")
    new_title = _("New priority")
    edit_title = _("Edit priority")
    saved = _("The priority %(priority)s was saved.")

    def get_object(self, queryset: Any = None) -> PriorityLevel:
        """An unsaved one where nobody has changed it. Raises Http404."""
        if "level" not in self.kwargs:
            return PriorityLevel()
        known: Level | None = KEPT.renew().get(self.kwargs["level"])
        if known is None:
            raise Http404
        row = PriorityLevel.objects.filter(level=known.level).first()
        return row or PriorityLevel(level=known.level, built_in=known.built_in)

    def form_valid(self, form: Any) -> HttpResponse:
        if form.instance.level is None:
            try:
                form.instance.level = priorities.next_level()
            except NotAllowed as error:
                form.add_error(None, str(error))
                return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return super().form_valid(form)


@require_POST
@administrator_of_all_required
def raise_level(request: SignedIn, level: int) -> HttpResponse:
    """Exchange a priority with the next higher one."""
    priorities.raise_one(level)
    return redirect("settings:priorities")


@require_POST
@administrator_of_all_required
def remove(request: SignedIn, level: int) -> HttpResponse:
    """Delete a priority that nothing has."""
    if level in KEPT.renew() and not PriorityLevel.objects.filter(level=level).exists():
        row = PriorityLevel(level=level, built_in=level)
    else:
        row = get_object_or_404(PriorityLevel, level=level)
    done = _t("The priority %(priority)s was deleted.") % {"priority": row}
    attempt(request, lambda: priorities.remove(row), done)
    return redirect("settings:priorities")
