"""The list of tickets as a file: its rows, order and columns, for whoever may see them."""

import csv
import datetime as dt
import io
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from conftest import PASSWORD
from helpdesk import limits
from recipients.models import Customer, Partner, User
from tickets.models import Category, CustomField, Queue, Substatus, Ticket
from tickets.tests.conftest import MakeComment, MakeTicket

pytestmark = pytest.mark.django_db

EXPORT = "/tickets/export/"


def rows(client: Client, query: str = "") -> list[list[str]]:
    """The rows of the CSV file, the headers first."""
    answer = client.get(f"{EXPORT}?format=csv&{query}")
    assert answer["Content-Disposition"].endswith('.csv"')
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_the_rows_of_the_list_in_its_order_with_its_columns_are_exported_and_do_no_harm(
    as_anna: Client, make_ticket: MakeTicket
) -> None:
    amount = CustomField.objects.create(name="Amount", kind="number")
    until = CustomField.objects.create(name="Until", kind="date")
    parts = Substatus.objects.create(name="With the supplier", status="waiting")
    model = CustomField.objects.create(name="Model")
    own = {f"field_{amount.pk}": -2.5, f"field_{until.pk}": "2026-03-01", f"field_{model.pk}": "-1+cmd"}
    category = Category.objects.create(name="Hardware")
    evil = make_ticket(
        "=HYPERLINK(1)", own_fields=own, status="waiting", substatus=parts, priority=4, category=category
    )
    make_ticket("Solved", status="solved")
    other = make_ticket("Other")
    columns = ["status", "priority", "category", *own]
    as_anna.post("/tickets/columns/", {"columns": columns})
    assert rows(as_anna, "sort=priority") == [
        ["Number", "Subject", "Status", "Priority", "Category", "Amount", "Model", "Until"],
        [str(other.pk), "Other", "New", "Normal", "", "", "", ""],
        [
            str(evil.pk), "'=HYPERLINK(1)", "With the supplier", "Urgent", "Hardware",
            "-2.5", "'-1+cmd", "2026-03-01",
        ],
    ]  # fmt: skip
    assert [row[0] for row in rows(as_anna, "text=hyperlink&view=all")[1:]] == [str(evil.pk)]
    book = load_workbook(io.BytesIO(as_anna.get(f"{EXPORT}?format=xlsx&priority=4").getvalue()))
    _head, cells = book.active.iter_rows()
    assert [cell.data_type for cell in cells] == ["n", "s", "s", "s", "s", "n", "s", "d"]
    assert (cells[1].value, cells[5].value) == ("=HYPERLINK(1)", -2.5)


def test_the_order_is_that_of_the_list(as_anna: Client, make_ticket: MakeTicket) -> None:
    key = f"field_{CustomField.objects.create(name='Amount', kind='number').pk}"
    as_anna.post("/tickets/columns/", {"columns": [key]})
    much, little = make_ticket("Invoice", own_fields={key: 20}), make_ticket("No invoice yet", own_fields={key: 3})
    for ticket, days in ((much, 2), (little, 1)):
        Ticket.objects.filter(pk=ticket.pk).update(due_at=timezone.now() - dt.timedelta(days))
    expected = {
        "": [little, much],
        f"sort={key}": [little, much],
        f"sort=-{key}": [much, little],
        "text=invoice": [much, little],
        "view=due": [much, little],
    }
    for query, tickets in expected.items():
        listed = [row.record for row in as_anna.get(f"/tickets/?{query}").context["table"].paginated_rows]
        assert listed == tickets, query
        assert [int(row[0]) for row in rows(as_anna, query)[1:]] == [each.pk for each in tickets], query


def test_behind_the_best_come_the_others_as_in_the_list(
    as_anna: Client, make_ticket: MakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in ("postgresql", "sqlite"):
        monkeypatch.setattr(f"tickets.search.{engine}.MOST_RANKED", 2)
    first = make_ticket("Invoice")
    made = [first.pk, *(make_ticket(f"{subject} {first.pk}").pk for subject in ("Invoice", "No invoice", "An invoice"))]
    for words in ("invoice", str(first.pk)):
        answer = as_anna.get(f"/tickets/?text={words}&view=all")
        listed = [row.record.pk for row in answer.context["table"].paginated_rows]
        assert sorted(listed) == made
        assert [int(row[0]) for row in rows(as_anna, f"text={words}&view=all")[1:]] == listed
    assert listed[0] == first.pk


def test_all_columns_have_the_users_clock_and_language(
    as_anna: Client, anna: User, make_ticket: MakeTicket, make_comment: MakeComment, carla: Customer
) -> None:
    User.objects.filter(pk=anna.pk).update(time_zone="Europe/Rome", language="de")
    at = dt.datetime(2026, 1, 5, 23, 30, tzinfo=dt.UTC)
    ticket = make_ticket(customer=carla, assignee=anna, created_at=at)
    ticket.set_tags(["b", "a"], by=None)
    make_comment(ticket, created_at=at)
    head, row = rows(as_anna, "columns=all")
    said = dict(zip(head, row, strict=True))
    assert (said["Betreff"], said["Kunde"], said["Zuständig"]) == (ticket.subject, carla.name, str(anna))
    assert said["Erstellt"] == at.astimezone(ZoneInfo("Europe/Rome")).isoformat(sep=" ") == said["Wartet seit"]
    assert (said["Status"], "a, b" in row) == ("Neu", True)


def test_each_agent_exports_what_they_may_see(  # R30
    client: Client, make_ticket: MakeTicket, carla: Customer, main_partner: Partner, queue: Queue
) -> None:
    Customer.objects.filter(pk=carla.pk).update(partner=main_partner)
    sales = Queue.objects.create(name="Sales")
    mine, nobodys = make_ticket("Of the partner", customer=carla), make_ticket("Of nobody")
    elsewhere = make_ticket("Elsewhere", queue=sales)
    sees = {"any": {mine, nobodys}, "partner": {mine}, "sales": {elsewhere}}
    for name, seen in sees.items():
        user = User.objects.create_user(f"{name}@helpdesk.example", PASSWORD)
        user.queues.add(sales if name == "sales" else queue)
        if name == "partner":
            User.objects.filter(pk=user.pk).update(partner=main_partner)
        client.force_login(user)
        for query in ("", "text=of&view=all", f"queue={sales.pk}&columns=all"):
            found = {int(row[0]) for row in rows(client, query)[1:]}
            assert found <= {ticket.pk for ticket in seen}, (name, query)
        assert {int(row[0]) for row in rows(client)[1:]} == {ticket.pk for ticket in seen}
        assert f"{len(seen)} ticket" in client.get(EXPORT).context["said"]


def test_more_rows_take_no_more_queries_and_what_a_workbook_cannot_hold_is_said(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            rows(as_anna, "columns=all")
        return len(queries)

    make_comment(make_ticket("0"))
    few = asked()
    for number in range(1, 4):
        make_comment(make_ticket(str(number)))
    assert asked() == few
    monkeypatch.setattr(limits, "XLSX_TICKETS", replace(limits.XLSX_TICKETS, amount=2))
    assert "A workbook holds only the first 2 of them; CSV holds them all." in as_anna.get(EXPORT).content.decode()
    book = load_workbook(io.BytesIO(as_anna.get(f"{EXPORT}?format=xlsx").getvalue()))
    assert len(list(book.active.iter_rows())) == 3  # with the headers


def test_what_no_file_of_a_spreadsheet_can_hold_spoils_none(as_anna: Client, make_ticket: MakeTicket) -> None:
    # R33
    born = CustomField.objects.create(name="Born", kind="date")
    make_ticket("a\uffffb\ufffe", own_fields={f"field_{born.pk}": "0001-01-01"})
    as_anna.post("/tickets/columns/", {"columns": [f"field_{born.pk}"]})
    book = load_workbook(io.BytesIO(as_anna.get(f"{EXPORT}?format=xlsx").getvalue()))
    _head, (_number, subject, day) = book.active.iter_rows(values_only=True)
    assert (subject, day) == ("ab", "0001-01-01")


def test_a_formula_after_a_separator_of_another_language_is_text_too(as_anna: Client, make_ticket: MakeTicket) -> None:
    # R33
    make_ticket('Paper; "=HYPERLINK(1)')
    as_anna.post("/tickets/columns/", {"columns": []})
    assert rows(as_anna)[1][1] == "Paper; \"'=HYPERLINK(1)"
