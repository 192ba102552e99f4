"""The pages of rules for new requests: a rule is put together line by line, tried, saved, and put in order."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mailboxes.models import InboundEmail, Mailbox
from mailboxes.tests.mails import arrive, mail
from recipients.models import Customer, User
from recipients.tests.portal import come_in
from tickets.intake.by_agent import start
from tickets.models import Queue, Rule

pytestmark = pytest.mark.django_db
NEW, LIST = "/settings/rules/new/", "/settings/rules/"


def given(field: str = "subject", how: str = "contains", value: Any = "printer", **more: Any) -> dict[str, Any]:
    """A form with one condition, which sets the priority."""
    return {
        "name": "Printers",
        "combine": "all",
        "is_active": "on",
        "part": [f"c0:{field}", "a0:priority"],
        "c0-how": how,
        "c0-value": value,
        "a0-value": "4",
        "do": "save",
    } | more


def test_a_rule_is_put_together_line_by_line(as_ada: Client, queue: Queue) -> None:
    page = as_ada.post(NEW, {"name": "Billing", "add": "condition", "new_condition": "subject", "is_active": "on"})
    assert page.status_code == 200
    html = page.content.decode()
    assert 'name="part" value="c0:subject"' in html
    assert 'name="c0-value"' in html
    assert 'value="Billing"' in html
    assert not Rule.objects.exists()
    typed = {"name": "Billing", "part": ["c0:subject"], "c0-how": "not-contains", "c0-value": "spam"}
    page = as_ada.post(NEW, typed | {"add": "action", "new_action": "queue"})
    html = page.content.decode()
    assert 'value="spam"' in html
    assert '<option value="not-contains" selected>' in html
    assert page.context["form"].initial["stop"]  # by default for a move
    page = as_ada.post(NEW, typed | {"part": ["c0:subject", "a0:queue"], "remove": "c0"})
    assert "c0:subject" not in page.content.decode()


def test_a_rule_is_saved_and_read_again(as_ada: Client, queue: Queue) -> None:
    assert as_ada.post(NEW, given()).status_code == 302
    rule = Rule.objects.get()
    assert rule.conditions == [{"field": "subject", "how": "contains", "value": "printer"}]
    assert rule.actions == [{"do": "priority", "value": 4}]
    html = as_ada.get(LIST).content.decode()
    assert "Subject contains “printer”" in html
    assert "Priority: Urgent" in html
    assert "Default rule" in html
    assert 'value="printer"' in as_ada.get(f"/settings/rules/{rule.pk}/").content.decode()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (given(value=""), "A condition or an action is not complete."),
        (given(how="regex", value="("), "This is not a regular expression"),
        (given(part=["a0:priority"]), "A rule needs a condition."),
        (given(part=["c0:subject"]), "A rule needs an action."),
        (given("sender_domain", "is", "not a domain"), "is not a domain"),
        (given("customer", "is", "Nobody Ltd"), "There is no such customer."),
    ],
)
def test_what_is_not_complete_is_refused_with_what_was_typed(
    as_ada: Client, queue: Queue, form: dict[str, Any], said: str
) -> None:
    response = as_ada.post(NEW, form)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert 'value="Printers"' in response.content.decode()
    assert not Rule.objects.exists()


def test_a_customer_is_named_by_name_number_or_address(as_ada: Client, carla: Customer, queue: Queue) -> None:
    for typed in ("Carla Conti", "carla@acme.example"):
        as_ada.post(NEW, given("customer", "is", typed))
    assert [rule.conditions[0]["value"] for rule in Rule.objects.all()] == [carla.pk, carla.pk]


@pytest.mark.parametrize(
    ("part", "how", "value", "hits"),
    [
        ("subject", "contains", "printer", 1),
        ("subject", "not-contains", "printer", 1),
        ("sender_domain", "is", "acme.example", 1),
        ("body", "contains", "on fire", 1),
        ("kind", "is", "person", 2),
        ("size", "at_least", "0", 2),
        ("known", "yes", "", 1),
        ("address", "exact", "support@helpdesk.example", 2),
    ],
)
def test_a_rule_is_tried_on_the_last_thirty_days_and_not_saved(
    as_ada: Client, support: Mailbox, carla: Customer, part: str, how: str, value: str, hits: int
) -> None:
    arrive(mail("It is on fire", Subject="Printer"))
    arrive(mail("Good morning", From="x@elsewhere.example", Subject="Invoice"))
    old = arrive(mail("It is on fire", Subject="Printer of old"))
    InboundEmail.objects.filter(pk=old.pk).update(fetched_at=timezone.now() - dt.timedelta(days=31))
    page = as_ada.post(NEW, given(part, how, value, do="try"))
    trial = page.context["trial"]
    assert (trial.total, trial.looked_at, trial.found) == (2, 2, hits)
    assert "of 2 that were checked." in page.content.decode()
    assert not Rule.objects.exists()


def test_a_rule_is_tried_on_what_came_by_no_mail_too(
    as_ada: Client, ada: User, support: Mailbox, carla: Customer
) -> None:
    # U03
    visitor = Client()
    come_in(visitor, "carla@acme.example")
    visitor.post("/portal/tickets/new/", {"subject": "Printer", "text": "It is on fire"})
    for subject in ("Printer", "Invoice"):
        start(by=ada, queue=Queue.objects.get(), to="carla@acme.example", subject=subject, html="<p>Good morning</p>")
    page = as_ada.post(NEW, given(do="try"))
    by_hand = page.context["trial"].by_hand
    assert (by_hand.total, by_hand.looked_at, by_hand.found) == (3, 3, 2)
    assert "opened by an agent: 2 of 3." in page.content.decode()
    proved = as_ada.post(NEW, given("verdict", "is", "passed", do="try")).context["trial"].by_hand
    assert proved.found == 1


def names() -> list[str]:
    return [rule.name for rule in Rule.objects.of("new")]


def test_rules_are_put_in_order_and_the_default_rule_stays_last(as_ada: Client, queue: Queue) -> None:
    first, second, third = (Rule.objects.create(name=name) for name in ("A", "B", "C"))
    as_ada.post("/settings/rules/default/", {"name": "Rest", "is_active": "on", "part": "a0:priority", "a0-value": "1"})
    assert names() == ["A", "B", "C", "Rest"]
    as_ada.post(f"/settings/rules/{second.pk}/move/", {"to": "up"})
    assert names() == ["B", "A", "C", "Rest"]
    as_ada.post(f"/settings/rules/{second.pk}/move/", {"to": "down"})
    as_ada.post(f"/settings/rules/{third.pk}/move/", {"before": str(first.pk)})
    assert names() == ["C", "A", "B", "Rest"]
    as_ada.post(f"/settings/rules/{third.pk}/move/", {"before": ""})
    assert names() == ["A", "B", "C", "Rest"]
    rest = Rule.objects.get(is_default=True)
    assert as_ada.post(f"/settings/rules/{rest.pk}/delete/").status_code == 404
    assert as_ada.post(f"/settings/rules/{rest.pk}/move/", {"to": "up"}).status_code == 404


def test_the_default_rule_counts_where_no_other_acted(as_ada: Client, support: Mailbox) -> None:
    as_ada.post(NEW, given())
    as_ada.post("/settings/rules/default/", {"name": "Rest", "is_active": "on", "part": "a0:priority", "a0-value": "1"})
    priorities = []
    for subject in ("Printer", "Invoice"):
        ticket = arrive(mail(Subject=subject)).ticket
        assert ticket
        priorities.append(ticket.priority)
    assert priorities == [4, 1]


def test_a_rule_without_a_hit_for_a_year_is_offered_to_be_switched_off(as_ada: Client, queue: Queue) -> None:
    rule = Rule.objects.create(name="Old")
    assert "No hits for a year" not in as_ada.get(LIST).content.decode()
    Rule.objects.update(created_at=timezone.now() - dt.timedelta(days=366))
    assert "No hits for a year" in as_ada.get(LIST).content.decode()
    as_ada.post(f"/settings/rules/{rule.pk}/switch/")
    rule.refresh_from_db()
    assert not rule.is_active
    assert "No hits for a year" not in as_ada.get(LIST).content.decode()


def test_the_list_asks_no_query_for_each_rule(
    as_ada: Client, queue: Queue, anna: User, django_assert_num_queries: Any
) -> None:
    def made(count: int) -> None:
        for _each in range(count):
            Rule.objects.create(
                name="R",
                conditions=[{"field": "queue", "how": "is", "value": queue.pk}],
                actions=[{"do": "assignee", "value": anna.pk}],
            )

    made(1)
    as_ada.get(LIST)
    with django_assert_num_queries(6) as captured:
        as_ada.get(LIST)
    made(5)
    with django_assert_num_queries(len(captured)):
        as_ada.get(LIST)


def test_what_is_not_complete_is_a_link_to_its_field_and_stands_before_removing_it(
    as_ada: Client, queue: Queue
) -> None:
    page = as_ada.post(NEW, given(value="")).content.decode()
    assert '<a href="#id_c0-value">Subject</a>: This field is required.' in page
    assert page.index('id="id_c0-value"') < page.index('aria-label="Remove Subject"')
