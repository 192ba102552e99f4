"""Addresses of the pages about the visitor, under `portal/`; those about tickets are in `tickets.portal.urls`."""

from django.urls import URLPattern

app_name = "portal_account"
urlpatterns: list[URLPattern] = []
