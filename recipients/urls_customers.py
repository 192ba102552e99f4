"""Addresses of the pages about customers, under `customers/`."""

from django.urls import path

from recipients.customers import import_views, views
from recipients.users.access import agent_required

app_name = "customers"
urlpatterns = [
    path("", agent_required(views.CustomerList.as_view()), name="list"),
    path("new/", views.customer_edit, name="add"),
    path("import/", import_views.customer_import, name="import"),
    path("import/csv/", import_views.import_template, {"kind": "csv"}, name="import_template_csv"),
    path("import/xlsx/", import_views.import_template, {"kind": "xlsx"}, name="import_template_xlsx"),
    path("companies/", views.company_names, name="company_names"),
    path("<int:pk>/", views.customer_detail, name="detail"),
    path("<int:pk>/edit/", views.customer_edit, name="edit"),
    path("<int:pk>/authorised/", views.customer_authorised, name="authorised"),
    path("<int:pk>/authorised/<int:sender>/confirm/", views.listed_confirm, name="listed_confirm"),
    path("<int:pk>/authorised/<int:sender>/remove/", views.listed_remove, name="listed_remove"),
]
