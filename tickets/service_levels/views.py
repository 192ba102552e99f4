"""The pages of service levels: the list, the form with its preview, and how many were met (T04, W16)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from helpdesk.ui.pages import DeletePage, FormPage, Link, ShortListPage
from recipients.users.access import SignedIn, administrator_of_all_required, administrator_required
from tickets.models import Queue, ServiceLevel, Target
from tickets.service_levels.forms import ServiceLevelForm, TrialForm, trial_of, written_times, written_warning
from tickets.service_levels.preview import preview
from tickets.service_levels.report import DAYS, kept_by_queue


class ServiceLevelPage(FormPage):
    """The form of a service level; below it, when a ticket would be due."""

    model = ServiceLevel
    form_class = ServiceLevelForm
    template_name = "tickets/service_levels/form.html"
    context_object_name = "level"
    success_url = reverse_lazy("settings:service_levels")
    list_title = _("Service levels")
    new_title = _("New service level")
    edit_title = _("Edit service level")
    saved = _("The service level %(level)s was saved. Due times follow in a moment.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "trial": TrialForm(trial_of(self.object)) if Queue.objects.exists() else None,
            "targets": list(Target),
        }


@require_GET
@administrator_of_all_required
def service_level_preview(request: SignedIn) -> HttpResponse:
    """When a ticket would be due by what the form says now, saved or not."""
    form, trial = ServiceLevelForm(request.GET), TrialForm(request.GET)
    form.is_valid()
    faults = [*trial.errors.values(), *form.faults_of_times()]
    context: dict[str, Any] = {"faults": faults}
    if not faults:
        ticket = trial.cleaned_data
        context["queue"] = ticket["queue"]
        context["dues"] = preview(form.policy(), ticket["queue"], ticket["priority"], ticket["arrives"])
    return render(request, "tickets/service_levels/_preview.html", context)


@require_GET
@administrator_required
def service_level_report(request: SignedIn) -> HttpResponse:
    """How many were met, of the tickets that one may see."""
    context = {"rows": kept_by_queue(request.user), "days": DAYS, "targets": list(Target)}
    return render(request, "tickets/service_levels/report.html", context)


class ServiceLevelList(ShortListPage):
    """Every service level, with its times as people write them."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        for row in context["object_list"]:
            row.written_times, row.written_warning = list(written_times(row)), written_warning(row)
        return context


service_levels = administrator_of_all_required(
    ServiceLevelList.as_view(
        queryset=ServiceLevel.objects.select_related("customer", "category", "queue").prefetch_related("times"),
        template_name="tickets/service_levels/list.html",
        title=_("Service levels"),
        link=Link("settings:service_level_add", _("New service level"), "plus"),
        icon="timer",
        nothing=_("No service levels yet"),
        nothing_text=_("How soon tickets are to be assigned, answered and solved, by priority, in working hours."),
    )
)
service_level = administrator_of_all_required(ServiceLevelPage.as_view())
service_level_delete = administrator_of_all_required(
    DeletePage.as_view(
        model=ServiceLevel,
        context_object_name="level",
        success_url=reverse_lazy("settings:service_levels"),
        deleted=_("The service level %(level)s was deleted."),
    )
)
