"""Rules for new requests, through the door of every mail: what each action does, and which rule did what."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mailboxes.inbound import pipeline
from mailboxes.inbound.take_in import take_in
from mailboxes.models import Address, InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from recipients.models import Customer, Kind, Partner, Recipient, Role, User
from tickets.customers.pairing import pair
from tickets.models import Category, CustomField, Event, Outbox, Queue, Rule, Status, Substatus, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]
PRINTER = {"field": "subject", "how": "contains", "value": "printer"}


def rule(name: str, *actions: tuple[str, Any], on: Any = PRINTER, **more: Any) -> Rule:
    """A rule with one condition or several."""
    conditions = on if isinstance(on, list) else [on]
    stored = [{"do": do, "value": value} for do, value in actions]
    return Rule.objects.create(name=name, conditions=conditions, actions=stored, **more)


def opened(raw: bytes) -> Ticket:
    row = arrive(raw)
    assert row.outcome == Outcome.TICKET, row.reason + row.traceback
    return Ticket.objects.get(pk=row.ticket_id)


@pytest.fixture
def finance(db: None) -> Queue:
    return Queue.objects.create(name="Finance")


@pytest.fixture
def fiona(finance: Queue) -> User:
    """Fiona, agent of the queue Finance."""
    user = User.objects.create_user("fiona@helpdesk.example", "correct horse battery", first_name="Fiona")
    user.queues.add(finance)
    return user


def test_a_rule_moves_sets_and_tags_a_request(finance: Queue, fiona: User) -> None:  # U03
    printers = Category.objects.create(name="Printers")
    rule(
        "Printers",
        ("queue", finance.pk),
        ("priority", 4),
        ("category", printers.pk),
        ("tags", ["hardware"]),
        ("assignee", fiona.pk),
    )
    ticket = opened(mail(Subject="My printer"))
    assert (ticket.queue, ticket.priority, ticket.category, ticket.assignee) == (finance, 4, printers, fiona)
    assert [tag.name for tag in ticket.tags.all()] == ["hardware"]
    said = ticket.events.get(kind=Event.Kind.RULE).data
    assert said["name"] == "Printers"
    assert [each["do"] for each in said["did"]] == ["queue", "priority", "category", "tags", "assignee"]


def test_a_rule_by_the_address_tells_only_the_finance_agent(
    support: Mailbox, queue: Queue, anna: User, fiona: User
) -> None:  # U16, U20, SC49
    Address.objects.create(address="billing@helpdesk.example", mailbox=support, queue=queue)
    fiona.queues.add(queue)
    billing = {"field": "address", "how": "exact", "value": "billing@helpdesk.example"}
    rule("Billing", ("notify_only", [fiona.pk]), on=billing)
    ticket = opened(mail(To="billing@helpdesk.example"))
    assert list(Outbox.objects.filter(ticket=ticket, to_staff=True).values_list("recipient", flat=True)) == [
        fiona.email
    ]
    opened(mail())
    assert Outbox.objects.filter(recipient=anna.email).exists()


def test_further_agents_are_told_as_well_if_they_may_see_it(anna: User, fiona: User, queue: Queue) -> None:
    User.objects.update(notify_new_tickets=False)
    rule("Also Anna", ("notify", [anna.pk, fiona.pk]))
    ticket = opened(mail(Subject="Printer"))
    told = set(Outbox.objects.filter(ticket=ticket, to_staff=True).values_list("recipient", flat=True))
    assert told == {anna.email}


@pytest.mark.parametrize(("stop", "priority"), [(False, 1), (True, 3)])
def test_a_later_rule_overrides_an_earlier_one_unless_that_one_stops(stop: bool, priority: int) -> None:  # SC49
    first = rule("High", ("priority", 3), stop=stop)
    rule("Low", ("priority", 1))
    ticket = opened(mail(Subject="Printer"))
    assert ticket.priority == priority
    first.refresh_from_db()
    assert first.hits == 1
    assert first.last_hit_at is not None
    if not stop:
        done = Event.objects.filter(kind=Event.Kind.RULE).order_by("pk").first()
        assert done
        assert done.data["did"] == [{"do": "priority", "value": 3, "not": "overridden"}]


def test_a_deleted_request_leaves_nothing_behind(queue: Queue) -> None:  # U03, S10, SC49
    Queue.objects.update(auto_add=True)
    doomed = rule("Away", ("delete", None), stop=True)
    row = arrive(mail(Subject="Printer", From="stranger@elsewhere.example"))
    assert (row.outcome, row.reason) == (Outcome.DELETED_BY_RULE, "The rule “Away” deletes such requests.")
    left = [model.objects.count() for model in (Ticket, Recipient, Customer, Outbox)]
    assert left == [0, 0, 0, 0]
    doomed.refresh_from_db()
    assert doomed.hits == 1


def test_an_answer_is_no_new_request(queue: Queue) -> None:  # S10
    ticket = opened(mail(Subject="Scanner"))
    rule("Away", ("delete", None), on={"field": "subject", "how": "contains", "value": "scanner"})
    row = arrive(mail(Subject=f"Re: [#{ticket.number}] Scanner"))
    assert (row.outcome, row.ticket_id) == (Outcome.COMMENT, ticket.pk)


def test_a_rule_may_confirm_nothing_and_close(queue: Queue) -> None:
    rule("Quiet", ("no_confirmation", None), ("status", "closed"))
    ticket = opened(mail(Subject="Printer"))
    assert ticket.status == Status.CLOSED
    assert ticket.closed_at == ticket.created_at
    assert not Outbox.objects.filter(kind=Outbox.Kind.REQUEST_RECEIVED).exists()


def test_the_policy_of_the_queue_that_a_rule_chose_counts(finance: Queue) -> None:
    Queue.objects.filter(pk=finance.pk).update(unknown_senders=Queue.UnknownSenders.REFUSE)
    rule("Move", ("queue", finance.pk))
    assert arrive(mail(Subject="Printer", From="x@elsewhere.example")).outcome == Outcome.REFUSED
    assert arrive(mail(Subject="Paper", From="x@elsewhere.example")).outcome == Outcome.TICKET


def test_nobody_is_assigned_who_may_not_see_the_ticket(queue: Queue, fiona: User) -> None:
    rule("Fiona", ("assignee", fiona.pk))
    ticket = opened(mail(Subject="Printer"))
    assert ticket.assignee is None
    assert ticket.events.get(kind=Event.Kind.RULE).data["did"][0]["not"] == "blind"


def test_a_rule_assigns_by_the_partner_of_the_customer(queue: Queue, main_partner: Partner, carla: Customer) -> None:
    Customer.objects.update(partner=main_partner)
    ben = User.objects.create_user("ben@helpdesk.example", "x", partner=main_partner, role=Role.ADMINISTRATOR)
    rule("Ben", ("assignee", ben.pk))
    assert opened(mail(Subject="Printer")).assignee == ben
    assert opened(mail(Subject="Printer", From="nobody@elsewhere.example")).assignee is None


def test_a_rule_gives_a_customer_where_nobody_is_recognised(queue: Queue, acme: Customer, carla: Customer) -> None:
    other = Customer.objects.create(name="Other", kind=Kind.CUSTOMER)
    rule("Shop", ("customer", other.pk))
    given = opened(mail(Subject="Printer", From="shop@elsewhere.example"))
    assert (given.customer, given.validity, given.is_certain) == (other, "to_verify", False)
    recognised = opened(mail(Subject="Printer"))
    assert recognised.customer == carla
    assert recognised.events.get(kind=Event.Kind.RULE).data["did"][0]["not"] == "recognised"


def test_a_pairing_beats_a_rule(queue: Queue, acme: Customer, ada: User) -> None:
    other = Customer.objects.create(name="Other")
    Recipient.objects.create(address="u@elsewhere.example")
    pair(Recipient.objects.all(), acme, by=ada)
    rule("Shop", ("customer", other.pk))
    assert opened(mail(Subject="Printer", From="u@elsewhere.example")).customer == acme


def test_rules_cost_a_batch_two_statements(queue: Queue, carla: Customer) -> None:
    """One to read them with the snapshot, one to count their hits."""

    def statements() -> int:
        rows = [(take_in(raw), raw) for raw in [mail(Subject=f"Printer {number}") for number in range(5)]]
        with CaptureQueriesContext(connection) as captured:
            pipeline.process_batch(rows)
        return len(captured)

    statements()
    without = statements()
    rule("High", ("priority", 3))
    rule("Kind", ("priority", 1), on={"field": "customer_kind", "how": "is", "value": "customer"})
    assert statements() <= without + 1
    rule("Tagged", ("tags", ["printer"]))
    assert statements() <= without + 5  # the tags of all of them in three, and the look at what is there
    assert Rule.objects.filter(hits=10).count() == 2
    assert InboundEmail.objects.filter(outcome=Outcome.TICKET).count() == 20


def test_a_page_says_why_a_ticket_got_what_it_got(as_anna: Client, finance: Queue, anna: User, carla: Customer) -> None:
    anna.queues.add(finance)
    rule("Printers", ("queue", finance.pk), ("priority", 4), ("assignee", anna.pk), ("no_confirmation", None))
    ticket = opened(mail(Subject="My printer"))
    html = as_anna.get(f"/tickets/{ticket.number}/why/").content.decode()
    for sentence in (
        "It was written to support@helpdesk.example.",
        "Queue: Finance</strong>",
        "Queue: Finance; Priority: Urgent; Assignee: Anna Berg; Send no confirmation (Subject contains “printer”)",
        "The rule “Printers” says so.",
        "Carla Conti, because",
        anna.email,
    ):
        assert sentence in html
    ticket.set_priority(1, by=anna)
    assert "Anna Berg set the priority to Low." in as_anna.get(f"/tickets/{ticket.number}/why/").content.decode()
    anna.queues.clear()
    assert as_anna.get(f"/tickets/{ticket.number}/why/").status_code == 404


def test_a_page_says_why_without_any_rule(as_anna: Client, queue: Queue) -> None:
    ticket = opened(mail(From="x@elsewhere.example"))
    html = as_anna.get(f"/tickets/{ticket.number}/why/").content.decode()
    assert "Did a rule apply?" in html
    assert "The queue handles the address it was sent to." in html
    assert "It is the default of the queue." in html
    assert "Yes: x@elsewhere.example." in html


def test_the_history_and_a_dry_run_name_the_rule(as_ada: Client, queue: Queue) -> None:
    rule("Printers", ("priority", 4))
    raw = mail(Subject="My printer")
    dry = as_ada.post("/mail/what-if/", {"source": raw.decode()}).content.decode()
    assert "Rule “Printers”" in dry
    assert "Priority: Urgent (Subject contains “printer”)" in dry
    ticket = opened(raw)
    history = as_ada.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "applied the rule “Printers”: Priority: Urgent" in history
    rule("Away", ("delete", None))
    dry = as_ada.post("/mail/what-if/", {"source": mail(Subject="Printer").decode()}).content.decode()
    assert "The rule “Away” deletes such requests." in dry
    assert "It would open no ticket." in dry


@pytest.mark.parametrize(("negated", "priority"), [(False, 2), (True, 4)])
def test_a_rule_knows_the_hours_of_the_queue(queue: Queue, negated: bool, priority: int) -> None:
    """Received on a Friday at noon, which this queue does not work."""
    Queue.objects.update(opening_hours=[[["08:00", "16:00"]]] * 4 + [[]] * 3)
    rule("Late", ("priority", 4), on={"field": "in_hours", "how": "yes", "value": "", "negated": negated})
    row = take_in(mail(Subject="Printer"))
    row.received_at = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
    row.save()
    ticket = pipeline.deliver(row).ticket
    assert ticket
    assert ticket.priority == priority


def test_a_rule_asks_for_a_customers_field_and_sets_a_status_and_a_field_of_ones_own(acme: Customer) -> None:  # T19
    contract = CustomField.objects.create(name="Contract", about="customer", kind="choice", options="Gold\nBasic")
    level, other = (CustomField.objects.create(name=name) for name in ("Level", "Not here"))
    other.queues.add(Queue.objects.create(name="Sales"))
    other.save()
    parts = Substatus.objects.create(name="With the supplier", status="waiting")
    gold = {"field": f"field_{contract.pk}", "how": "is", "value": "Gold"}
    values = [("status", f"waiting:{parts.pk}"), (f"field_{level.pk}", "first"), (f"field_{other.pk}", "x")]
    rule("Gold", *values, on=gold)
    Customer.objects.filter(pk=acme.pk).update(own_fields={f"field_{contract.pk}": "Basic"})
    acme.addresses.create(address="boss@acme.example")
    assert opened(mail(From="boss@acme.example")).substatus is None
    Customer.objects.filter(pk=acme.pk).update(own_fields={f"field_{contract.pk}": "Gold"})
    ticket = opened(mail(From="boss@acme.example"))
    assert (ticket.status, ticket.substatus, ticket.own_fields) == ("waiting", parts, {f"field_{level.pk}": "first"})
    assert ticket.waiting_since == ticket.created_at
    (event,) = ticket.events.filter(kind=Event.Kind.RULE)
    assert [each.get("not") for each in event.data["did"]] == [None, None, "elsewhere"]
