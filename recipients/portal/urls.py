"""Addresses of the pages about the visitor, under `portal/`; those about tickets are in `tickets.portal.urls`."""

from django.urls import path

from recipients.portal import account, editing, passwords, signing_in

app_name = "portal_account"
urlpatterns = [
    path("sign-in/", signing_in.sign_in_page, name="sign_in"),
    path("sign-in/password/", passwords.sign_in_with_password, name="sign_in_password"),
    path("sign-in/<str:token>/", signing_in.open_link, name="sign_in_link"),
    path("sign-out/", signing_in.sign_out_here, name="sign_out"),
    path("language/", account.language, name="language"),
    path("account/", account.account, name="account"),
    path("account/password/", passwords.password, name="password"),
    path("account/sign-out-everywhere/", signing_in.sign_out_everywhere, name="sign_out_everywhere"),
    path("account/edit/", editing.choose, name="edit"),
    path("account/edit/<int:pk>/", editing.edit, name="edit_customer"),
]
