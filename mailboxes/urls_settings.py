"""Addresses of the settings about mailboxes, the deny list, and queues with their addresses, in `settings`."""

from django.urls import path

from mailboxes.accounts import address_views
from mailboxes.accounts import views as accounts
from mailboxes.accounts.forms import QueueForm
from mailboxes.deny_list import views as deny_list
from mailboxes.what_if import authentication_views
from tickets.settings import views

urlpatterns = [
    path("mailboxes/", accounts.mailbox_list, name="mailboxes"),
    path("mailboxes/new/", accounts.mailbox_edit, name="mailbox_add"),
    path("mailboxes/new/test/", accounts.mailbox_test, name="mailbox_test_new"),
    path("mailboxes/<int:pk>/", accounts.mailbox_edit, name="mailbox"),
    path("mailboxes/<int:pk>/test/", accounts.mailbox_test, name="mailbox_test"),
    path("mailboxes/<int:pk>/fetch/", accounts.mailbox_fetch, name="mailbox_fetch"),
    path(
        "mailboxes/<int:pk>/authentication-impact/",
        authentication_views.authentication_impact,
        name="authentication_impact",
    ),
    path("mailboxes/<int:pk>/default/", accounts.mailbox_default, name="mailbox_default"),
    path("mailboxes/<int:pk>/delete/", accounts.mailbox_delete, name="mailbox_delete"),
    path("mailboxes/addresses/new/", address_views.address_edit, name="address_add"),
    path("mailboxes/addresses/<int:pk>/", address_views.address_edit, name="address"),
    path("mailboxes/addresses/<int:pk>/check/", address_views.address_check, name="address_check"),
    path("mailboxes/addresses/<int:pk>/delete/", address_views.address_delete, name="address_delete"),
    path("deny-list/", deny_list.rule_list, name="deny_rules"),
    path("deny-list/new/", deny_list.rule_edit, name="deny_rule_add"),
    path("deny-list/<int:pk>/", deny_list.rule_edit, name="deny_rule"),
    path("deny-list/<int:pk>/delete/", deny_list.rule_delete, name="deny_rule_delete"),
    path("queues/new/", views.queue_edit, {"form_class": QueueForm}, name="queue_add"),
    path("queues/<int:pk>/", views.queue_edit, {"form_class": QueueForm}, name="queue"),
]
