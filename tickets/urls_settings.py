"""Addresses of the settings about tickets and of the users with their queues, in the namespace `settings`."""

from django.urls import path

from recipients.users import views
from tickets.settings import recognition_views
from tickets.settings import views as settings
from tickets.settings.forms import UserForm

urlpatterns = [
    path("tickets/", settings.ticket_settings, name="tickets"),
    path("queues/", settings.queue_list, name="queues"),
    path("recognition/", recognition_views.recognition, name="recognition"),
    path("recognition/tickets/", recognition_views.rematch, name="rematch"),
    path("users/new/", views.user_edit, {"form_class": UserForm}, name="user_add"),
    path("users/<int:pk>/", views.user_edit, {"form_class": UserForm}, name="user"),
]
