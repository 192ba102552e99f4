"""Custom fields and statuses in rules: what is asked of them, what is done to them, and how a page sets it up."""

from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recipients.models import Customer
from tickets.models import CustomField, Event, Queue, Rule, Substatus, Ticket
from tickets.models.setup.custom_field import About, Kind
from tickets.rules.conditions import OF_KIND, Condition, Facts, How, holds
from tickets.rules.over_time import matching
from tickets.rules.rulebook import compiled
from tickets.tasks import follow_rules
from tickets.tests.conftest import MakeTicket

pytestmark = pytest.mark.django_db

#: What is stored, the first of it is also what is asked for.
VALUES: dict[str, tuple[Any, ...]] = {
    Kind.TEXT: ("BW-300", "bw-3000", "x"),
    Kind.NUMBER: (2, 0, 2.5, -7),
    Kind.DATE: ("2026-03-01", "2026-02-28", "2027-01-01"),
    Kind.CHOICE: ("Blue", "Red"),
    Kind.CHECKBOX: (True,),
}


def made(kind: str = Kind.TEXT, name: str = "Model", **more: Any) -> CustomField:
    return CustomField.objects.create(name=name, kind=kind, options="Red\nBlue" * (kind == Kind.CHOICE), **more)


def key(field: CustomField) -> str:
    return f"field_{field.pk}"


@pytest.mark.parametrize("about", About.values)
@pytest.mark.parametrize("kind", Kind.values)
def test_a_mail_and_the_database_answer_alike(make_ticket: MakeTicket, acme: Customer, kind: str, about: str) -> None:
    name = key(made(kind, about=about))
    ticket = make_ticket(customer=acme)
    row = ticket if about == About.TICKET else acme
    for stored in (*VALUES[kind], None):
        row.own_fields = {} if stored is None else {name: stored}
        row.save()
        for how, negated in product(OF_KIND[kind], (False, True)):
            condition = Condition(name, how, "" if how in (How.FILLED, How.YES) else VALUES[kind][0], negated)
            asked = compiled(Rule(trigger="time", conditions=[condition.as_json()]))
            by_mail = holds(condition, Facts(timezone.now(), fields={name: stored}))
            assert matching(asked, timezone.now()).exists() is by_mail, (stored, how, negated)


def test_what_is_gone_is_asked_for_nothing_and_gets_nothing(make_ticket: MakeTicket) -> None:
    field, ticket = made(), make_ticket()
    sales = made(name="Of sales")
    sales.queues.add(Queue.objects.create(name="Sales"))
    sales.save()
    gone = [{"field": "field_999", "how": "filled", "value": "", "negated": True}]
    assert not matching(compiled(Rule(trigger="time", conditions=gone)), timezone.now()).exists()
    did = [("field_999", "x"), (key(sales), "x"), ("status", "waiting:999"), (key(field), "BW")]
    asked = [{"field": key(field), "how": "filled", "value": "", "negated": True}]
    actions = [{"do": do, "value": value} for do, value in did]
    Rule.objects.create(name="All", trigger="time", conditions=asked, actions=actions)
    follow_rules()
    ticket.refresh_from_db()
    assert (ticket.own_fields, ticket.status) == ({key(field): "BW"}, "new")
    said = {each["do"]: each.get("not") for each in ticket.events.get(kind=Event.Kind.RULE).data["did"]}
    assert said == {"field_999": "gone", key(sales): "elsewhere", "status": "gone", key(field): None}


def test_a_rule_over_time_is_set_up_and_told_in_words(as_ada: Client, make_ticket: MakeTicket) -> None:
    amount, paid = made(Kind.NUMBER, "Amount"), made(Kind.CHECKBOX, "Paid")
    supplier = Substatus.objects.create(name="With the supplier", status="waiting")
    ticket = make_ticket(own_fields={key(amount): 3.5}, status="waiting", substatus=supplier)
    other = make_ticket(own_fields={key(amount): 3.5}, status="waiting")
    parts = [f"c0:{key(amount)}", "c1:status", f"a0:{key(paid)}", "a1:status", "a2:note"]
    form = {"name": "Paid", "combine": "all", "is_active": "on", "part": parts, "c0-how": "at_least", "c0-value": "3,5"}
    form |= {"c1-how": "is", "c1-value": supplier_value(supplier), "a0-value": "yes", "a1-value": "open"}
    form |= {"a2-value": '{{ ticket.fields["Amount"] }} of {{ ticket.fields["Paid"] }}'}
    add = "/settings/rules/over-time/new/"
    offered = as_ada.get(add).content.decode()
    assert f'<option value="{key(amount)}">Amount</option>' in offered
    assert "Enter a number." in as_ada.post(add, form | {"c0-value": "much"}).content.decode()
    assert "This field is required." in as_ada.post(add, form | {"c0-value": ""}).content.decode()
    assert "1 of 2 unsolved tickets." in as_ada.post(add, form | {"c0-value": "3.5", "do": "try"}).content.decode()
    assert as_ada.post(add, form | {"c0-value": "3.5"}).status_code == 302
    listed = as_ada.get("/settings/rules/over-time/").content.decode()
    said = ("Amount is at least “3.5”", "Status is “With the supplier”", "Paid: Yes")
    assert [each for each in said if each not in listed] == []
    assert 'value="3.5"' in as_ada.get(f"/settings/rules/over-time/{Rule.objects.get().pk}/").content.decode()
    follow_rules()
    ticket.refresh_from_db()
    assert (ticket.own_fields, ticket.status) == ({key(amount): 3.5, key(paid): True}, "open")
    assert ticket.comments.get().text == "3.5 of Yes"
    assert not Event.objects.filter(ticket=other, kind=Event.Kind.RULE).exists()
    assert "Paid: Yes" in as_ada.get(f"/tickets/{ticket.pk}/history/").content.decode()


def supplier_value(status: Substatus) -> str:
    return f"{status.status}:{status.pk}"


def test_a_line_about_a_field_that_is_gone_is_shown_and_has_to_be_removed(as_ada: Client) -> None:
    field = made()
    asked = [{"field": key(field), "how": "exact", "value": "BW"}]
    rule = Rule.objects.create(
        name="Old", trigger="time", conditions=asked, actions=[{"do": key(field), "value": "BW"}]
    )
    field.delete()
    address = f"/settings/rules/over-time/{rule.pk}/"
    assert as_ada.get(address).content.decode().count("(gone)") >= 2
    form = {"name": "Old", "combine": "all", "part": [f"c0:{key(field)}", f"a0:{key(field)}"], "c0-how": "exact"}
    refused = as_ada.post(address, form | {"c0-value": "BW", "a0-value": "BW"}).content.decode()
    assert refused.count("This field no longer exists: remove the line.</li></ul>") == 2  # beside each line
    assert "(gone)" in as_ada.get("/settings/rules/over-time/").content.decode()
    assert Ticket.objects.count() == 0
