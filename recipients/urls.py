"""Addresses of the pages about recipients, under `recipients/`."""

from django.urls import path

from recipients.views import recipients

app_name = "recipients"
urlpatterns = [path("", recipients.recipient_list, name="list")]
