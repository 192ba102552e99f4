"""Can administrators set up queues and ticket parameters without losing what they typed? (T01, T02, T03, T23, U25)"""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from recipients.models import Customer, OwnAddress, Partner, User
from tickets.models import Queue, Rule, TicketSettings

pytestmark = pytest.mark.django_db


def typed(**changes: Any) -> dict[str, Any]:
    values = {
        "name": "Sales",
        "language": "it",
        "time_zone": "Europe/Rome",
        "unknown_senders": "refuse",
        "bulk_mail": "quiet",
        "default_priority": 3,
        "confirmation": "on",
        "sender": "agent",
        "never_cc": "shop@market.example\nAlias@ACME.example",
    }
    return values | changes


def test_a_queue_is_saved_with_all_it_says(as_ada: Client, anna: User, queue: Queue) -> None:
    as_ada.post(reverse("settings:queue_add"), typed(agents=[anna.pk], reply_to_agent="on"))
    sales = Queue.objects.get(name="Sales")
    assert (sales.language, sales.time_zone, sales.default_priority) == ("it", "Europe/Rome", 3)
    assert (sales.unknown_senders, sales.bulk_mail) == ("refuse", "quiet")
    assert (sales.sender, sales.reply_to_agent) == ("agent", True)
    assert sales.never_cc == "shop@market.example\nalias@acme.example"
    assert list(sales.agents.all()) == [anna]
    assert not sales.is_default


def test_the_first_queue_is_the_default(as_ada: Client) -> None:
    # T02
    as_ada.post(reverse("settings:queue_add"), typed())
    assert Queue.objects.get().is_default


def test_making_a_queue_the_default_leaves_exactly_one(as_ada: Client, queue: Queue) -> None:
    as_ada.post(reverse("settings:queue_add"), typed(make_default="on"))
    assert [each.name for each in Queue.objects.filter(is_default=True)] == ["Sales"]


def test_the_default_queue_cannot_be_left_without_a_successor(as_ada: Client, queue: Queue) -> None:
    page = as_ada.post(reverse("settings:queue", args=[queue.pk]), typed(name="Support"))
    assert "One queue has to be the default" in page.content.decode()
    queue.refresh_from_db()
    assert queue.is_default


def test_what_is_wrong_in_a_queue_is_named_and_kept(as_ada: Client, queue: Queue) -> None:
    # T23
    page = as_ada.post(
        reverse("settings:queue_add"),
        typed(name="Support", never_cc="good@acme.example nonsense", time_zone="Moon/Crater"),
    )
    errors = page.context["form"].errors
    assert set(errors) == {"name", "never_cc", "time_zone"}
    assert "nonsense" in errors["never_cc"][0]
    assert "good@acme.example nonsense" in page.content.decode()
    assert Queue.objects.count() == 1


MEANWHILE = "Somebody else has changed this since you opened it."


def seen_on(client: Client, page: str) -> str:
    """What the form carries of how its row was when it was opened."""
    found = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())
    assert found
    return found[1]


def test_two_administrators_who_change_a_queue_at_once_hear_of_each_other(
    as_ada: Client, anna: User, queue: Queue
) -> None:
    # T23
    page = reverse("settings:queue", args=[queue.pk])
    mine = typed(name="Mine", make_default="on", seen=seen_on(as_ada, page))
    as_ada.post(page, typed(name="Theirs", make_default="on", agents=[anna.pk], seen=mine["seen"]))
    wrong = as_ada.post(page, mine | {"language": "xx"}).content.decode()
    assert MEANWHILE not in wrong
    refused = as_ada.post(page, mine).content.decode()
    assert MEANWHILE in refused
    assert 'value="Mine"' in refused
    assert Queue.objects.get().name == "Theirs"
    now = re.search(r'name="seen" value="(\w+)"', refused)
    assert now
    assert as_ada.post(page, mine | {"seen": now[1]}).status_code == 302
    assert (Queue.objects.get().name, list(queue.agents.all())) == ("Mine", [])


def test_a_form_that_nobody_else_has_changed_is_saved_however_often_it_was_wrong(as_ada: Client, queue: Queue) -> None:
    page = reverse("settings:queue", args=[queue.pk])
    values = typed(make_default="on", seen=seen_on(as_ada, page))
    assert as_ada.post(page, values | {"name": ""}).status_code == 200
    assert as_ada.post(page, values).status_code == 302
    assert seen_on(as_ada, page) != values["seen"]


def test_a_rule_that_somebody_else_changed_is_not_overwritten_unseen(as_ada: Client) -> None:
    rule = Rule.objects.create(name="Printers", conditions=[], actions=[{"do": "tags", "value": "printer"}])
    page = reverse("settings:rule", args=[rule.pk])
    seen = seen_on(as_ada, page)
    assert seen_on(as_ada, page) == seen
    Rule.objects.update(actions=[])
    assert seen_on(as_ada, page) != seen


def test_the_queue_form_warns_that_replies_to_the_agent_leave_the_helpdesk(as_ada: Client) -> None:
    # T21
    assert "leave the helpdesk" in as_ada.get(reverse("settings:queue_add")).content.decode()


def test_the_list_of_queues_asks_the_same_number_of_queries_for_any_number(
    as_ada: Client, queue: Queue, django_assert_max_num_queries: Any
) -> None:
    Queue.objects.bulk_create(Queue(name=f"Queue {n}") for n in range(30))
    with django_assert_max_num_queries(6):
        as_ada.get(reverse("settings:queues"))


def test_ticket_settings_are_saved_and_shown(as_ada: Client) -> None:
    # R21
    values = {
        "admin_email": "Boss@ACME.example",
        "automatic_mails_per_hour": 5,
        "reply_sender_check": "new_ticket",
        "match_closed_for_days": "30",
        "undo_seconds": 0,
        "status_after_reply": "open",
        "status_after_reopening": "open",
    }
    as_ada.post(reverse("settings:tickets"), values)
    saved = TicketSettings.load()
    assert (saved.admin_email, saved.reply_sender_check) == ("boss@acme.example", "new_ticket")
    assert (saved.notifications, saved.match_closed_for_days, saved.undo_seconds) == (False, 30, 0)
    assert 'value="boss@acme.example"' in as_ada.get(reverse("settings:tickets")).content.decode()


def test_the_admin_email_is_never_a_mailbox_that_would_answer_itself(as_ada: Client) -> None:
    # R21: different from the incoming mailbox
    OwnAddress.objects.create(address="support@helpdesk.example")
    page = as_ada.post(
        reverse("settings:tickets"),
        {
            "admin_email": "support@helpdesk.example",
            "automatic_mails_per_hour": 5,
            "reply_sender_check": "hold",
            "undo_seconds": 10,
        },
    )
    assert page.context["form"].errors["admin_email"]


def test_a_queue_becomes_a_forum_for_whom_one_says(as_ada: Client, queue: Queue, acme: Customer) -> None:
    # U25
    north = Partner.objects.create(name="North")
    Customer.objects.create(name="Twin", number="7")
    Customer.objects.create(name="Twin", number="8")
    url = reverse("settings:queue_add")
    nobody = as_ada.post(url, typed(forum="chosen"))
    assert set(nobody.context["form"].errors) == {"forum"}
    wrong = as_ada.post(url, typed(forum="chosen", forum_customers="Twin\nNobody"))
    assert "Twin, Nobody" in wrong.context["form"].errors["forum_customers"][0]
    given = typed(
        forum="chosen", forum_kinds=["lead"], forum_partners=[north.pk], forum_customers="Acme GmbH\n8\n\nAcme GmbH"
    )
    as_ada.post(url, given)
    forum = Queue.objects.get(name="Sales")
    twin = Customer.objects.get(number="8")
    assert forum.forum_audience == {"kinds": ["lead"], "partners": [north.pk], "customers": [acme.pk, twin.pk]}
    shown = as_ada.get(reverse("settings:queue", args=[forum.pk])).context["form"]
    assert shown["forum_customers"].value() == "Acme GmbH\n8"
    as_ada.post(reverse("settings:queue", args=[forum.pk]), typed(forum=""))
    forum.refresh_from_db()
    assert forum.forum == Queue.Forum.NONE
