"""Rules for new requests that are written in the portal, or opened by an agent: what they do, and leave. U03."""

from typing import Any

import pytest
from django.test import Client

from recipients.models import Customer, Partner, User
from tickets.intake.by_agent import start
from tickets.models import Event, Outbox, Queue, Rule, Ticket
from tickets.models.setup.priority import Priority
from tickets.tests.conftest import Enter

pytestmark = pytest.mark.django_db

CARLA = "carla@acme.example"
PRINTER = {"field": "subject", "how": "contains", "value": "Printer"}


def rule(*actions: dict[str, Any], condition: dict[str, Any] = PRINTER) -> Rule:
    return Rule.objects.create(name="Printers", conditions=[condition], actions=list(actions))


def ask(client: Client, subject: str = "Printer") -> Any:
    return client.post("/portal/tickets/new/", {"subject": subject, "text": "It burns."})


def by(agent: User, queue: Queue, **more: Any) -> Ticket:
    return start(by=agent, queue=queue, to=CARLA, subject="Printer", html="<p>It burns.</p>", **more).ticket


def did(ticket: Ticket) -> dict[str, str]:
    """What the rule wanted → why not, "" if it was done."""
    event = ticket.events.get(kind=Event.Kind.RULE)
    return {each["do"]: each.get("not", "") for each in event.data["did"]}


def test_a_request_of_the_portal_meets_the_rules_and_why_says_so(
    enter: Enter, carla: Customer, queue: Queue, anna: User, as_ada: Client, django_capture_on_commit_callbacks: Any
) -> None:
    # U03
    printers = Queue.objects.create(name="Printers")
    printers.agents.add(anna)
    wanted = rule(
        {"do": "queue", "value": printers.pk},
        {"do": "priority", "value": Priority.HIGH},
        {"do": "tags", "value": ["fire"]},
        {"do": "assignee", "value": anna.pk},
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert ask(enter(CARLA)).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.queue, ticket.priority, ticket.assignee) == (printers, Priority.HIGH, anna)
    assert [tag.name for tag in ticket.tags.all()] == ["fire"]
    wanted.refresh_from_db()
    assert wanted.hits == 1
    why = as_ada.get(f"/tickets/{ticket.number}/why/").content.decode()
    assert "The rule “Printers” says so." in why


@pytest.mark.parametrize(
    ("condition", "meets"),
    [
        ({"field": "verdict", "how": "is", "value": "passed"}, True),
        ({"field": "customer_kind", "how": "is", "value": "customer"}, True),
        ({"field": "body", "how": "contains", "value": "burns"}, True),
        ({"field": "address", "how": "exact", "value": "support@helpdesk.example"}, False),
        ({"field": "header", "name": "X-Spam", "how": "contains", "value": "yes"}, False),
    ],
    ids=lambda each: each["field"] if isinstance(each, dict) else "",
)
def test_what_a_mail_alone_has_is_not_there(
    enter: Enter, carla: Customer, queue: Queue, condition: dict[str, Any], meets: bool
) -> None:
    rule({"do": "priority", "value": Priority.HIGH}, condition=condition)
    ask(enter(CARLA))
    assert (Ticket.objects.get().priority == Priority.HIGH) is meets


def test_what_a_rule_deletes_the_visitor_is_told_is_not_accepted(
    enter: Enter, carla: Customer, queue: Queue, django_capture_on_commit_callbacks: Any
) -> None:
    spam = rule({"do": "delete"})
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(enter(CARLA))
    assert answer.status_code == 422
    assert "cannot be accepted here" in answer.content.decode()
    assert not Ticket.objects.exists()
    assert not Outbox.objects.exists()
    spam.refresh_from_db()
    assert spam.hits == 1
    assert ask(enter(CARLA), "Scanner").status_code == 302


def test_a_rule_takes_a_topic_out_of_its_forum_and_none_into_it(enter: Enter, carla: Customer, queue: Queue) -> None:
    forum = Queue.objects.create(name="Club", forum=Queue.Forum.EVERYONE)
    moved = rule({"do": "queue", "value": queue.pk})
    client = enter(CARLA)
    client.post("/portal/topics/new/", {"subject": "Printer", "text": "It burns."})
    assert not Ticket.objects.get().is_topic
    moved.actions = [{"do": "queue", "value": forum.pk}]
    moved.save()
    ask(client)
    assert [each.is_topic for each in Ticket.objects.filter(queue=forum)] == [False]


def test_an_agents_choice_is_never_undone_by_a_rule(queue: Queue, anna: User, ada: User, carla: Customer) -> None:
    # U03
    other = Queue.objects.create(name="Printers")
    rule(
        {"do": "queue", "value": other.pk},
        {"do": "assignee", "value": anna.pk},
        {"do": "status", "value": "closed"},
        {"do": "delete"},
        {"do": "priority", "value": Priority.HIGH},
        {"do": "tags", "value": ["fire"]},
    )
    ticket = by(ada, queue, assignee=ada, tags=["own"])
    assert (ticket.queue, ticket.assignee, ticket.is_finished) == (queue, ada, False)
    assert ticket.priority == Priority.HIGH
    assert {tag.name for tag in ticket.tags.all()} == {"own", "fire"}
    stayed = dict.fromkeys(("queue", "assignee", "status", "delete"), "agent")
    assert did(ticket) == {**stayed, "priority": "", "tags": ""}


def test_a_rule_fills_in_what_the_agent_left_open_and_never_hides_the_ticket(
    queue: Queue, anna: User, ada: User, acme: Customer, main_partner: Partner
) -> None:
    rule({"do": "assignee", "value": ada.pk}, {"do": "customer", "value": acme.pk})
    anna.partner = main_partner
    anna.save()
    mine = Customer.objects.create(name="Mine", partner=main_partner)
    mine.addresses.create(address=CARLA, domain="acme.example", is_primary=True)
    ticket = by(anna, queue)
    assert (ticket.assignee, ticket.customer) == (ada, mine)
    assert did(ticket) == {"assignee": "", "customer": "blind"}


def test_a_tag_that_the_agent_and_a_rule_want_is_given_once(anna: User, carla: Customer, queue: Queue) -> None:
    rule({"do": "tags", "value": ["fire", "paper"]})
    assert sorted(tag.name for tag in by(anna, queue, tags=["fire"]).tags.all()) == ["fire", "paper"]
