"""The page of the recipients: the list, what is done with one address or many, and the way back from each."""

import csv
import datetime as dt
import io
import json
import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from helpdesk import limits
from recipients.decisions import actions
from recipients.models import Customer, CustomerAddress, DenyRule, Kind, Partner, Recipient, User
from tickets.models import CustomerSource, Event, Queue, Ticket, TicketMove

pytestmark = pytest.mark.django_db
LIST = "/recipients/"


@pytest.fixture
def u(db: None) -> Recipient:
    return Recipient.objects.known("u@z.example", "Ugo")


@pytest.fixture
def lead(db: None) -> Customer:
    return Customer.objects.create(name="Lena Lead", kind=Kind.LEAD, number="L-7")


@pytest.fixture
def ticket(queue: Queue):  # type: ignore[no-untyped-def]
    def make(requester: Recipient, **fields: object) -> Ticket:
        return Ticket.objects.create(queue=queue, requester=requester, subject="Help", bare_subject="help", **fields)

    return make


def text(client: Client, path: str, data: dict[str, object] | None = None) -> str:
    response = client.post(path, data, follow=True) if data is not None else client.get(path)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def undo_of(page: str) -> str:
    """The address to which the last Undo button posts: that of the newest toast."""
    found = re.findall(r'action="(/recipients/undo/[^"]+)"', page)
    assert found, "no Undo is offered"
    return str(found[-1])


def addresses(client: Client, query: str = "") -> set[str]:
    return {row.record.address for row in client.get(f"{LIST}{query}").context["table"].page.object_list}


# -- The list (R01, R32) ------------------------------------------------------------------------------------------


def test_the_list_shows_what_is_known_of_an_address(  # R01, R19
    as_anna: Client, u: Recipient, acme: Customer, anna: User, ticket: object
) -> None:
    actions.pair(Recipient.objects.filter(pk=u.pk), acme, by=anna)
    actions.ban(Recipient.objects.filter(pk=u.pk), by=anna)
    Recipient.objects.known("form@site.example")
    actions.share(Recipient.objects.filter(address="form@site.example"), by=anna)
    DenyRule.objects.create(how=DenyRule.How.ENDS, text="@z.example")
    ticket(u), ticket(u)  # type: ignore[operator]
    page = text(as_anna, LIST)
    row = page[page.index("u@z.example") :].split("</tr>")[0]
    for said in ("Ugo", "Acme GmbH", "Banned", "ends with", ">2</a>"):
        assert said in row
    assert "Shared" in page[page.index("form@site.example") :].split("</tr>")[0]


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=ugo", {"u@z.example"}),
        ("text=Z.EXAM", {"u@z.example"}),
        ("text=acme", {"paired@y.example"}),
        ("text=ugo+z.ex", {"u@z.example"}),
        ("marked=paired", {"paired@y.example"}),
        ("marked=unpaired", {"u@z.example", "banned@x.example", "shared@w.example", "gone@müll.example"}),
        ("marked=banned", {"banned@x.example"}),
        ("marked=shared", {"shared@w.example"}),
        ("marked=undeliverable", {"gone@müll.example"}),
        ("marked=denied", {"gone@müll.example", "banned@x.example", "shared@w.example"}),
        ("customer=Acme", {"paired@y.example"}),
        ("since=2030-01-01", set()),
        (
            "since=0001-01-01&until=9999-12-31",
            {"u@z.example", "paired@y.example", "banned@x.example", "shared@w.example", "gone@müll.example"},
        ),
    ],
)
def test_the_list_is_narrowed_down(
    as_anna: Client, u: Recipient, acme: Customer, anna: User, query: str, found: set[str]
) -> None:
    known = {
        name: Recipient.objects.known(name) for name in ("paired@y.example", "banned@x.example", "shared@w.example")
    }
    gone = Recipient.objects.known("gone@xn--mll-hoa.example")
    gone.mark_undeliverable("No such user")
    actions.pair(Recipient.objects.filter(pk=known["paired@y.example"].pk), acme, by=anna)
    actions.ban(Recipient.objects.filter(pk=known["banned@x.example"].pk), by=anna)
    actions.share(Recipient.objects.filter(pk=known["shared@w.example"].pk), by=anna)
    DenyRule.objects.create(how=DenyRule.How.CONTAINS, text="müll")
    DenyRule.objects.create(how=DenyRule.How.REGEX, text="^banned@")
    DenyRule.objects.create(how=DenyRule.How.EXACT, text="SHARED@w.example")
    DenyRule.objects.create(how=DenyRule.How.STARTS, text="u@", is_active=False)
    shown = {Recipient.objects.get(address=address).display_address for address in addresses(as_anna, f"?{query}")}
    assert shown == found


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("column", ["address", "name", "first_seen_at", "last_seen_at"])
def test_the_list_is_sorted(as_anna: Client, column: str) -> None:
    for number in (2, 1, 3):
        Recipient.objects.known(f"r{number}@z.example", f"R{number}", at=timezone.now() + dt.timedelta(days=number))
    as_anna.post("/recipients/columns/", {"columns": ["name", "first_seen_at"]})  # by what is not shown, too
    up = [row.record.pk for row in as_anna.get(f"{LIST}?sort={column}").context["table"].page.object_list]
    down = [row.record.pk for row in as_anna.get(f"{LIST}?sort=-{column}").context["table"].page.object_list]
    assert up == list(Recipient.objects.order_by("address").values_list("pk", flat=True)) == down[::-1]


def test_each_agent_chooses_the_columns(as_anna: Client, u: Recipient, ada: User) -> None:  # R32
    as_anna.post("/recipients/columns/", {"columns": ["name", "denied_by", "nonsense"], "next": LIST})
    page = text(as_anna, LIST)
    assert 'data-col="denied_by"' in page
    assert 'data-col="customer"' not in page
    as_anna.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert 'data-col="customer"' in text(as_anna, LIST)


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("query", ["", "?text=r1&marked=unpaired&customer=x", "?marked=denied"])
def test_the_queries_do_not_grow_with_the_list(as_anna: Client, acme: Customer, ticket: object, query: str) -> None:
    DenyRule.objects.create(how=DenyRule.How.REGEX, text="r1")
    as_anna.post("/recipients/columns/", {"columns": ["customer", "partner", "denied", "denied_by", "tickets"]})

    def fill(numbers: range) -> None:
        for number in numbers:
            recipient = Recipient.objects.known(f"r1{number}@acme.example", "R1")
            ticket(recipient)  # type: ignore[operator]

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            as_anna.get(LIST + query)
        return len(captured)

    fill(range(4))
    few = queries()
    fill(range(4, 60))
    assert queries() == few <= 22


def test_the_menus_of_the_rows_are_written_once_for_the_page(as_anna: Client) -> None:
    for n in range(3):
        Recipient.objects.known(f"r{n}@z.example")
    page = text(as_anna, f"{LIST}?text=z.example")
    pks = Recipient.objects.order_by("-last_seen_at").values_list("pk", flat=True)
    assert re.findall(r'data-key="(\d+)" data-offers="share form ban"', page) == [str(pk) for pk in pks]
    assert page.count("<template data-row-menu>") == page.count("Edit sender name") == 1
    menu = page[page.index("<template data-row-menu>") :].split("</template>")[0]
    assert 'name="next" value="/recipients/?text=z.example"' in menu
    assert 'href="/recipients/{key}/name/?next=%2Frecipients%2F%3Ftext%3Dz.example"' in menu


# -- Pair (R03, R04, R05, R06, R07) -------------------------------------------------------------------------------


def test_the_dialog_says_exactly_which_tickets_change(  # SC22
    as_anna: Client, u: Recipient, lead: Customer, acme: Customer, ticket: object
) -> None:
    three = [ticket(u) for _ in range(3)]  # type: ignore[operator]
    given = ticket(u, customer=acme)  # type: ignore[operator]
    response = as_anna.get(f"/recipients/pair/?selected={u.pk}")
    assert {each.pk for each in response.context["tickets"]["shown"]} == {each.pk for each in three}
    assert f"#{given.pk}<" not in response.content.decode()
    found = as_anna.post("/recipients/pair/", {"selected": u.pk, "text": "l-7", "do": "search"})
    assert [each.pk for each in found.context["choice"].customers] == [lead.pk]
    page = text(
        as_anna,
        "/recipients/pair/",
        {"selected": u.pk, "customer": lead.pk, "do": "pair", "everything_follows": "1", "next": LIST},
    )
    assert "u@z.example is paired with Lena Lead. 3 tickets moved along." in page
    assert set(Ticket.objects.filter(customer=lead)) == set(three)
    as_anna.post(undo_of(page))
    assert not Ticket.objects.filter(customer=lead).exists()
    assert Ticket.objects.get(customer=acme) == given
    u.refresh_from_db()
    assert u.customer is None


def test_without_assign_all_only_the_newest_ticket_follows(  # R05
    as_anna: Client, u: Recipient, lead: Customer, ticket: object
) -> None:
    _older, newest = ticket(u), ticket(u)  # type: ignore[operator]
    as_anna.post("/recipients/pair/", {"selected": u.pk, "customer": lead.pk, "do": "pair", "text": ""})
    assert Ticket.objects.get(customer=lead) == newest


def test_pairing_needs_a_customer(as_anna: Client, u: Recipient) -> None:
    response = as_anna.post("/recipients/pair/", {"selected": u.pk, "do": "pair"})
    assert response.status_code == 422
    assert "Choose the customer first." in response.content.decode()


def test_a_registered_address_is_refused_naming_its_owner(as_anna: Client, carla: Customer, acme: Customer) -> None:
    recipient = Recipient.objects.known("carla@acme.example")
    assert "Carla Conti" in text(as_anna, f"/recipients/pair/?selected={recipient.pk}")
    page = text(as_anna, "/recipients/pair/", {"selected": recipient.pk, "customer": acme.pk, "do": "pair"})
    assert "It is registered as an address of Carla Conti." in page
    assert not TicketMove.objects.exists()


def test_a_kind_that_may_not_be_a_customer_is_not_offered(as_anna: Client, u: Recipient) -> None:  # W09
    supplier = Customer.objects.create(name="Sam Supplier", kind=Kind.SUPPLIER)
    found = as_anna.post("/recipients/pair/", {"selected": u.pk, "text": "sam", "do": "search"})
    assert found.context["choice"].customers == []
    data = {"selected": u.pk, "customer": supplier.pk, "do": "pair"}
    assert as_anna.post("/recipients/pair/", data).status_code == 404


def test_unpairing_asks_when_open_tickets_would_keep_a_customer_nobody_confirmed(  # R07, S41, S55
    as_anna: Client, u: Recipient, acme: Customer, anna: User, ticket: object
) -> None:
    open_one, confirmed = ticket(u), ticket(u)  # type: ignore[operator]
    as_anna.post("/recipients/pair/", {"selected": u.pk, "customer": acme.pk, "do": "pair", "everything_follows": "1"})
    Ticket.objects.filter(pk=confirmed.pk).update(customer_source=CustomerSource.AGENT)
    asked = as_anna.post("/recipients/unpair/", {"selected": u.pk})
    assert [each.pk for each in asked.context["tickets"]["shown"]] == [open_one.pk]
    page = text(as_anna, "/recipients/unpair/", {"selected": u.pk, "confirmed": "1", "clear": "1", "next": LIST})
    assert "1 ticket no longer has a customer." in page
    assert list(Ticket.objects.filter(customer=acme)) == [confirmed]
    as_anna.post(undo_of(page))
    assert Ticket.objects.filter(customer=acme).count() == 2
    u.refresh_from_db()
    assert u.customer == acme


def test_unpairing_without_such_tickets_is_one_click(as_anna: Client, u: Recipient, acme: Customer, anna: User) -> None:
    actions.pair(Recipient.objects.filter(pk=u.pk), acme, by=anna)
    assert "u@z.example is no longer paired." in text(as_anna, "/recipients/unpair/", {"selected": u.pk})


# -- Ban, share, rename (R09, R10, R14, R15) ----------------------------------------------------------------------


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize(
    ("verb", "field", "value"),
    [("ban", "banned", True), ("share", "shared", True), ("unban", "banned", False), ("reach", "undeliverable", False)],
)
def test_one_address_is_changed_by_one_click_and_back_by_another(
    as_anna: Client, u: Recipient, verb: str, field: str, value: bool
) -> None:
    Recipient.objects.filter(pk=u.pk).update(**{field: not value})
    page = text(as_anna, f"/recipients/{verb}/", {"selected": u.pk, "next": f"{LIST}?text=ugo"})
    u.refresh_from_db()
    assert getattr(u, field) is value
    as_anna.post(undo_of(page))
    u.refresh_from_db()
    assert getattr(u, field) is not value


def test_unbanning_warns_of_the_deny_rule_that_stays(as_anna: Client, u: Recipient, anna: User) -> None:  # SC28, S51
    DenyRule.objects.create(how=DenyRule.How.ENDS, text="@z.example")
    actions.ban(Recipient.objects.filter(pk=u.pk), by=anna)
    page = text(as_anna, "/recipients/unban/", {"selected": u.pk})
    assert "u@z.example is still on the deny list" in page
    assert "Yes" in page[page.index("<tbody") :].split("<tr")[1]


def test_sharing_a_paired_address_asks_first(as_anna: Client, u: Recipient, acme: Customer, anna: User) -> None:
    # R15, S52
    actions.pair(Recipient.objects.filter(pk=u.pk), acme, by=anna)
    assert "1 pairing ends." in as_anna.post("/recipients/share/", {"selected": u.pk}).content.decode()
    u.refresh_from_db()
    assert not u.shared
    as_anna.post("/recipients/share/", {"selected": u.pk, "confirmed": "1"})
    u.refresh_from_db()
    assert (u.shared, u.customer) == (True, None)


def test_the_name_of_a_sender_is_edited(as_anna: Client, u: Recipient) -> None:  # R14, SC30
    assert 'value="Ugo"' in text(as_anna, f"/recipients/{u.pk}/name/")
    page = text(as_anna, f"/recipients/{u.pk}/name/", {"name": "Ugo Urbani"})
    assert Recipient.objects.known("u@z.example", "Somebody").name == "Ugo Urbani"
    as_anna.post(undo_of(page))
    u.refresh_from_db()
    assert u.name == "Ugo"


# -- Many at once -------------------------------------------------------------------------------------------------


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("verb", ["ban", "share", "unpair", "pair"])
def test_many_addresses_are_changed_after_a_confirmation(
    as_anna: Client, acme: Customer, anna: User, verb: str, ticket: object
) -> None:
    some = [Recipient.objects.known(f"r{number}@z.example") for number in range(3)]
    ticket(some[0])  # type: ignore[operator]
    if verb == "unpair":
        actions.pair(Recipient.objects, acme, by=anna)
    chosen = {"selected": [each.pk for each in some]}
    asked = as_anna.post(f"/recipients/{verb}/", chosen)
    assert asked.status_code == 200
    assert "r1@z.example" in asked.content.decode()
    assert not Event.objects.exists()
    page = text(as_anna, f"/recipients/{verb}/", {**chosen, "confirmed": "1", "customer": acme.pk, "do": "pair"})
    assert "3 addresses are" in page
    before = {"customer": acme.pk} if verb == "unpair" else {"customer": None, "banned": False, "shared": False}
    as_anna.post(undo_of(page))
    assert Recipient.objects.filter(**before).count() == 3


def test_all_that_the_filter_shows_is_changed(as_anna: Client) -> None:
    for number in range(60):
        Recipient.objects.known(f"r{number}@z.example")
    Recipient.objects.known("other@y.example")
    chosen = {"everything": "1", "filter": "text=z.example&page=2"}
    assert "60 addresses" in as_anna.post("/recipients/ban/", chosen).content.decode()
    as_anna.post("/recipients/ban/", {**chosen, "confirmed": "1"})
    assert Recipient.objects.filter(banned=True).count() == 60


def test_whom_a_verb_refuses_is_named_and_the_others_are_changed(as_anna: Client, anna: User, u: Recipient) -> None:
    own = Recipient.objects.known(anna.email)
    page = text(as_anna, "/recipients/ban/", {"selected": [u.pk, own.pk], "confirmed": "1"})
    assert "u@z.example is banned." in page
    assert "anna@helpdesk.example: It belongs to somebody who works here." in page


def test_nothing_selected_is_said(as_anna: Client) -> None:
    assert "Select the addresses first" in text(as_anna, "/recipients/ban/", {})


# -- The page of an address, and the way back later ---------------------------------------------------------------


def test_the_history_tells_and_takes_back(as_anna: Client, u: Recipient, acme: Customer, ticket: object) -> None:
    one, other = ticket(u), ticket(u)  # type: ignore[operator]
    as_anna.post("/recipients/pair/", {"selected": u.pk, "customer": acme.pk, "do": "pair", "everything_follows": "1"})
    Ticket.objects.filter(pk=other.pk).update(customer_source=CustomerSource.AGENT)
    page = text(as_anna, f"/recipients/{u.pk}/")
    assert "<strong>Anna Berg</strong> paired it with Acme GmbH" in page
    assert f'<a href="/tickets/{one.pk}/">#{one.pk}</a>' in page
    page = text(as_anna, undo_of(page), {"only": u.pk, "next": f"/recipients/{u.pk}/"})
    assert f"1 ticket stays as it is (#{other.pk}): It has been changed again since." in page
    assert "Undone by Anna Berg." in page
    assert list(Ticket.objects.filter(customer=acme)) == [other]


def test_one_address_of_many_is_taken_back_alone(as_anna: Client, acme: Customer) -> None:
    one, other = (Recipient.objects.known(f"{name}@z.example") for name in ("one", "other"))
    page = text(as_anna, "/recipients/ban/", {"selected": [one.pk, other.pk], "confirmed": "1"})
    as_anna.post(undo_of(page), {"only": one.pk})
    assert list(Recipient.objects.filter(banned=True)) == [other]


def test_a_pair_cannot_come_back_to_a_customer_who_is_gone(as_anna: Client, u: Recipient, acme: Customer) -> None:
    gone = Customer.objects.create(name="Gone")
    as_anna.post("/recipients/pair/", {"selected": u.pk, "customer": gone.pk, "do": "pair"})
    page = text(as_anna, "/recipients/pair/", {"selected": u.pk, "customer": acme.pk, "do": "pair"})
    undo = undo_of(page)
    gone.delete()
    assert "no longer exists" in text(as_anna, undo, {})
    u.refresh_from_db()
    assert u.customer == acme


# -- Suggestions --------------------------------------------------------------------------------------------------


def test_a_domain_and_a_copy_suggest_a_customer_and_nothing_is_applied(
    as_anna: Client, carla: Customer, acme: Customer, ticket: object
) -> None:
    stranger = Recipient.objects.known("boss@acme.example", "The boss")
    known = Recipient.objects.known("carla@acme.example")
    one = ticket(known, customer=acme)  # type: ignore[operator]
    one.participants.add(stranger)
    page = text(as_anna, LIST)
    assert f"Looks like Acme GmbH: was in CC on #{one.pk}, same domain." in page
    stranger.refresh_from_db()
    assert stranger.customer is None
    pair = as_anna.get(f"/recipients/pair/?selected={stranger.pk}&customer={acme.pk}")
    assert pair.context["chosen"] == acme


def test_a_display_name_alone_suggests_nobody(as_anna: Client, acme: Customer) -> None:
    stranger = Recipient.objects.known("mallory@evil.example", "Acme GmbH")
    assert as_anna.get(f"/recipients/{stranger.pk}/").context["suggestions"] == []
    alike = Recipient.objects.known("office@acme-berlin.example", "Acme")
    assert [each.name for each in as_anna.get(f"/recipients/{alike.pk}/").context["suggestions"]] == ["Acme GmbH"]


def test_a_free_mail_domain_suggests_nobody(as_anna: Client) -> None:  # W14
    customer = Customer.objects.create(name="Somebody")
    CustomerAddress.objects.create(customer=customer, address="somebody@gmail.com", is_primary=True)
    stranger = Recipient.objects.known("other@gmail.com", "Other")
    assert as_anna.get(f"/recipients/{stranger.pk}/").context["suggestions"] == []


# -- Export (R33) -------------------------------------------------------------------------------------------------


def test_the_shown_rows_and_columns_are_exported_and_do_no_harm(  # R33, SC32
    as_anna: Client, acme: Customer, anna: User
) -> None:
    evil = Recipient.objects.known("evil@z.example", "=HYPERLINK(1)")
    actions.pair(Recipient.objects.filter(pk=evil.pk), acme, by=anna)
    Recipient.objects.known("hidden@y.example")
    as_anna.post("/recipients/columns/", {"columns": ["name", "customer", "shared"]})
    assert as_anna.get("/recipients/export/?text=z.example").context["count"] == 1

    answer = as_anna.get("/recipients/export/?text=z.example&format=csv")
    assert answer["Content-Disposition"].endswith('.csv"')
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows == [
        ["Address", "Sender name", "Paired with", "Shared"],
        ["evil@z.example", "'=HYPERLINK(1)", "Acme GmbH", "no"],
    ]
    data = json.loads(as_anna.get("/recipients/export/?text=z.example&format=json").getvalue())
    expected = {"address": "evil@z.example", "name": "=HYPERLINK(1)", "customer": "Acme GmbH", "shared": False}
    assert data == [expected]
    book = load_workbook(io.BytesIO(as_anna.get("/recipients/export/?text=z.example&format=xlsx").getvalue()))
    cells = list(book.active.iter_rows())
    assert [cell.value for cell in cells[1]] == ["evil@z.example", "=HYPERLINK(1)", "Acme GmbH", "no"]
    assert {cell.data_type for cell in cells[1]} == {"s"}
    printed = text(as_anna, "/recipients/print/?text=z.example")
    assert "evil@z.example" in printed
    assert "hidden@y.example" not in printed


def test_whoever_exports_more_than_a_workbook_holds_is_told_before(
    as_anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "XLSX_ROWS", replace(limits.XLSX_ROWS, amount=2))
    for name in "abc":
        Recipient.objects.known(f"{name}@z.example")
    assert "A workbook holds only the first 2 of them." in text(as_anna, "/recipients/export/?text=z.example")
    assert "A workbook holds only" not in text(as_anna, "/recipients/export/?text=a@z.example")
    book = load_workbook(io.BytesIO(as_anna.get("/recipients/export/?format=xlsx").getvalue()))
    assert len(list(book.active.iter_rows())) == 3  # with the headers


def test_every_column_can_be_exported(as_anna: Client, u: Recipient, ticket: object) -> None:
    ticket(u)  # type: ignore[operator]
    DenyRule.objects.create(how=DenyRule.How.ENDS, text="@z.example")
    from recipients.addresses.tables import RECIPIENT_COLUMNS

    as_anna.post("/recipients/columns/", {"columns": list(RECIPIENT_COLUMNS)})
    (row,) = json.loads(as_anna.get("/recipients/export/?format=json").getvalue())
    assert (row["tickets"], row["denied"], "ends with" in row["denied_by"]) == (1, True, True)
    assert json.loads(as_anna.get("/recipients/export/?format=json&text=nobody").getvalue()) == []


# -- Prerequisites (R08) ------------------------------------------------------------------------------------------


def test_the_page_names_what_pairing_lacks(as_anna: Client, ada: User, main_partner: Partner) -> None:  # SC31
    page = text(as_anna, LIST)
    assert "Outgoing mail (SMTP)" in page
    assert "/settings/mailboxes/" not in page
    as_anna.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "/settings/mailboxes/" in text(as_anna, LIST)


def test_a_registered_address_names_its_customer_and_needs_no_pairing(as_anna: Client, carla: Customer) -> None:
    Recipient.objects.create(address="carla@acme.example", last_seen_at=timezone.now())
    html = as_anna.get("/recipients/").content.decode()
    assert "it needs no pairing" in html
    assert f'href="/customers/{carla.pk}/"' in html
    assert 'title="Pair"' not in html
