"""Addresses of the settings about tickets and of the users with their queues, in the namespace `settings`."""

from django.urls import path, reverse_lazy
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.pages import DeletePage, FormPage, Link, ShortListPage
from recipients.users.access import administrator_of_all_required, administrator_required
from tickets.fields.views import CustomFieldForm
from tickets.hours import views as hours
from tickets.macros.pages import ReplyDeletion, ReplyList, ReplyPage
from tickets.models import Category, CustomField, Rule, Substatus
from tickets.rules import views as rules
from tickets.satisfaction import views as satisfaction
from tickets.service_levels import views as service_levels
from tickets.settings import priority_views, recognition_views, status_views, wording_views
from tickets.settings import views as settings
from tickets.settings.category_forms import CategoryForm
from tickets.settings.status_views import StatusForm
from tickets.settings.user_views import UserPage

user = administrator_required(UserPage.as_view())
categories = administrator_of_all_required(
    ShortListPage.as_view(
        model=Category,
        template_name="tickets/settings/category_list.html",
        title=_("Categories"),
        link=Link("settings:category_add", _("New category"), "plus"),
        icon="shapes",
        nothing=_("No categories yet"),
        nothing_text=_("Categories say what tickets are about. A queue can set one for its new tickets."),
    )
)
category = administrator_of_all_required(
    FormPage.as_view(
        model=Category,
        form_class=CategoryForm,
        success_url=reverse_lazy("settings:categories"),
        list_title=_("Categories"),
        new_title=_("New category"),
        edit_title=_("Edit category"),
        saved=_("The category %(category)s was saved."),
    )
)
category_delete = administrator_of_all_required(
    DeletePage.as_view(
        model=Category,
        success_url=reverse_lazy("settings:categories"),
        deleted=_("The category %(category)s was deleted."),
        refused=_("%(category)s is in use, or has other categories below it. Stop offering it instead."),
    )
)
custom_fields = administrator_of_all_required(
    ShortListPage.as_view(
        queryset=CustomField.objects.prefetch_related("queues"),
        template_name="tickets/fields/field_list.html",
        title=_("Fields"),
        link=Link("settings:custom_field_add", _("New field"), "plus"),
        icon="text-cursor-input",
        nothing=_("No custom fields yet"),
        nothing_text=_("What you record about tickets and customers: a serial number, a date, a choice."),
    )
)
custom_field = administrator_of_all_required(
    FormPage.as_view(
        model=CustomField,
        form_class=CustomFieldForm,
        success_url=reverse_lazy("settings:custom_fields"),
        list_title=_("Fields"),
        new_title=_("New field"),
        edit_title=_("Edit field"),
        saved=_("The field %(customfield)s was saved."),
    )
)
custom_field_delete = administrator_of_all_required(
    DeletePage.as_view(
        model=CustomField,
        success_url=reverse_lazy("settings:custom_fields"),
        deleted=_("The field %(customfield)s was deleted."),
    )
)
statuses = administrator_of_all_required(
    ShortListPage.as_view(
        model=Substatus,
        template_name="tickets/settings/status_list.html",
        title=_("Statuses"),
        link=Link("settings:status_add", _("New status"), "plus"),
        icon="circle-dot",
        nothing=_("No custom statuses yet"),
        nothing_text=_("Each is a kind of Open, Waiting, Solved or Closed, such as “With the supplier”."),
    )
)
status = administrator_of_all_required(
    FormPage.as_view(
        model=Substatus,
        form_class=StatusForm,
        success_url=reverse_lazy("settings:statuses"),
        list_title=_("Statuses"),
        new_title=_("New status"),
        edit_title=_("Edit status"),
        saved=_("The status %(substatus)s was saved."),
    )
)
status_delete = administrator_of_all_required(
    DeletePage.as_view(
        model=Substatus,
        success_url=reverse_lazy("settings:statuses"),
        deleted=_("The status %(substatus)s was deleted."),
        refused=_("Tickets have the status %(substatus)s. Stop offering it instead."),
    )
)
canned_replies = administrator_of_all_required(
    ReplyList.as_view(title=_("Canned replies"), link=Link("settings:canned_reply_add", _("New canned reply"), "plus"))
)
canned_reply = administrator_of_all_required(
    ReplyPage.as_view(success_url=reverse_lazy("settings:canned_replies"), list_title=_("Canned replies"))
)
canned_reply_delete = administrator_of_all_required(
    ReplyDeletion.as_view(success_url=reverse_lazy("settings:canned_replies"))
)
rule_over_time = administrator_of_all_required(rules.OverTimePage.as_view())
rule_delete = administrator_of_all_required(
    DeletePage.as_view(
        queryset=Rule.objects.filter(is_default=False),
        context_object_name="rule",
        success_url=reverse_lazy("settings:rules"),
        deleted=_("The rule was deleted: %(rule)s."),
    )
)
priorities = administrator_of_all_required(priority_views.PriorityList.as_view())
priority = administrator_of_all_required(priority_views.PriorityPage.as_view())

urlpatterns = [
    path("tickets/", settings.ticket_settings, name="tickets"),
    path("categories/", categories, name="categories"),
    path("categories/new/", category, name="category_add"),
    path("categories/<int:pk>/", category, name="category"),
    path("categories/<int:pk>/delete/", category_delete, name="category_delete"),
    path("priorities/", priorities, name="priorities"),
    path("priorities/new/", priority, name="priority_add"),
    path("priorities/<int:level>/", priority, name="priority"),
    path("priorities/<int:level>/raise/", priority_views.raise_level, name="priority_raise"),
    path("priorities/<int:level>/delete/", priority_views.remove, name="priority_delete"),
    path("fields/", custom_fields, name="custom_fields"),
    path("fields/new/", custom_field, name="custom_field_add"),
    path("fields/<int:pk>/", custom_field, name="custom_field"),
    path("fields/<int:pk>/delete/", custom_field_delete, name="custom_field_delete"),
    path("service-levels/", service_levels.service_levels, name="service_levels"),
    path("service-levels/new/", service_levels.service_level, name="service_level_add"),
    path("service-levels/preview/", service_levels.service_level_preview, name="service_level_preview"),
    path("service-levels/report/", service_levels.service_level_report, name="service_level_report"),
    path("service-levels/<int:pk>/", service_levels.service_level, name="service_level"),
    path("service-levels/<int:pk>/delete/", service_levels.service_level_delete, name="service_level_delete"),
    path("satisfaction/", satisfaction.report, name="satisfaction"),
    path("statuses/", statuses, name="statuses"),
    path("statuses/new/", status, name="status_add"),
    path("statuses/<int:pk>/", status, name="status"),
    path("statuses/<int:pk>/move/", status_views.move, name="status_move"),
    path("statuses/<int:pk>/delete/", status_delete, name="status_delete"),
    path("replies/", canned_replies, name="canned_replies"),
    path("replies/new/", canned_reply, name="canned_reply_add"),
    path("replies/<int:pk>/", canned_reply, name="canned_reply"),
    path("replies/<int:pk>/delete/", canned_reply_delete, name="canned_reply_delete"),
    path("rules/", administrator_of_all_required(rules.RuleList.as_view()), name="rules"),
    path("rules/over-time/", administrator_of_all_required(rules.OverTimeList.as_view()), name="rules_over_time"),
    path("rules/over-time/new/", rule_over_time, name="rule_over_time_add"),
    path("rules/over-time/<int:pk>/", rule_over_time, name="rule_over_time"),
    path("rules/<int:pk>/move/", rules.move, name="rule_move"),
    path("rules/<int:pk>/switch/", rules.switch, name="rule_switch"),
    path("rules/<int:pk>/delete/", rule_delete, name="rule_delete"),
    path("recognition/", recognition_views.recognition, name="recognition"),
    path("recognition/tickets/", recognition_views.rematch, name="rematch"),
    path("queues/<int:pk>/wording/", wording_views.wordings, name="wordings"),
    path("queues/<int:pk>/wording/<str:kind>/", wording_views.wording, name="wording"),
    path("days-off/", hours.holiday_calendars, name="holiday_calendars"),
    path("days-off/new/", hours.holiday_calendar, name="holiday_calendar_add"),
    path("days-off/<int:pk>/", hours.holiday_calendar, name="holiday_calendar"),
    path("days-off/<int:pk>/renew/", hours.holiday_calendar_renew, name="holiday_calendar_renew"),
    path("days-off/<int:pk>/delete/", hours.holiday_calendar_delete, name="holiday_calendar_delete"),
    path("users/new/", user, name="user_add"),
    path("users/<int:pk>/", user, name="user"),
]
