"""Addresses of the pages about customers, under `customers/`."""

from django.urls import path

from recipients.views import customers, imports

app_name = "customers"
urlpatterns = [
    path("", customers.customer_list, name="list"),
    path("new/", customers.customer_edit, name="add"),
    path("import/", imports.customer_import, name="import"),
    path("companies/", customers.company_names, name="company_names"),
    path("<int:pk>/", customers.customer_detail, name="detail"),
    path("<int:pk>/edit/", customers.customer_edit, name="edit"),
    path("<int:pk>/authorised/", customers.customer_authorised, name="authorised"),
    path("<int:pk>/authorised/<int:sender>/confirm/", customers.listed_confirm, name="listed_confirm"),
    path("<int:pk>/authorised/<int:sender>/remove/", customers.listed_remove, name="listed_remove"),
]
