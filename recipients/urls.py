"""Addresses of the pages about recipients, under `recipients/`. What moves tickets too is in `tickets.urls_pairing`."""

from django.urls import path

from recipients.addresses import decision_views, views
from recipients.exports import views as exports

app_name = "recipients"
urlpatterns = [
    path("", views.recipient_list, name="list"),
    path("columns/", views.columns, name="columns"),
    path("export/", exports.export, name="export"),
    path("print/", exports.print_view, name="print"),
    path("<int:pk>/name/", views.rename, name="rename"),
    *(path(f"{name}/", decision_views.decide, {"name": name}, name=name) for name in decision_views.DECISIONS),
]
