"""Custom fields on customers: columns and filters of their list, and their export and import."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from recipients.models import Customer, CustomerAddress, Partner, User
from recipients.tests.customers.test_import_file import go_on, upload
from tickets.models import CustomField, Queue, Ticket, Wording
from tickets.models.setup.custom_field import About, Kind
from tickets.tests.wording.test_wording import confirmed

pytestmark = pytest.mark.django_db

LIST = "/customers/"


@pytest.fixture
def made(db: None) -> dict[str, str]:
    """The key of a field of each kind, by its kind."""
    options = {Kind.CHOICE: "Gold\nBasic"}
    fields = {
        kind: CustomField.objects.create(
            name=f"Of {kind}", kind=kind, about=About.CUSTOMER, options=options.get(kind, "")
        )
        for kind in Kind.values
    }
    return {kind: f"field_{field.pk}" for kind, field in fields.items()}


def names(client: Client, query: str) -> list[str]:
    return [row.record.name for row in client.get(f"{LIST}?{query}").context["table"].paginated_rows]


def values(made: dict[str, str], *said: Any) -> dict[str, Any]:
    return dict(zip(made.values(), said, strict=False))


def test_they_are_columns_and_filters_of_the_list(as_anna: Client, made: dict[str, str]) -> None:
    Customer.objects.create(name="A", own_fields=values(made, "<C-1>", 5, "2026-03-01", "Gold", True))
    Customer.objects.create(name="B", own_fields=values(made, "C-2", 10, "2026-02-01", "Basic"))
    Customer.objects.create(name="C")
    assert "C-2" not in as_anna.get(LIST).content.decode()
    as_anna.post(f"{LIST}columns/", {"columns": [made["text"], made["number"], "number"]})
    shown = as_anna.get(LIST).content.decode()
    assert "&lt;C-1&gt;" in shown
    assert 'data-label="Email"' not in shown
    for asked, expected in {
        f"{made['text']}=C-2": ["B"],
        f"{made['number']}_from=6": ["B"],
        f"{made['date']}_to=2026-02-15": ["B"],
        f"{made['choice']}=Gold&{made['checkbox']}=1": ["A"],
        f"sort=-{made['number']}": ["B", "A", "C"],
        f"sort={made['number']}": ["A", "B", "C"],
    }.items():
        assert names(as_anna, asked) == expected, asked


def test_what_is_exported_is_read_again(
    as_anna: Client, carla: Customer, main_partner: Partner, made: dict[str, str]
) -> None:
    own = values(made, "=1+1", 2.5, "2026-03-01", "Gold", True)
    Customer.objects.filter(pk=carla.pk).update(number="K7", partner=main_partner, own_fields=own, language="de")
    CustomerAddress.objects.create(customer=carla, address="c@home.example")
    answer = as_anna.get(f"{LIST}export/?format=csv&text=carla")
    content = answer.getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content))
    assert (row["Number"], row["Email"], row["Company"]) == ("K7", "carla@acme.example", "Acme GmbH")
    assert (row["Of text"], row["Of number"], row["Of checkbox"]) == ("'=1+1", "2.5", "yes")
    Customer.objects.filter(pk=carla.pk).update(own_fields={made["text"]: "=1+1"}, notes="x")
    preview = upload(as_anna, content)
    changes = preview.context["plan"].rows[0].labelled
    assert {name for name, _before, _after in changes} == {f"Of {kind}" for kind in list(made)[1:]}
    go_on(as_anna, preview)
    carla.refresh_from_db()
    assert (carla.own_fields, carla.notes) == (own, "x")
    book = load_workbook(io.BytesIO(as_anna.get(f"{LIST}export/?format=xlsx&text=carla").getvalue()))
    assert [cell.data_type for cell in list(book.active.iter_rows())[1]][-5:] == ["s", "s", "d", "n", "s"]


def test_a_wrong_cell_is_named_and_an_import_empties_a_box(as_anna: Client, made: dict[str, str]) -> None:
    Customer.objects.create(name="A", number="1", own_fields={made["checkbox"]: True, made["text"]: "kept"})
    head = "number;of number;Of date;Of choice;Of checkbox"
    wrong = upload(as_anna, f"{head}\n1;many;soon;Silver;perhaps\n")
    said = " ".join(wrong.context["plan"].rows[0].errors)
    for each in ("Of number: Enter a number", "Of date: Enter a valid date", "Of choice: Select", "neither yes nor no"):
        assert each in said
    assert "Of choice" in as_anna.get(f"{LIST}import/").content.decode()
    assert b"Of choice" in as_anna.get(f"{LIST}import/csv/").getvalue()
    go_on(as_anna, upload(as_anna, f"{head}\n1;3,5;2026-03-01;gold;no\n"))
    customer = Customer.objects.get()
    expected = {made["text"]: "kept", made["number"]: 3.5, made["date"]: "2026-03-01", made["choice"]: "Gold"}
    assert customer.own_fields == expected


def test_an_agent_exports_the_customers_of_their_partner_alone(  # R30
    as_anna: Client, anna: User, carla: Customer, main_partner: Partner
) -> None:
    Customer.objects.create(name="Mine", partner=main_partner)
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    rows = as_anna.get(f"{LIST}export/?format=csv").getvalue().decode().splitlines()
    assert (len(rows), "Mine" in rows[1]) == (2, True)
    assert "1 customer, filtered like the list." in as_anna.get(f"{LIST}export/").content.decode()


def test_texts_name_fields_and_those_of_a_customer_only_where_it_is_certain(
    as_ada: Client, ticket: Ticket, queue: Queue, carla: Customer, made: dict[str, str]
) -> None:
    model = CustomField.objects.create(name='"Model"')
    text = '{{ ticket.fields[\'"Model"\'] }} of {{ ticket.customer_fields["Of date"] }}.'
    Wording.write(queue, "request_received", "Received", text, by=None)
    Customer.objects.filter(pk=carla.pk).update(own_fields={made["date"]: "2026-03-01"})
    Ticket.objects.filter(pk=ticket.pk).update(own_fields={f"field_{model.pk}": "<BW>"})
    ticket.refresh_from_db()
    assert "<BW> of 1 Mar 2026." in confirmed(ticket).text
    ticket.validity = "to_verify"
    assert "<BW> of ." in confirmed(ticket).text
    editor = as_ada.get(f"/settings/queues/{queue.pk}/wording/request_received/").content.decode()
    assert "ticket.customer_fields[&quot;Of date&quot;]" in editor
    assert "Customer: Of date" in editor
    replies = as_ada.get("/settings/replies/new/").content.decode()
    assert "ticket.fields[&#x27;&quot;Model&quot;&#x27;]" in replies
    assert "ticket.fields[" in as_ada.get("/settings/rules/over-time/new/").content.decode()
