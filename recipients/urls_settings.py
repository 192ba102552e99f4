"""Addresses of the settings about people, in the namespace `settings`."""

from django.urls import path

from recipients.views import settings, users

urlpatterns = [
    path("users/", users.user_list, name="users"),
    path("users/<int:pk>/password/", users.user_password, name="user_password"),
    path("users/<int:pk>/invite/", users.user_invite, name="user_invite"),
    path("partners/", settings.partner_list, name="partners"),
    path("partners/new/", settings.partner_edit, name="partner_add"),
    path("partners/<int:pk>/", settings.partner_edit, name="partner"),
    path("partners/<int:pk>/delete/", settings.partner_delete, name="partner_delete"),
]
