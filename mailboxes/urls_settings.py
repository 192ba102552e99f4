"""Addresses of the settings about mailboxes, the deny list, and queues with their addresses, in `settings`."""

from django.urls import path

from mailboxes.forms import QueueForm
from mailboxes.views import accounts, addresses, denying, enforcing
from tickets.views import settings

urlpatterns = [
    path("mailboxes/", accounts.mailbox_list, name="mailboxes"),
    path("mailboxes/new/", accounts.mailbox_edit, name="mailbox_add"),
    path("mailboxes/new/test/", accounts.mailbox_test, name="mailbox_test_new"),
    path("mailboxes/<int:pk>/", accounts.mailbox_edit, name="mailbox"),
    path("mailboxes/<int:pk>/test/", accounts.mailbox_test, name="mailbox_test"),
    path("mailboxes/<int:pk>/fetch/", accounts.mailbox_fetch, name="mailbox_fetch"),
    path("mailboxes/<int:pk>/enforcing/", enforcing.mailbox_enforcing, name="mailbox_enforcing"),
    path("mailboxes/<int:pk>/default/", accounts.mailbox_default, name="mailbox_default"),
    path("mailboxes/<int:pk>/delete/", accounts.mailbox_delete, name="mailbox_delete"),
    path("mailboxes/addresses/new/", addresses.address_edit, name="address_add"),
    path("mailboxes/addresses/<int:pk>/", addresses.address_edit, name="address"),
    path("mailboxes/addresses/<int:pk>/check/", addresses.address_check, name="address_check"),
    path("mailboxes/addresses/<int:pk>/delete/", addresses.address_delete, name="address_delete"),
    path("deny-list/", denying.rule_list, name="deny_rules"),
    path("deny-list/new/", denying.rule_edit, name="deny_rule_add"),
    path("deny-list/<int:pk>/", denying.rule_edit, name="deny_rule"),
    path("deny-list/<int:pk>/delete/", denying.rule_delete, name="deny_rule_delete"),
    path("queues/new/", settings.queue_edit, {"form_class": QueueForm}, name="queue_add"),
    path("queues/<int:pk>/", settings.queue_edit, {"form_class": QueueForm}, name="queue"),
]
