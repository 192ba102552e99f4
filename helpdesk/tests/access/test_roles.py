"""Who may open which page? Every address of the settings, the mail pages and the address book, for every role."""

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from mailboxes.models import Address, InboundEmail, Mailbox, OAuthAccount, save_with_address
from recipients.models import AuthorisedSender, Customer, DenyRule, Partner, Role, User
from tickets.models import (
    CannedReply,
    Category,
    CustomField,
    HolidayCalendar,
    Outbox,
    Queue,
    Rule,
    ServiceLevel,
    Substatus,
)

pytestmark = pytest.mark.django_db

AGENTS = "agents"
ADMINISTRATORS = "administrators"
EVERY_PARTNER = "administrators of every partner"

#: Every page that is not about tickets: its name, of what kind its row is, who may open it, and whether by POST only.
PAGES: tuple[tuple[str, str, str, str], ...] = (
    ("setup", "", EVERY_PARTNER, "get"),
    ("profile", "", AGENTS, "get"),
    ("recipients:list", "", AGENTS, "get"),
    ("customers:list", "", AGENTS, "get"),
    ("customers:columns", "", AGENTS, "post"),
    ("customers:export", "", AGENTS, "get"),
    ("customers:add", "", AGENTS, "get"),
    ("customers:company_names", "", AGENTS, "get"),
    ("customers:import", "", AGENTS, "get"),
    ("customers:import_template_csv", "", AGENTS, "get"),
    ("customers:import_template_xlsx", "", AGENTS, "get"),
    ("customers:detail", "customer", AGENTS, "get"),
    ("customers:edit", "customer", AGENTS, "get"),
    ("customers:authorised", "customer", AGENTS, "get"),
    ("customers:listed_confirm", "listed", AGENTS, "post"),
    ("customers:listed_remove", "listed", AGENTS, "post"),
    ("mailboxes:what_if", "", AGENTS, "get"),
    ("mailboxes:log", "", ADMINISTRATORS, "get"),
    ("mailboxes:log_detail", "mail", ADMINISTRATORS, "get"),
    ("mailboxes:log_file", "mail", ADMINISTRATORS, "get"),
    ("mailboxes:replay", "mail", ADMINISTRATORS, "post"),
    ("mailboxes:outbox", "", ADMINISTRATORS, "get"),
    ("mailboxes:outbox_detail", "outgoing", ADMINISTRATORS, "get"),
    ("mailboxes:outbox_file", "outgoing", ADMINISTRATORS, "get"),
    ("mailboxes:retry_all", "", ADMINISTRATORS, "post"),
    ("mailboxes:retry", "outgoing", ADMINISTRATORS, "post"),
    ("mailboxes:cancel", "outgoing", ADMINISTRATORS, "post"),
    ("settings:home", "", ADMINISTRATORS, "get"),
    ("settings:mailboxes", "", EVERY_PARTNER, "get"),
    ("settings:mailbox_add", "", EVERY_PARTNER, "get"),
    ("settings:mailbox_test_new", "", EVERY_PARTNER, "post"),
    ("settings:mailbox", "mailbox", EVERY_PARTNER, "get"),
    ("settings:mailbox_test", "mailbox", EVERY_PARTNER, "post"),
    ("settings:mailbox_preview", "mailbox", EVERY_PARTNER, "post"),
    ("settings:sign_in", "sign_in", EVERY_PARTNER, "get"),
    ("settings:sign_in_start", "sign_in", EVERY_PARTNER, "get"),
    ("settings:sign_in_done", "", EVERY_PARTNER, "get"),
    ("settings:mailbox_fetch", "mailbox", EVERY_PARTNER, "post"),
    ("settings:mailbox_default", "mailbox", EVERY_PARTNER, "post"),
    ("settings:mailbox_delete", "mailbox", EVERY_PARTNER, "get"),
    ("settings:authentication_impact", "mailbox", ADMINISTRATORS, "get"),
    ("settings:address_add", "", EVERY_PARTNER, "get"),
    ("settings:address", "address", EVERY_PARTNER, "get"),
    ("settings:address_delete", "address", EVERY_PARTNER, "post"),
    ("settings:address_check", "address", EVERY_PARTNER, "post"),
    ("settings:address_default", "address", EVERY_PARTNER, "post"),
    ("settings:sender_preview", "queue", EVERY_PARTNER, "get"),
    ("settings:sending_domains", "", EVERY_PARTNER, "get"),
    ("settings:sending_domain", "domain", EVERY_PARTNER, "get"),
    ("settings:sending_domain_check", "domain", EVERY_PARTNER, "post"),
    ("settings:deny_rules", "", EVERY_PARTNER, "get"),
    ("settings:deny_rule_add", "", EVERY_PARTNER, "get"),
    ("settings:deny_rule", "deny_rule", EVERY_PARTNER, "get"),
    ("settings:deny_rule_delete", "deny_rule", EVERY_PARTNER, "post"),
    ("settings:rules", "", EVERY_PARTNER, "get"),
    ("settings:rule_add", "", EVERY_PARTNER, "get"),
    ("settings:rule_default", "", EVERY_PARTNER, "get"),
    ("settings:rule", "rule", EVERY_PARTNER, "get"),
    ("settings:rule_move", "rule", EVERY_PARTNER, "post"),
    ("settings:rule_switch", "rule", EVERY_PARTNER, "post"),
    ("settings:rule_delete", "rule", EVERY_PARTNER, "post"),
    ("settings:rules_over_time", "", EVERY_PARTNER, "get"),
    ("settings:rule_over_time_add", "", EVERY_PARTNER, "get"),
    ("settings:rule_over_time", "rule_over_time", EVERY_PARTNER, "get"),
    ("settings:queues", "", EVERY_PARTNER, "get"),
    ("settings:queue_add", "", EVERY_PARTNER, "get"),
    ("settings:new_queue_begin", "", EVERY_PARTNER, "get"),
    ("settings:new_queue", "step", EVERY_PARTNER, "get"),
    ("settings:queue_example", "queue", EVERY_PARTNER, "get"),
    ("settings:queue_example_send", "queue", EVERY_PARTNER, "post"),
    ("settings:queue_example_body", "example", EVERY_PARTNER, "get"),
    ("settings:queue", "queue", EVERY_PARTNER, "get"),
    ("settings:wordings", "queue", EVERY_PARTNER, "get"),
    ("settings:wording", "wording", EVERY_PARTNER, "get"),
    ("settings:holiday_calendars", "", EVERY_PARTNER, "get"),
    ("settings:holiday_calendar_add", "", EVERY_PARTNER, "get"),
    ("settings:holiday_calendar", "calendar", EVERY_PARTNER, "get"),
    ("settings:holiday_calendar_renew", "calendar", EVERY_PARTNER, "post"),
    ("settings:holiday_calendar_delete", "calendar", EVERY_PARTNER, "post"),
    ("settings:tickets", "", EVERY_PARTNER, "get"),
    ("settings:categories", "", EVERY_PARTNER, "get"),
    ("settings:category_add", "", EVERY_PARTNER, "get"),
    ("settings:category", "category", EVERY_PARTNER, "get"),
    ("settings:category_delete", "category", EVERY_PARTNER, "post"),
    ("settings:priorities", "", EVERY_PARTNER, "get"),
    ("settings:priority_add", "", EVERY_PARTNER, "get"),
    ("settings:priority", "priority", EVERY_PARTNER, "get"),
    ("settings:priority_raise", "priority", EVERY_PARTNER, "post"),
    ("settings:priority_delete", "priority", EVERY_PARTNER, "post"),
    ("settings:custom_fields", "", EVERY_PARTNER, "get"),
    ("settings:custom_field_add", "", EVERY_PARTNER, "get"),
    ("settings:custom_field", "custom_field", EVERY_PARTNER, "get"),
    ("settings:custom_field_delete", "custom_field", EVERY_PARTNER, "post"),
    ("settings:service_levels", "", EVERY_PARTNER, "get"),
    ("settings:service_level_add", "", EVERY_PARTNER, "get"),
    ("settings:service_level_preview", "", EVERY_PARTNER, "get"),
    ("settings:service_level", "service_level", EVERY_PARTNER, "get"),
    ("settings:service_level_delete", "service_level", EVERY_PARTNER, "post"),
    ("settings:service_level_report", "", ADMINISTRATORS, "get"),
    ("settings:satisfaction", "", ADMINISTRATORS, "get"),
    ("settings:statuses", "", EVERY_PARTNER, "get"),
    ("settings:status_move", "status", EVERY_PARTNER, "post"),
    ("settings:status_add", "", EVERY_PARTNER, "get"),
    ("settings:status", "status", EVERY_PARTNER, "get"),
    ("settings:status_delete", "status", EVERY_PARTNER, "post"),
    ("settings:canned_replies", "", EVERY_PARTNER, "get"),
    ("settings:canned_reply_add", "", EVERY_PARTNER, "get"),
    ("settings:canned_reply", "canned_reply", EVERY_PARTNER, "get"),
    ("settings:canned_reply_delete", "canned_reply", EVERY_PARTNER, "post"),
    ("settings:recognition", "", EVERY_PARTNER, "get"),
    ("settings:rematch", "", EVERY_PARTNER, "get"),
    ("settings:company", "", EVERY_PARTNER, "get"),
    ("settings:users", "", ADMINISTRATORS, "get"),
    ("settings:user_add", "", ADMINISTRATORS, "get"),
    ("settings:user", "user", ADMINISTRATORS, "get"),
    ("settings:user_password", "user", ADMINISTRATORS, "get"),
    ("settings:user_invite", "user", ADMINISTRATORS, "post"),
    ("settings:partners", "", EVERY_PARTNER, "get"),
    ("settings:partner_add", "", EVERY_PARTNER, "get"),
    ("settings:partner", "partner", EVERY_PARTNER, "get"),
    ("settings:partner_delete", "partner", EVERY_PARTNER, "post"),
)


@pytest.fixture
def rows(queue: Queue, anna: User, carla: Customer, main_partner: Partner) -> dict[str, int | str | tuple[int, int]]:
    """What names one row of each kind in an address: its primary key, after that of whose it is."""
    mailbox = Mailbox(name="Support", imap_host="127.0.0.1", imap_port=9, imap_username="support", imap_password="x")
    save_with_address(mailbox, "support@helpdesk.example", queue)
    google = Mailbox(name="Google", imap_host="127.0.0.1", imap_port=9, imap_username="google", sign_in="google")
    save_with_address(google, "google@helpdesk.example", queue)
    OAuthAccount.objects.create(mailbox=google, client_id="id")
    further = Address.objects.create(mailbox=mailbox, address="sales@helpdesk.example")
    outgoing = Outbox.objects.create(kind="notice", recipient="a@b.example", token="t", subject="S", text="T")
    listed = AuthorisedSender(customer=carla, kind="domain", value="x.example", unconfirmed_since=timezone.now())
    listed.save()
    return {
        "listed": (carla.pk, listed.pk),
        "mailbox": mailbox.pk,
        "sign_in": google.pk,
        "address": further.pk,
        "domain": "helpdesk.example",
        "deny_rule": DenyRule.objects.create(text="spam@mallory.example").pk,
        "rule": Rule.objects.create(name="First").pk,
        "rule_over_time": Rule.objects.create(name="Later", trigger=Rule.Trigger.TIME).pk,
        "queue": queue.pk,
        "wording": (queue.pk, "request_received"),
        "step": "name",
        "example": (queue.pk, "confirmation"),
        "category": Category.objects.create(name="Hardware").pk,
        "priority": 3,
        "service_level": ServiceLevel.objects.create(name="Standard").pk,
        "custom_field": CustomField.objects.create(name="Serial number").pk,
        "status": Substatus.objects.create(name="With the supplier", status="waiting").pk,
        "canned_reply": CannedReply.objects.create(name="Thanks").pk,
        "calendar": HolidayCalendar.objects.create(name="Ours").pk,
        "user": anna.pk,
        "partner": main_partner.pk,
        "customer": carla.pk,
        "outgoing": outgoing.pk,
        "mail": InboundEmail.objects.create(mailbox=mailbox).pk,
    }


def opened(client: Client, user: User | None, name: str, named: tuple[int | str, ...], method: str) -> int:
    if user:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    response: Any = getattr(client, method)(reverse(name, args=named))
    if response.status_code == 302 and response.url.startswith(reverse("account_login")):
        return 401
    return int(response.status_code)


@pytest.mark.parametrize(("name", "kind", "who", "method"), PAGES)
def test_a_page_opens_for_its_roles_alone(
    client: Client,
    rows: dict[str, int | str | tuple[int, int]],
    anna: User,
    ada: User,
    superuser: User,
    main_partner: Partner,
    name: str,
    kind: str,
    who: str,
    method: str,
) -> None:
    row = rows[kind] if kind else ()
    named = row if isinstance(row, tuple) else (row,)
    assert opened(client, None, name, named, method) == 401
    for_agents = {200, 302} if who == AGENTS else {403}
    assert opened(client, anna, name, named, method) in for_agents
    if who == EVERY_PARTNER:
        of_main = User.objects.create_user("uma@helpdesk.example", role=Role.ADMINISTRATOR, partner=main_partner)
        assert opened(client, of_main, name, named, method) == 403
    # 404: the file of a mail that has none, or a row that the role before has just deleted; 302: a button was pressed
    allowed = {200, 302, 404}
    assert opened(client, ada, name, named, method) in allowed
    assert opened(client, superuser, name, named, method) in allowed


def test_every_page_of_these_parts_is_in_the_table() -> None:
    there = set(_names(get_resolver(), ""))
    ours = {name for name in there if name.split(":")[0] in ("settings", "mailboxes", "customers")}
    by_their_ticket = {"raw", "raw_file", "attached", "attached_body", "attached_file"}  # test_mail_log, test_attached
    shown_to_agents = {f"mailboxes:{name}" for name in by_their_ticket}
    assert ours - shown_to_agents == {name for name, *_rest in PAGES if ":" in name} - {"recipients:list"}


def _names(resolver: URLResolver, space: str) -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            found.append(f"{space}{entry.name}")
        else:
            found += _names(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
    return found
