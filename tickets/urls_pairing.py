"""Addresses of what is decided about addresses and customers and moves tickets, under `recipients/`."""

from django.urls import path

from tickets.views import merging_customers, pairing, recipient, sharing

app_name = "pairing"
urlpatterns = [
    path("pair/", pairing.pair, name="pair"),
    path("unpair/", pairing.unpair, name="unpair"),
    path("share/", sharing.share, name="share"),
    path("undo/<uuid:batch>/", pairing.undo, name="undo"),
    path("<int:pk>/", recipient.recipient, name="recipient"),
    path("customers/<int:pk>/merge/", merging_customers.merge, name="merge"),
    path("customers/merges/<int:pk>/undo/", merging_customers.undo, name="undo_merge"),
]
