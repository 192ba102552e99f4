"""Custom fields and statuses in the search: their words, and an operator for each field."""

from typing import Any

import pytest
from django.test import Client

from tickets.models import CustomField, Substatus, Ticket
from tickets.models.setup.custom_field import Kind
from tickets.search.query import search, search_for_visitor
from tickets.tests.conftest import MakeTicket

pytestmark = pytest.mark.django_db


def made(name: str, kind: str = Kind.TEXT, **more: Any) -> str:
    """The key of a new field."""
    return f"field_{CustomField.objects.create(name=name, kind=kind, **more).pk}"


def found(text: str) -> list[int]:
    return list(search(Ticket.objects.order_by("pk"), text).values_list("pk", flat=True))


def test_words_of_text_fields_are_found_by_agents_alone(make_ticket: MakeTicket) -> None:
    model, day, amount = made("Model"), made("Until", Kind.DATE), made("Amount", Kind.NUMBER)
    ticket = make_ticket("Plain", own_fields={model: "Brüderle “BW”-300 'x", day: "2031-03-01", amount: 7731})
    make_ticket("Other", own_fields={})
    for asked in ("brüderle", "bw-300", '"BW”-300"', "brued", "plain brüderle"):
        assert found(asked) == [ticket.pk], asked
    assert found("2031") == found("7731") == found("plain -brüderle") == []
    assert not search_for_visitor(Ticket.objects.all(), "brüderle").exists()
    assert search_for_visitor(Ticket.objects.all(), "plain").exists()
    ticket.set_fields({model: "Sundowner"}, by=None)
    assert (found("sundowner"), found("brüderle")) == ([ticket.pk], [])
    ticket.set_fields({}, by=None)
    assert found("sundowner") == []
    ticket.set_subject("Renamed", by=None)
    assert (found("renamed"), found("plain")) == ([ticket.pk], [])


def test_each_field_has_an_operator(make_ticket: MakeTicket) -> None:
    fields = {
        "text": made("Serial number"),
        "number": made("Amount", Kind.NUMBER),
        "date": made("Until", Kind.DATE),
        "choice": made("Colour", Kind.CHOICE, options="Light blue\nRed"),
        "checkbox": made("Paid", Kind.CHECKBOX),
        "queue": made("Queue"),
    }
    values = ("BW-300", 2.5, "2026-03-01", "Light blue", True, "north")
    one = make_ticket("One", own_fields=dict(zip(fields.values(), values, strict=True))).pk
    two = make_ticket("Two", own_fields={fields["number"]: -10, fields["date"]: "2026-02-28"}).pk
    three = make_ticket("Three").pk
    for asked, expected in {
        "serial-number:bw-300": [one],
        'Serial-Number:"BW-30"': [one],
        "serial-number:300": [one],
        "amount:2,5": [one],
        "amount:>-10": [one],
        "amount:<=2.5": [one, two],
        "amount:-10..0": [two],
        "until:2026-03-01": [one],
        "until:<2026-03-01": [two],
        "until:2026-01-01..2026-12-31 amount:>0": [one],
        'colour:"light BLUE"': [one],
        "colour:red": [],
        "paid:yes": [one],
        "paid:no": [two, three],
        "field-queue:north": [one],
    }.items():
        assert found(asked) == expected, asked


def test_what_an_operator_cannot_take_is_said_and_all_are_offered(as_anna: Client, make_ticket: MakeTicket) -> None:
    made("Amount", Kind.NUMBER)
    make_ticket("One")
    assert '<option value="amount:&gt;10">Amount</option>' in as_anna.get("/tickets/operators/").content.decode()
    for wrong in ("amount:many", "amount:>1..2", "amount:nan"):
        said = as_anna.get("/tickets/", {"text": wrong}).content.decode()
        assert "finds nothing. Write it as in amount:&gt;10." in said, wrong


def test_a_status_is_found_by_its_name(as_anna: Client, make_ticket: MakeTicket) -> None:
    supplier = Substatus.objects.create(name="With the supplier", status="waiting")
    own = make_ticket("Own", status="waiting", substatus=supplier).pk
    plain = make_ticket("Plain", status="waiting").pk
    make_ticket("New")
    assert found("status:supplier") == found('status:"with the supplier"') == [own]
    assert found("status:waiting") == [own, plain]
    assert "finds nothing" in as_anna.get("/tickets/?text=status:none").content.decode()


def test_no_value_that_is_typed_is_too_much_for_an_operator(as_anna: Client, make_ticket: MakeTicket) -> None:
    amount = made("Amount", Kind.NUMBER)
    made("Until", Kind.DATE)
    made("Serial")
    ticket = make_ticket("One", own_fields={amount: 5}).pk
    for value in ("1e30", ">1e30", "<1e308", "1..1e400", "-1e30..9", ">" + "9" * 400, "1_0", "٣", "inf", "\x00"):
        assert as_anna.get("/tickets/", {"text": f"amount:{value}"}).status_code == 200, value
    for value in ("0001-01-01..9999-12-31", "99999-01-01", "20260101", "2026-W01-1", "\x00", "%_'\"\\", "$..a"):
        for name in ("until", "serial"):
            assert as_anna.get("/tickets/", {"text": f"{name}:{value}"}).status_code == 200, value
    assert found("amount:<1e30") == [ticket]
