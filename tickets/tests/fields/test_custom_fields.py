"""Custom fields: set up, filled in beside a ticket and a customer, shown, filtered, needed, and taken back."""

import re

import pytest
from django.test import Client

from recipients.models import Customer, Partner, User
from tickets.models import CannedReply, CustomField, NotAllowed, Queue, Ticket
from tickets.models.setup.custom_field import About, Kind
from tickets.tests.conftest import MakeTicket
from tickets.tests.ticket_list.test_ticket_list import numbers
from tickets.tests.ticket_page.conftest import HTMX
from tickets.tests.ticket_page.test_changing import properties

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(db: None) -> dict[str, CustomField]:
    """A field of each kind, by its kind."""
    options = {Kind.CHOICE: "Red\nBlue"}
    return {
        kind: CustomField.objects.create(name=f"Of {kind}", kind=kind, options=options.get(kind, ""))
        for kind in Kind.values
    }


def key(field: CustomField) -> str:
    return f"field_{field.pk}"


def fill(client: Client, ticket: Ticket, values: dict[str, object], **more: object) -> str:
    data = properties(ticket, **more) | values
    return client.post(f"/tickets/{ticket.number}/properties/", data, headers=HTMX).content.decode()


TYPED = {"text": "BW-300", "number": "0", "date": "2026-03-01", "choice": "Blue", "checkbox": "on"}


def test_a_field_is_made_and_what_it_is_about_stays(as_ada: Client, queue: Queue) -> None:
    form = {"name": "Colour", "about": "ticket", "kind": "choice", "options": " Red \n\nBlue\nRed", "is_active": "on"}
    as_ada.post("/settings/fields/new/", form | {"queues": [queue.pk]})
    field = CustomField.objects.get()
    assert (field.options, list(field.queues.all())) == ("Red\nBlue", [queue])
    as_ada.post(f"/settings/fields/{field.pk}/", form | {"name": "Paint", "about": "customer", "kind": "text"})
    field.refresh_from_db()
    assert (field.name, field.about, field.kind) == ("Paint", "ticket", "choice")
    refused = as_ada.post("/settings/fields/new/", form | {"name": "Empty", "options": ""}).content.decode()
    assert "Enter the choices" in refused


def test_every_kind_is_filled_in_shown_told_and_taken_back(
    as_anna: Client, ticket: Ticket, made: dict[str, CustomField]
) -> None:
    shown = fill(as_anna, ticket, {key(field): TYPED[kind] for kind, field in made.items()})
    ticket.refresh_from_db()
    stored = {kind: (ticket.own_fields or {}).get(key(field)) for kind, field in made.items()}
    assert stored == {"text": "BW-300", "number": 0, "date": "2026-03-01", "choice": "Blue", "checkbox": True}
    history = as_anna.get(f"/tickets/{ticket.pk}/history/").content.decode()
    assert all(each in history for each in ("Of text: BW-300", "Of number: 0", "Of choice: Blue", "Of checkbox: Yes"))
    undo = re.search(r'action="(/tickets/undo/[^"]+)"', shown)
    assert undo
    as_anna.post(undo[1])
    ticket.refresh_from_db()
    assert not ticket.own_fields


def test_a_wrong_value_is_named_and_nothing_is_changed(
    as_anna: Client, ticket: Ticket, made: dict[str, CustomField]
) -> None:
    assert "Enter a number." in fill(as_anna, ticket, {key(made["number"]): "many"}, status="open")
    assert "Select a valid choice" in fill(as_anna, ticket, {key(made["choice"]): "Green"}, status="open")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.own_fields) == ("new", None)


def test_it_is_a_column_and_a_filter_of_the_list(
    as_anna: Client, make_ticket: MakeTicket, made: dict[str, CustomField]
) -> None:
    keys = {kind: key(field) for kind, field in made.items()}
    values = {"text": "BW-300", "number": 2.5, "date": "2026-03-01", "choice": "Blue", "checkbox": True}
    one = make_ticket("One", own_fields={keys[kind]: value for kind, value in values.items()})
    make_ticket("Other", own_fields={keys["text"]: "BW-3000", keys["number"]: 25})
    make_ticket("Third")
    as_anna.post("/tickets/columns/", {"columns": [key(made["text"]), key(made["date"])]})
    shown = as_anna.get("/tickets/").content.decode()
    assert "BW-3000" in shown
    assert "1 Mar 2026" in shown
    for kind, asked in {**TYPED, "number": "2.5", "checkbox": "1"}.items():
        assert numbers(as_anna, f"?{key(made[kind])}={asked}") == [one.pk], kind
    assert numbers(as_anna, f"?{key(made['text'])}=%27%22%3B--") == []


def test_ranges_are_asked_for_and_numbers_and_days_sort(
    as_anna: Client, make_ticket: MakeTicket, made: dict[str, CustomField]
) -> None:
    number, day = key(made["number"]), key(made["date"])
    few, many = make_ticket("Few", own_fields={number: -1, day: "2026-02-28"}), make_ticket("Many")
    many.set_fields({number: 10.5, day: "2026-03-01"}, by=None)
    none = make_ticket("None")
    for asked, expected in {
        f"{number}_from=0": {many.pk},
        f"{number}_from=-1&{number}_to=10": {few.pk},
        f"{day}_to=2026-02-28": {few.pk},
        f"{day}_from=2026-03-01&{day}_to=2026-03-01": {many.pk},
    }.items():
        assert set(numbers(as_anna, f"?{asked}")) == expected, asked
    shown = as_anna.get(f"/tickets/?{number}_from=0").content.decode()
    assert "Of number from: 0" in shown
    assert "Enter a number." in as_anna.get(f"/tickets/?{number}_to=x").content.decode()
    as_anna.post("/tickets/columns/", {"columns": [number, day]})
    for field in (number, day):
        assert numbers(as_anna, f"?sort={field}") == [few.pk, many.pk, none.pk]
        assert numbers(as_anna, f"?sort=-{field}") == [many.pk, few.pk, none.pk]
    assert set(numbers(as_anna, f"?sort={key(made['text'])}")) == {few.pk, many.pk, none.pk}


def test_no_agent_solves_a_ticket_without_what_is_needed(
    as_anna: Client, anna: User, ticket: Ticket, made: dict[str, CustomField], make_ticket: MakeTicket
) -> None:
    CustomField.objects.filter(pk=made["text"].pk).update(is_required=True)
    made["text"].refresh_from_db()
    made["text"].save()
    assert "Fill in first: Of text." in fill(as_anna, ticket, {}, status="solved")
    answer = {"kind": "reply", "text": "Done.", "then": "solved"}
    assert "Fill in first: Of text." in as_anna.post(f"/tickets/{ticket.pk}/send/", answer).content.decode()
    macro = CannedReply.objects.create(name="Solve", html="<p>Done.</p>", status="solved")
    assert "Fill in first" in as_anna.post(f"/tickets/{ticket.pk}/macros/{macro.pk}/").content.decode()
    with pytest.raises(NotAllowed):
        ticket.set_status("closed", by=anna)
    fill(as_anna, ticket, {key(made["text"]): "BW-300"}, status="solved")
    ticket.refresh_from_db()
    assert ticket.status == "solved"
    elsewhere = make_ticket("Elsewhere", queue=Queue.objects.create(name="Sales"))
    made["text"].queues.set([ticket.queue])
    made["text"].save()
    elsewhere.set_status("solved", by=anna)


def test_a_field_of_other_queues_is_not_asked_for(
    as_anna: Client, ticket: Ticket, made: dict[str, CustomField]
) -> None:
    made["text"].queues.set([Queue.objects.create(name="Sales")])
    made["text"].save()
    page = as_anna.get(f"/tickets/{ticket.pk}/").content.decode()
    assert "Of text" not in page
    assert "Of date" in page


def test_a_canned_reply_names_it(as_anna: Client, ticket: Ticket, made: dict[str, CustomField]) -> None:
    Ticket.objects.update(own_fields={key(made["text"]): "<BW-300>"})
    reply = CannedReply.objects.create(name="Model", html='<p>{{ ticket.fields["Of text"] }}</p>')
    given = as_anna.post(f"/tickets/{ticket.pk}/canned/{reply.pk}/insert/").json()
    assert given["html"] == "<p>&lt;BW-300&gt;</p>"


def test_a_customer_has_fields_that_who_serves_them_fills_in(
    as_anna: Client, anna: User, carla: Customer, main_partner: Partner
) -> None:
    page = f"/customers/{carla.pk}/"
    assert "More details" not in as_anna.get(page).content.decode()
    field = CustomField.objects.create(name="Contract", about=About.CUSTOMER)
    as_anna.post(f"/recipients/customers/{carla.pk}/fields/", {key(field): "C-4711"})
    assert "C-4711" in as_anna.get(page).content.decode()
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    assert as_anna.post(f"/recipients/customers/{carla.pk}/fields/", {key(field): "X"}).status_code == 404
