"""The pages of the calendars of days off (T04)."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.ui.pages import DeletePage, FormPage, Link, ShortListPage
from recipients.users.access import SignedIn, administrator_of_all_required
from tickets.hours import national
from tickets.hours.forms import HolidayCalendarForm
from tickets.models import HolidayCalendar
from tickets.models.service_level import recheck_soon


class HolidayCalendarPage(FormPage):
    """The form of a calendar; a new one has its days once its country is saved, so it comes again."""

    model = HolidayCalendar
    form_class = HolidayCalendarForm
    template_name = "tickets/hours/holiday_calendar.html"
    context_object_name = "calendar"
    list_title = gettext_lazy("Days off")
    new_title = gettext_lazy("New calendar")
    edit_title = gettext_lazy("Edit calendar")
    saved = gettext_lazy("The calendar %(calendar)s was saved.")
    success_url = reverse_lazy("settings:holiday_calendars")

    def get_success_url(self) -> str:
        return reverse("settings:holiday_calendar", args=[self.object.pk])


@administrator_of_all_required
@require_POST
def holiday_calendar_renew(request: SignedIn, pk: int) -> HttpResponse:
    """Read the public holidays anew; what somebody ticked off stays so."""
    calendar = get_object_or_404(HolidayCalendar, pk=pk)
    national.renew(calendar)
    calendar.save()
    recheck_soon()
    messages.success(request, _("The public holidays of %(calendar)s are up to date.") % {"calendar": calendar})
    return redirect("settings:holiday_calendar", pk)


holiday_calendars = administrator_of_all_required(
    ShortListPage.as_view(
        queryset=HolidayCalendar.objects.annotate(queue_count=Count("queues")),
        template_name="tickets/hours/holiday_calendar_list.html",
        title=gettext_lazy("Days off"),
        link=Link("settings:holiday_calendar_add", gettext_lazy("New calendar"), "plus"),
        icon="calendar-off",
        nothing=gettext_lazy("No days off yet"),
        nothing_text=gettext_lazy(
            "A calendar holds the public holidays of a country or region, and days of your own. Queues "
            "that use it are closed on these days."
        ),
    )
)
holiday_calendar = administrator_of_all_required(HolidayCalendarPage.as_view())
holiday_calendar_delete = administrator_of_all_required(
    DeletePage.as_view(
        model=HolidayCalendar,
        context_object_name="calendar",
        success_url=reverse_lazy("settings:holiday_calendars"),
        deleted=gettext_lazy("The calendar %(calendar)s was deleted. Its queues now have no days off."),
    )
)
