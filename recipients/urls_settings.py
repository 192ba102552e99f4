"""Addresses of the settings about people, in the namespace `settings`."""

from django.urls import path

from recipients.users import partners, views

urlpatterns = [
    path("users/", views.user_list, name="users"),
    path("users/<int:pk>/password/", views.user_password, name="user_password"),
    path("users/<int:pk>/invite/", views.user_invite, name="user_invite"),
    path("partners/", partners.partner_list, name="partners"),
    path("partners/new/", partners.partner_edit, name="partner_add"),
    path("partners/<int:pk>/", partners.partner_edit, name="partner"),
    path("partners/<int:pk>/delete/", partners.partner_delete, name="partner_delete"),
]
