"""Addresses of what is decided about addresses and moves tickets, under `recipients/`."""

from django.urls import path

from tickets.views import pairing, recipient

app_name = "pairing"
urlpatterns = [
    path("pair/", pairing.pair, name="pair"),
    path("unpair/", pairing.unpair, name="unpair"),
    path("undo/<uuid:batch>/", pairing.undo, name="undo"),
    path("<int:pk>/", recipient.recipient, name="recipient"),
]
