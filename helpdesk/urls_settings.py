"""Addresses of every setting, under `settings/`: each app brings those of what it owns."""

from django.urls import include, path

from helpdesk import views

app_name = "settings"
urlpatterns = [
    path("", views.settings_home, name="home"),
    path("", include("mailboxes.urls_settings")),
    path("", include("tickets.urls_settings")),
    path("", include("recipients.urls_settings")),
]
