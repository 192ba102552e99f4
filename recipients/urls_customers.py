"""Addresses of the pages about one customer, under `customers/`; those about all of them are in `tickets`.

There customers have custom fields.
"""

from django.urls import path

from recipients.customers import views

urlpatterns = [
    path("new/", views.customer_edit, name="add"),
    path("companies/", views.company_names, name="company_names"),
    path("<int:pk>/", views.customer_detail, name="detail"),
    path("<int:pk>/edit/", views.customer_edit, name="edit"),
    path("<int:pk>/authorised/", views.customer_authorised, name="authorised"),
    path("<int:pk>/authorised/<int:sender>/confirm/", views.listed_confirm, name="listed_confirm"),
    path("<int:pk>/authorised/<int:sender>/remove/", views.listed_remove, name="listed_remove"),
]
