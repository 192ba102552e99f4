"""Addresses of the pages about tickets, under `portal/`; those about the visitor are in `recipients.portal.urls`."""

from django.urls import URLPattern

app_name = "portal"
urlpatterns: list[URLPattern] = []
