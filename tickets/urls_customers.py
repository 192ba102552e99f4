"""Addresses of the pages about customers, under `customers/`; those about all of them have custom fields."""

from django.urls import path

from recipients.customers import import_views
from recipients.urls_customers import urlpatterns as about_one
from recipients.users.access import agent_required
from tickets.fields import customers

app_name = "customers"
further = {"further": customers.further_columns}
urlpatterns = [
    path("", agent_required(customers.CustomerPage.as_view()), name="list"),
    path("columns/", customers.columns, name="columns"),
    path("export/", customers.export, name="export"),
    path("import/", import_views.customer_import, further, name="import"),
    path("import/csv/", import_views.import_template, {"kind": "csv", **further}, name="import_template_csv"),
    path("import/xlsx/", import_views.import_template, {"kind": "xlsx", **further}, name="import_template_xlsx"),
    *about_one,
]
