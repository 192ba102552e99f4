"""Rules over time: on which tickets they act, what they do, and that they do it once."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk import limits
from recipients.models import Customer, Recipient, User
from tickets.models import Category, Comment, Event, Outbox, Queue, Rule, RuleRun, Status, Ticket, TicketSettings
from tickets.rules import over_time
from tickets.rules.over_time import matching, try_rule
from tickets.rules.rulebook import compiled
from tickets.tasks import follow_rules

pytestmark = pytest.mark.django_db


def rule(*actions: tuple[str, Any], on: Any = (("hours_created", "at_least", 24),), **more: Any) -> Rule:
    conditions = [dict(zip(("field", "how", "value"), each, strict=True)) for each in on]
    stored = [{"do": do, "value": value} for do, value in actions]
    return Rule.objects.create(name="Old", trigger="time", conditions=conditions, actions=stored, **more)


@pytest.fixture
def ticket(queue: Queue) -> Ticket:
    """Opened two days ago by Carla, who is nobody's customer yet."""
    carla = Recipient.objects.create(address="carla@acme.example", name="Carla")
    since = timezone.now() - dt.timedelta(days=2)
    opened = Ticket.objects.create(subject="Printer", queue=queue, requester=carla, created_at=since)
    said(opened, Comment.Kind.CUSTOMER, 48)
    return opened


def said(ticket: Ticket, kind: str, hours: float) -> Comment:
    at = timezone.now() - dt.timedelta(hours=hours)
    author = "carla@acme.example" if kind == Comment.Kind.CUSTOMER else "anna@helpdesk.example"
    return Comment.objects.create(ticket=ticket, kind=kind, author_address=author, text="Hello", created_at=at)


def test_a_rule_acts_once_until_its_conditions_were_false(ticket: Ticket) -> None:
    raised = rule(("priority", 4), on=(("hours_created", "at_least", 24), ("status", "is", "new")))
    follow_rules()
    ticket.refresh_from_db()
    assert ticket.priority == 4
    ticket.set_priority(1, by=None)
    follow_rules()
    ticket.refresh_from_db()
    assert ticket.priority == 1  # what an agent decides after it stays
    ticket.set_status(Status.OPEN, by=None)
    follow_rules()
    ticket.set_status(Status.NEW, by=None)
    follow_rules()
    ticket.refresh_from_db()
    raised.refresh_from_db()
    assert (ticket.priority, raised.hits) == (4, 2)
    told = ticket.events.filter(kind=Event.Kind.RULE).first()
    assert told
    assert told.data["name"] == "Old"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (("hours_created", "at_least", 47), True),
        (("hours_created", "at_least", 49), False),
        (("hours_created", "at_most", 49), True),
        (("hours_customer", "at_least", 40), True),
        (("hours_agent", "at_least", 3), True),
        (("hours_agent", "at_least", 5), False),
        (("hours_agent", "at_most", 5), True),
        (("status", "is", "open"), True),
        (("priority", "at_least", 3), False),
        (("tag", "is", "VIP"), True),
        (("tag", "is", "other"), False),
        (("assignee", "is", 0), True),
        (("no_such_field", "is", 0), False),
    ],
)
def test_what_a_ticket_is_asked(ticket: Ticket, condition: tuple[str, str, Any], found: bool) -> None:
    said(ticket, Comment.Kind.AGENT, 4)
    ticket.set_status(Status.OPEN, by=None)
    ticket.set_tags(["vip"], by=None)
    asked = compiled(rule(on=(condition,)))
    assert matching(asked, timezone.now()).exists() is found


def test_what_the_customer_does_not_see_is_no_message_of_theirs_nor_an_answer(ticket: Ticket) -> None:
    for kind in (Comment.Kind.AGENT, Comment.Kind.CUSTOMER):  # forwarded, and what came back
        comment = said(ticket, kind, 1)
        Comment.objects.filter(pk=comment.pk).update(is_public=False)
    assert not matching(compiled(rule(on=[("hours_agent", "at_most", 5)])), timezone.now()).exists()
    assert matching(compiled(rule(on=[("hours_customer", "at_least", 40)])), timezone.now()).exists()


def test_negation_any_and_parents_of_a_category(ticket: Ticket, anna: User) -> None:
    hardware = Category.objects.create(name="Hardware")
    ticket.set_category(Category.objects.create(name="Printers", parent=hardware), by=None)
    ticket.assign(anna, by=None)

    def found(*stored: dict[str, Any], combine: str = "all") -> bool:
        asked = Rule(trigger="time", conditions=list(stored), combine=combine)
        return matching(compiled(asked), timezone.now()).exists()

    below, other = ({"field": "category", "how": "is", "value": value} for value in (hardware.pk, 0))
    assert found(below)
    assert not found(below | {"negated": True})
    assert not found(below, other)
    assert found(below, other, combine="any")
    assert found({"field": "assignee", "how": "is", "value": 0, "negated": True})
    assert not found({"field": "hours_created", "how": "at_least", "value": 24, "negated": True})
    assert not found({"field": "hours_agent", "how": "at_least", "value": 1, "negated": True})  # nobody ever wrote
    assert not found()


def test_solved_and_snoozed_tickets_are_left_alone(ticket: Ticket) -> None:
    asked = compiled(rule())
    ticket.snooze(timezone.now() + dt.timedelta(days=1), on_answer=False, by=None)
    assert not matching(asked, timezone.now()).exists()
    ticket.wake(by=None)
    ticket.set_status(Status.SOLVED, by=None)
    assert not matching(asked, timezone.now()).exists()


def test_everything_that_a_rule_can_do(ticket: Ticket, anna: User, acme: Customer) -> None:
    finance, hardware = Queue.objects.create(name="Finance"), Category.objects.create(name="Hardware")
    anna.queues.add(finance)
    rule(
        ("assignee", anna.pk),
        ("queue", finance.pk),
        ("category", hardware.pk),
        ("tags", ["late"]),
        ("note", "Waits since {{ ticket.number }}"),
        ("mail", "Hello {{ requester.first_name }}, we are on “{{ ticket.subject }}”."),
        ("status", "solved"),
    )
    follow_rules()
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.queue, ticket.category, ticket.status) == (anna, finance, hardware, "solved")
    assert [tag.name for tag in ticket.tags.all()] == ["late"]
    assert ticket.comments.get(kind="note").text == f"Waits since {ticket.number}"
    sent = Outbox.objects.get(recipient="carla@acme.example")
    assert "Hello Carla, we are on “Printer”." in sent.text
    assert sent.is_automatic
    assert ticket.first_response_at is None


def test_what_cannot_be_done_is_said_and_the_rest_is_done(ticket: Ticket) -> None:
    stranger = User.objects.create_user("ben@helpdesk.example", "x")
    Recipient.objects.update(undeliverable=True)
    rule(("assignee", stranger.pk), ("queue", 999), ("mail", "{% if %}"), ("priority", 3))
    follow_rules()
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.priority) == (None, 3)
    did = ticket.events.get(kind=Event.Kind.RULE).data["did"]
    assert {each["do"]: each.get("not") for each in did} == {
        "queue": "gone",
        "priority": None,
        "assignee": "blind",
        "mail": "broken",
    }
    assert not Outbox.objects.exists()


def test_nobody_is_written_to_whose_mail_bounces(ticket: Ticket) -> None:
    Recipient.objects.update(undeliverable=True)
    rule(("mail", "Hello"))
    follow_rules()
    assert not Outbox.objects.exists()
    assert not ticket.comments.filter(kind="agent").exists()
    assert ticket.events.get(kind=Event.Kind.RULE).data["did"][0]["not"] == "nobody"


@pytest.mark.parametrize(
    "why", [{"banned": True}, {"automatic": True}, {"verdict": {"failed": True}}, {"notifications": False}], ids=str
)
def test_no_rule_writes_to_whom_nothing_automatic_is_written(ticket: Ticket, why: dict[str, Any]) -> None:
    opened = {"automatic": True} if "automatic" in why else {}
    Event.objects.create(ticket=ticket, kind=Event.Kind.OPENED, data=opened)
    Recipient.objects.update(banned="banned" in why)
    Ticket.objects.update(verdict=why.get("verdict", {}))
    TicketSettings.objects.update_or_create(pk=1, defaults={"notifications": why.get("notifications", True)})
    rule(("mail", "Hello"))
    follow_rules()
    assert not Outbox.objects.exists()
    assert ticket.events.get(kind=Event.Kind.RULE).data["did"][0]["not"] == "nobody"


def test_a_rule_reminds_whom_an_agent_has_answered(ticket: Ticket) -> None:
    Ticket.objects.update(verdict={"failed": True}, first_response_at=timezone.now())
    rule(("mail", "Hello"))
    follow_rules()
    assert Outbox.objects.get().is_automatic


def test_a_machine_that_answers_each_mail_of_a_rule_ends_no_later_than_after_a_few(ticket: Ticket) -> None:
    # L22
    rule(("mail", "Please answer"), ("status", "waiting"), on=(("status", "is", "new"),))
    for _time in range(6):
        follow_rules()
        follow_rules()
        ticket.refresh_from_db()
        ticket.set_status(Status.NEW, by=None)  # its answer says nowhere that a machine wrote it
    assert Outbox.objects.filter(recipient="carla@acme.example").count() == limits.RULE_MAILS.amount
    told = ticket.events.filter(kind=Event.Kind.RULE).order_by("pk").last()
    assert told
    assert told.data["did"][-1] == {"do": "mail", "value": "Please answer", "not": "often"}


def test_what_a_rule_writes_to_a_customer_is_not_published_in_a_forum(ticket: Ticket) -> None:
    Queue.objects.update(forum=Queue.Forum.EVERYONE)
    Ticket.objects.update(is_topic=True)
    rule(("mail", "Dear {{ requester.name }} of {{ ticket.customer }}"))
    follow_rules()
    assert not ticket.comments.filter(kind="agent").exists()
    assert ticket.events.get(kind=Event.Kind.RULE).data["did"][0]["not"] == "topic"


def test_a_run_is_capped_and_the_list_says_what_waits(
    ticket: Ticket, as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _each in range(4):
        Ticket.objects.create(subject="S", queue=ticket.queue, created_at=ticket.created_at)
    few = limits.Limit("tickets", 2, "rule", 900, "")
    monkeypatch.setattr(over_time.limits, "RULE_TICKETS", few)
    rule(("priority", 4))
    follow_rules()
    assert RuleRun.objects.count() == 2
    assert "3 tickets are waiting for the next run" in as_ada.get("/settings/rules/over-time/").content.decode()
    follow_rules()
    follow_rules()
    notice = Outbox.objects.get(kind=Outbox.Kind.NOTICE)  # once, and not for each run
    assert notice.recipient == "ada@helpdesk.example"
    assert "3 more are waiting for the next runs" in notice.text
    assert Ticket.objects.filter(priority=4).count() == 5
    assert Rule.objects.get().left_over == 0


def test_looking_for_tickets_costs_the_same_however_many_there_are(
    ticket: Ticket, django_assert_max_num_queries: Any
) -> None:
    rule(("priority", 4))
    follow_rules()
    for _each in range(5):
        other = Ticket.objects.create(subject="S", queue=ticket.queue, created_at=ticket.created_at)
        RuleRun.objects.create(rule=Rule.objects.get(), ticket=other)
    with django_assert_max_num_queries(4):
        follow_rules()


def test_a_rule_over_time_is_tried_saved_and_listed(as_ada: Client, ticket: Ticket) -> None:
    form = {
        "name": "Remind",
        "combine": "all",
        "is_active": "on",
        "part": ["c0:hours_created", "a0:note"],
        "c0-how": "at_least",
        "c0-value": "24",
        "a0-value": "{{ ticket.number }} is late",
        "do": "try",
    }
    page = as_ada.post("/settings/rules/over-time/new/", form)
    assert "1 of 1 unsolved tickets." in page.content.decode()
    assert not Rule.objects.exists()
    as_ada.post("/settings/rules/over-time/new/", form | {"do": "save"})
    assert "Hours since it was created is at least 24" in as_ada.get("/settings/rules/over-time/").content.decode()
    wrong = as_ada.post("/settings/rules/over-time/new/", form | {"a0-value": "{% if %}", "do": "save"})
    assert wrong.status_code == 422
    assert "This cannot be filled in" in wrong.content.decode()
    unknown = as_ada.post("/settings/rules/over-time/new/", form | {"a0-value": "{{ ticket.nummer }}", "do": "save"})
    assert "Nothing is called “ticket.nummer” here." in unknown.content.decode()


def test_a_trial_shows_nothing_that_its_reader_may_not_see(ticket: Ticket, anna: User) -> None:
    anna.queues.clear()
    assert try_rule(rule(), anna).found == 0


@pytest.mark.parametrize(
    "on",
    [
        ("hours_created", "at_least", "soon"),
        ("hours_agent", "at_most", 1e12),
        ("hours_customer", "at_least", float("inf")),
        ("queue", "is", "support"),
        ("priority", "at_least", "high"),
        ("category", "is", "x"),
        ("assignee", "is", "anna"),
    ],
    ids=lambda each: f"{each[0]}-{each[2]}",
)
def test_what_nobody_can_read_any_more_holds_for_nothing_and_ends_no_run(ticket: Ticket, on: Any) -> None:
    found = compiled(Rule(trigger="time", conditions=[dict(zip(("field", "how", "value"), on, strict=True))]))
    assert not matching(found, timezone.now()).exists()


def test_a_rule_that_fails_keeps_none_of_the_others_from_their_work(ticket: Ticket) -> None:
    rule(("priority", "high"), position=1)
    rule(("priority", 4), position=2)
    follow_rules()
    ticket.refresh_from_db()
    assert ticket.priority == 4
