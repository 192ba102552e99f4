"""Addresses of the settings about tickets and of the users with their queues, in the namespace `settings`."""

from django.urls import path

from recipients.users.access import administrator_required
from tickets.settings import recognition_views
from tickets.settings import views as settings
from tickets.settings.user_views import UserPage

user = administrator_required(UserPage.as_view())

urlpatterns = [
    path("tickets/", settings.ticket_settings, name="tickets"),
    path("recognition/", recognition_views.recognition, name="recognition"),
    path("recognition/tickets/", recognition_views.rematch, name="rematch"),
    path("users/new/", user, name="user_add"),
    path("users/<int:pk>/", user, name="user"),
]
