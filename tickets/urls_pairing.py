"""Addresses of what is decided about addresses and customers and moves tickets, under `recipients/`."""

from django.urls import path

from tickets.customers import address_views, merge_views, pairing_views, sharing_views
from tickets.fields.views import customer_fields

app_name = "pairing"
urlpatterns = [
    path("pair/", pairing_views.pair, name="pair"),
    path("unpair/", pairing_views.unpair, name="unpair"),
    path("share/", sharing_views.share, name="share"),
    path("form/", sharing_views.mark_as_form, name="form"),
    path("undo/<uuid:batch>/", pairing_views.undo, name="undo"),
    path("<int:pk>/", address_views.recipient, name="recipient"),
    path("customers/<int:pk>/fields/", customer_fields, name="customer_fields"),
    path("customers/<int:pk>/merge/", merge_views.merge, name="merge"),
    path("customers/merges/<int:pk>/undo/", merge_views.undo, name="undo_merge"),
]
