"""Addresses of the pages about tickets, under `portal/`; those about the visitor are in `recipients.portal.urls`."""

from django.urls import path

from tickets.portal import verify, views

app_name = "portal"
urlpatterns = [
    path("", views.request_list, name="list"),
    path("tickets/new/", views.new, name="new"),
    path("tickets/<int:number>/", views.ticket, name="ticket"),
    path("tickets/<int:number>/reply/", views.reply, name="reply"),
    path("tickets/<int:number>/solved/", views.solved, name="solved"),
    path("tickets/<int:number>/wrote/", views.wrote, name="wrote"),
    path("tickets/<int:number>/files/<int:pk>/", views.attachment, name="attachment"),
    path("verify/<str:token>/", verify.verify, name="verify"),
]
