"""Addresses of the settings about mailboxes, the deny list, and queues with their addresses, in `settings`."""

from django.db.models import Count, Q
from django.urls import path, reverse_lazy
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.pages import DeletePage, FormPage, Link, ShortListPage
from mailboxes.accounts import address_views, oauth_views, preview_views
from mailboxes.accounts import views as accounts
from mailboxes.accounts.queue_forms import QueueForm
from mailboxes.deny_list import views as deny_list
from mailboxes.new_queue import views as new_queue
from mailboxes.rules.views import NewRequestRulePage
from mailboxes.sending_domains import views as domains
from mailboxes.what_if import authentication_views
from recipients.models import DenyRule
from recipients.users.access import administrator_of_all_required
from tickets.models import Queue

mailbox = administrator_of_all_required(accounts.MailboxPage.as_view())
mailbox_preview = administrator_of_all_required(accounts.MailboxPreview.as_view())
mailbox_test = administrator_of_all_required(accounts.MailboxTest.as_view())
address = administrator_of_all_required(address_views.AddressPage.as_view())
sending_domains = administrator_of_all_required(domains.SendingDomains.as_view())
deny_rule = administrator_of_all_required(deny_list.DenyRulePage.as_view())
rule = administrator_of_all_required(NewRequestRulePage.as_view())
rule_default = administrator_of_all_required(NewRequestRulePage.as_view(is_default=True))
deny_rules = administrator_of_all_required(
    ShortListPage.as_view(
        model=DenyRule,
        template_name="mailboxes/deny_list/deny_list.html",
        title=_("Deny list"),
        link=Link("settings:deny_rule_add", _("New rule"), "plus"),
        icon="shield-ban",
        nothing=_("No deny rules yet"),
        nothing_text=_(
            "Mail that a rule matches is refused on arrival: no ticket, no answer, only an entry in the mail log. "
            "To stop one sender, ban the address instead."
        ),
    )
)
deny_rule_delete = administrator_of_all_required(
    DeletePage.as_view(
        model=DenyRule,
        context_object_name="rule",
        success_url=reverse_lazy("settings:deny_rules"),
        deleted=_("The rule was deleted: %(rule)s."),
    )
)
queues = administrator_of_all_required(
    ShortListPage.as_view(
        queryset=Queue.objects.prefetch_related("addresses").annotate(
            agent_count=Count("agents", filter=Q(agents__is_active=True))
        ),
        template_name="mailboxes/accounts/queue_list.html",
        title=_("Queues"),
        link=Link("settings:new_queue_begin", _("New queue"), "plus"),
        icon="layers",
        nothing=_("No queue yet"),
        nothing_text=_("A queue holds one department's tickets. Without one, mail waits in the mail log."),
    )
)
queue = administrator_of_all_required(
    FormPage.as_view(
        model=Queue,
        form_class=QueueForm,
        template_name="mailboxes/accounts/queue_form.html",
        success_url=reverse_lazy("settings:queues"),
        list_title=_("Queues"),
        new_title=_("New queue"),
        edit_title=_("Edit queue"),
        saved=_("The queue %(queue)s was saved."),
    )
)

urlpatterns = [
    path("mailboxes/", administrator_of_all_required(accounts.MailboxList.as_view()), name="mailboxes"),
    path("mailboxes/new/", mailbox, name="mailbox_add"),
    path("mailboxes/new/test/", mailbox_test, name="mailbox_test_new"),
    path("mailboxes/<int:pk>/", mailbox, name="mailbox"),
    path("mailboxes/<int:pk>/test/", mailbox_test, name="mailbox_test"),
    path("mailboxes/<int:pk>/preview/", mailbox_preview, name="mailbox_preview"),
    path("mailboxes/<int:pk>/fetch/", accounts.mailbox_fetch, name="mailbox_fetch"),
    path(
        "mailboxes/<int:pk>/authentication-impact/",
        authentication_views.authentication_impact,
        name="authentication_impact",
    ),
    path("mailboxes/<int:pk>/default/", accounts.mailbox_default, name="mailbox_default"),
    path(
        "mailboxes/<int:pk>/delete/",
        administrator_of_all_required(accounts.MailboxDeletion.as_view()),
        name="mailbox_delete",
    ),
    path("mailboxes/sign-in/", oauth_views.sign_in_done, name="sign_in_done"),
    path(
        "mailboxes/<int:pk>/sign-in/",
        administrator_of_all_required(oauth_views.SignInPage.as_view()),
        name="sign_in",
    ),
    path("mailboxes/<int:pk>/sign-in/start/", oauth_views.sign_in_start, name="sign_in_start"),
    path("sending-domains/", sending_domains, name="sending_domains"),
    path("sending-domains/<str:domain>/", domains.sending_domain, name="sending_domain"),
    path("sending-domains/<str:domain>/check/", domains.sending_domain_check, name="sending_domain_check"),
    path("queues/<int:pk>/sender-preview/", preview_views.sender_preview, name="sender_preview"),
    path("mailboxes/addresses/new/", address, name="address_add"),
    path("mailboxes/addresses/<int:pk>/", address, name="address"),
    path("mailboxes/addresses/<int:pk>/check/", address_views.address_check, name="address_check"),
    path("mailboxes/addresses/<int:pk>/default/", address_views.address_default, name="address_default"),
    path(
        "mailboxes/addresses/<int:pk>/delete/",
        administrator_of_all_required(address_views.AddressDeletion.as_view()),
        name="address_delete",
    ),
    path("deny-list/", deny_rules, name="deny_rules"),
    path("deny-list/new/", deny_rule, name="deny_rule_add"),
    path("deny-list/<int:pk>/", deny_rule, name="deny_rule"),
    path("deny-list/<int:pk>/delete/", deny_rule_delete, name="deny_rule_delete"),
    path("rules/new/", rule, name="rule_add"),
    path("rules/default/", rule_default, name="rule_default"),
    path("rules/<int:pk>/", rule, name="rule"),
    path("queues/", queues, name="queues"),
    path("queues/new/", queue, name="queue_add"),
    path("queues/new/steps/", new_queue.begin, name="new_queue_begin"),
    path("queues/new/steps/<slug:name>/", new_queue.step, name="new_queue"),
    path("queues/<int:pk>/example/", new_queue.example, name="queue_example"),
    path("queues/<int:pk>/example/send/", new_queue.example_send, name="queue_example_send"),
    path("queues/<int:pk>/example/<slug:name>/", new_queue.example_body, name="queue_example_body"),
    path("queues/<int:pk>/", queue, name="queue"),
]
