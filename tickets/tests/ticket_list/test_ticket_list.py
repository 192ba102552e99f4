"""The ticket list: views, filters, sorting, pages, columns, news and bulk changes, all by the address of the page."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Engine
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from helpdesk import limits
from recipients.matching.validity import Validity
from recipients.models import Customer, Recipient, User
from tickets.models import Queue, Tag, Ticket
from tickets.search.postgresql import _has_part_index
from tickets.tests.conftest import MakeTicket
from tickets.ticket_list.saved_views import DEFAULT, CountedView

LIST = "/tickets/"


def numbers(client: Client, query: str = "") -> list[int]:
    """The numbers of the tickets on the page, in their order."""
    response = client.get(LIST + query)
    assert response.status_code == 200
    return [row.record.pk for row in response.context["table"].paginated_rows]


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_a_visitor_is_sent_to_the_sign_in_page(client: Client, db: None) -> None:
    response = client.get(LIST)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_list_shows_unsolved_tickets_with_the_newest_first(as_anna: Client, make_ticket: MakeTicket) -> None:
    now = timezone.now()
    old = make_ticket("Old", updated_at=now - dt.timedelta(days=1))
    make_ticket("Done", status="solved")
    new = make_ticket("New", updated_at=now)
    assert numbers(as_anna) == [new.pk, old.pk]
    page = text(as_anna, LIST)
    assert reverse("tickets:detail", args=[new.pk]) in page
    assert "Carla Conti" in page


def test_the_views_are_counted(as_anna: Client, make_ticket: MakeTicket, anna: User, carla: Customer) -> None:
    mine = make_ticket("Mine", assignee=anna, customer=carla)
    free = make_ticket("Free")
    held = make_ticket("Held", customer=carla, status="closed", has_held_comments=True)
    counts = {each.view.slug: each.count for each in as_anna.get(LIST).context["views"]}
    assert counts == {
        "unassigned": 1,
        "mine": 1,
        "unknown": 1,
        "to-verify": 1,
        "held": 1,
        "primary": 0,
        "unsolved": 2,
        "snoozed": 0,
        "solved": None,
        "all": None,
    }
    assert numbers(as_anna, "?view=mine") == [mine.pk]
    assert numbers(as_anna, "?view=unassigned") == [free.pk]
    assert numbers(as_anna, "?view=held") == [held.pk]
    assert numbers(as_anna, "?view=solved") == [held.pk]
    assert len(numbers(as_anna, "?view=all")) == 3


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=solved", {"solved"}),
        ("status=unsolved", {"urgent", "tagged", "mine"}),
        ("priority=4", {"urgent"}),
        ("agent=me", {"mine"}),
        ("agent=nobody", {"urgent", "tagged"}),
        ("tag=Printer", {"tagged"}),
        ("customer=acme", {"mine"}),
        ("text=urgent", {"urgent"}),
        ("text=solved", {"solved"}),
        ("view=mine&text=urgent", set()),
        ("since=2999-01-01", set()),
        ("until=2999-01-01", {"urgent", "tagged", "mine"}),
        ("since=0001-01-01&until=9999-12-31", {"urgent", "tagged", "mine"}),
        ("queue=999999", {"urgent", "tagged", "mine"}),
        ("since=nonsense", {"urgent", "tagged", "mine"}),
    ],
)
def test_filters_narrow_the_list(
    as_anna: Client, make_ticket: MakeTicket, anna: User, acme: Customer, query: str, expected: set[str]
) -> None:
    make_ticket("urgent", priority=4)
    make_ticket("tagged").tags.add(Tag.objects.create(name="printer"))
    make_ticket("mine", assignee=anna, customer=acme)
    make_ticket("solved", status="solved")
    found = Ticket.objects.filter(pk__in=numbers(as_anna, f"?{query}")).values_list("subject", flat=True)
    assert set(found) == expected


@pytest.mark.parametrize("typed", ["{}", "%23{}", " {} "])
def test_enter_after_a_number_opens_its_ticket(as_anna: Client, make_ticket: MakeTicket, typed: str) -> None:
    ticket = make_ticket("One")
    make_ticket(f"About {ticket.number} mugs")
    query = f"{LIST}?view=mine&open=1&text={typed.format(ticket.number)}"
    assert as_anna.get(query)["Location"] == ticket.get_absolute_url()
    assert as_anna.get(query, headers={"HX-Request": "true"})["HX-Redirect"] == ticket.get_absolute_url()
    assert as_anna.get(query.replace("&open=1", "")).status_code == 200  # while one still types


@pytest.mark.parametrize("typed", ["999999", "one", "", "9" * 30])
def test_enter_after_anything_else_searches(as_anna: Client, make_ticket: MakeTicket, typed: str) -> None:
    make_ticket("One", queue=Queue.objects.create(name="Sales"))
    assert as_anna.get(f"{LIST}?open=1&text={typed}").status_code == 200


def test_a_search_from_a_view_looks_through_everything_and_can_be_narrowed_to_the_view(
    as_anna: Client, make_ticket: MakeTicket, anna: User
) -> None:
    old, mine = make_ticket("Grinder", status="solved"), make_ticket("Grinder again", assignee=anna)
    assert '<input type="hidden" name="from" value="mine">' in text(as_anna, f"{LIST}?view=mine")
    assert numbers(as_anna, "?from=mine&text=grinder") == [old.pk, mine.pk]
    page = text(as_anna, f"{LIST}?from=mine&text=grinder")
    assert '<span id="list-heading">Search</span>' in page
    assert "In all tickets" in page
    narrow = "?text=grinder&amp;view=mine"
    assert narrow in page
    assert numbers(as_anna, narrow.replace("&amp;", "&")) == [mine.pk]
    assert numbers(as_anna, "?from=mine&text=") == [mine.pk]  # the words were taken away again


def test_a_search_that_was_narrowed_to_a_view_says_so_and_keeps_the_words_when_it_is_widened(
    as_anna: Client, make_ticket: MakeTicket
) -> None:
    old = make_ticket("Grinder", status="solved")
    page = text(as_anna, f"{LIST}?view=mine&text=grinder")
    assert "Only “Mine” was searched." in page
    assert '<input type="hidden" name="view" value="mine">' in page
    wider = "?text=grinder&amp;from=mine"
    assert page.count(wider) == 2  # above the list, and in it as nothing was found
    assert numbers(as_anna, wider.replace("&amp;", "&")) == [old.pk]


def test_who_has_searched_everything_is_not_asked_to_search_everything(as_anna: Client) -> None:
    page = text(as_anna, f"{LIST}?from=mine&text=grinder")
    assert "of all tickets were searched" in page
    assert "Search all tickets" not in page


def test_a_wrong_filter_is_named_and_keeps_what_was_typed(as_anna: Client, make_ticket: MakeTicket) -> None:
    page = text(as_anna, f"{LIST}?since=nonsense")
    assert "Created since" in page
    assert "Enter a valid date" in page


def test_a_filter_that_is_on_can_be_taken_off(as_anna: Client, make_ticket: MakeTicket) -> None:
    response = as_anna.get(f"{LIST}?status=open&priority=4&page=3")
    chips = {str(chip.label): (chip.value, chip.rest) for chip in response.context["chips"]}
    assert chips == {"Status": ("Open", "priority=4"), "Priority": ("Urgent", "status=open")}


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("column", ["number", "status", "priority", "updated_at", "created_at"])
def test_sorting_uses_an_index_and_can_be_turned_round(
    as_anna: Client, anna: User, make_ticket: MakeTicket, column: str
) -> None:
    as_anna.post("/tickets/columns/", {"columns": ["status", "priority", "updated_at", "created_at"]})
    tickets = [make_ticket(f"{n}", priority=n, status=["new", "open", "waiting"][n - 1]) for n in (1, 2, 3)]
    up = numbers(as_anna, f"?sort={column}")
    assert up == [ticket.pk for ticket in tickets]
    assert numbers(as_anna, f"?sort=-{column}") == up[::-1]


def test_fifty_tickets_stand_on_a_page(as_anna: Client, make_ticket: MakeTicket) -> None:
    made = [make_ticket(f"{n}").pk for n in range(60)]
    assert len(numbers(as_anna)) == 50
    assert numbers(as_anna, "?page=2") == made[:10][::-1]


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize(("query", "most"), [("", 18), ("?view=mine&text=invoice&agent=me&tag=a&status=open", 23)])
def test_the_queries_do_not_grow_with_the_list(
    as_anna: Client, make_ticket: MakeTicket, anna: User, carla: Customer, query: str, most: int
) -> None:
    """A search asks for the order by match, and PostgreSQL is told how long it may take: four more within a test."""
    as_anna.post("/tickets/columns/", {"columns": ["requester", "customer", "tags", "queue", "assignee"]})
    tag = Tag.objects.create(name="a")

    def fill(count: int) -> None:
        for n in range(count):
            requester = Recipient.objects.known(f"person{Ticket.objects.count()}@acme.example")
            ticket = make_ticket(f"Invoice {n}", customer=carla, assignee=anna, requester=requester, status="open")
            ticket.tags.add(tag)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            as_anna.get(LIST + query)
        return len(captured)

    fill(5)
    few = queries()
    fill(55)
    assert queries() <= few <= most


@pytest.mark.parametrize("address", [LIST, "/recipients/"])
def test_the_cells_of_a_list_share_the_context_of_their_page(
    as_anna: Client, make_ticket: MakeTicket, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    contexts: list[HttpRequest] = []

    def made(request: HttpRequest) -> dict[str, object]:
        contexts.append(request)
        return {}

    engine = Engine.get_default()
    monkeypatch.setitem(vars(engine), "template_context_processors", (*engine.template_context_processors, made))

    def rows_and_contexts(count: int) -> tuple[int, int]:
        for _ in range(count):
            make_ticket("Help", requester=Recipient.objects.known(f"person{Ticket.objects.count()}@acme.example"))
        contexts.clear()
        rows = text(as_anna, address).count("<tr data-row")
        return rows, len(contexts)

    few, many = rows_and_contexts(2), rows_and_contexts(20)
    assert many[0] == few[0] + 20
    assert 0 < many[1] == few[1]


@pytest.mark.parametrize("address", [LIST, "/recipients/"])
def test_no_element_of_a_row_has_an_attribute_twice(as_anna: Client, make_ticket: MakeTicket, address: str) -> None:
    make_ticket("Help", validity="to_verify", requester=Recipient.objects.known("new@acme.example"))
    row = text(as_anna, address).split("<tr data-row")[1]
    assert "<use href=" in row
    tags = [re.findall(r" ([\w-]+)=\"", tag) for tag in re.findall(r"<\w+[^>]*>", row)]
    assert [names for names in tags if len(names) > len(set(names))] == []


@pytest.mark.parametrize(("count", "shown"), [(0, ""), (1, "1"), (999, "999"), (1000, "1,000+"), (20_000, "1,000+")])
def test_a_view_is_counted_up_to_a_thousand(count: int, shown: str) -> None:
    assert CountedView(DEFAULT, count, False).shown == shown


def test_no_query_counts_every_ticket(as_anna: Client, make_ticket: MakeTicket) -> None:
    make_ticket("One")
    with CaptureQueriesContext(connection) as captured:
        as_anna.get(f"{LIST}?view=all")
    counting = [
        query["sql"] for query in captured if "COUNT(" in query["sql"] and 'FROM "tickets_ticket"' in query["sql"]
    ]
    assert counting
    assert all('"status" IN' in sql or "has_held_comments" in sql for sql in counting)


def test_columns_are_chosen_and_remembered(as_anna: Client, make_ticket: MakeTicket) -> None:
    make_ticket("One")
    page = text(as_anna, LIST)
    assert 'data-col="priority"' in page
    assert 'value="created_at"> Created</label>' in page
    response = as_anna.post("/tickets/columns/", {"columns": ["status", "nonsense"], "next": "/tickets/?view=all"})
    assert response["Location"] == "/tickets/?view=all"
    page = text(as_anna, LIST)
    assert 'data-col="status"' in page
    assert 'data-col="priority"' not in page


@pytest.mark.parametrize("address", ["https://evil.example/tickets/", "//evil.example", "/accounts/logout/", ""])
def test_a_form_leads_back_to_the_list_and_nowhere_else(as_anna: Client, address: str) -> None:
    assert as_anna.post("/tickets/columns/", {"next": address})["Location"] == LIST


def test_new_mail_announces_itself_without_moving_the_list(as_anna: Client, make_ticket: MakeTicket) -> None:
    make_ticket("Old", updated_at=timezone.now() - dt.timedelta(hours=1))
    news_url = as_anna.get(f"{LIST}?agent=nobody").context["news_url"]
    assert "new or changed" not in text(as_anna, news_url)
    make_ticket("One")
    make_ticket("Two")
    make_ticket("Another's", assignee=User.objects.first())
    news = text(as_anna, news_url)
    assert "2 new or changed tickets" in news
    assert 'href="/tickets/?agent=nobody"' in news
    assert '<span class="count">4</span>' in news


def test_tickets_of_other_queues_and_partners_are_not_listed(
    as_anna: Client, make_ticket: MakeTicket, anna: User, main_partner: object, carla: Customer
) -> None:
    """R30"""
    make_ticket("Elsewhere", queue=Queue.objects.create(name="Sales"))
    assert numbers(as_anna, "?view=all") == []
    anna.partner = main_partner  # type: ignore[assignment]
    anna.save()
    make_ticket("Nobody's")
    make_ticket("Of no partner", customer=carla)
    assert numbers(as_anna, "?view=all") == []
    assert numbers(as_anna, "?text=nobody") == []
    Customer.objects.filter(pk=carla.pk).update(partner=main_partner)
    assert len(numbers(as_anna, "?view=all")) == 1


def test_an_empty_list_says_what_to_do(as_anna: Client, queue: Queue, make_ticket: MakeTicket) -> None:
    assert "Mail to a mailbox opens one." in text(as_anna, LIST)
    make_ticket("One", status="solved")
    assert "New mail appears here automatically" in text(as_anna, LIST)
    assert "of all tickets were searched" in text(as_anna, f"{LIST}?text=nothing")
    assert "Remove a filter" in text(as_anna, f"{LIST}?text=nothing&status=open")


def test_without_a_queue_a_list_and_a_new_ticket_say_who_gives_one(
    as_anna: Client, anna: User, superuser: User
) -> None:
    anna.queues.clear()
    for page in (LIST, "/tickets/new/"):
        assert "An administrator adds you" in text(as_anna, page)
    Queue.objects.all().delete()
    as_anna.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    for page in (LIST, "/tickets/new/"):
        assert 'class="button" href="/settings/queues/"' in text(as_anna, page)


def test_a_held_comment_and_a_doubtful_sender_are_marked(as_anna: Client, make_ticket: MakeTicket) -> None:
    make_ticket("One", has_held_comments=True, validity=Validity.TO_VERIFY)
    page = text(as_anna, LIST)
    assert "Held comment" in page
    assert "To verify" in page


Post = Callable[..., str]


@pytest.fixture
def bulk(as_anna: Client) -> Post:
    """Sends the form below the list and returns what the page says then."""

    def send(tickets: list[int], **fields: str) -> str:
        data = {"selected": tickets, "next": LIST, **fields}
        response = as_anna.post("/tickets/bulk/", data, follow=True)
        return " ".join(str(message) for message in response.context["messages"])

    return send


def undo_address(response: HttpResponse) -> str:
    """Where the toast of the page takes back what was done."""
    found = re.search(r'action="(/tickets/undo/[^"]+)"', response.content.decode())
    assert found
    return found[1]


def test_many_tickets_are_assigned_at_once(bulk: Post, make_ticket: MakeTicket, anna: User) -> None:
    tickets = [make_ticket(f"{n}").pk for n in range(3)]
    assert bulk(tickets, assignee="me") == "3 tickets: Assignee: Anna Berg"
    assert Ticket.objects.filter(assignee=anna).count() == 3


def test_status_and_queue_are_set_together(bulk: Post, make_ticket: MakeTicket) -> None:
    sales = Queue.objects.create(name="Sales")
    ticket = make_ticket("One")
    assert bulk([ticket.pk], status="solved", queue=str(sales.pk)) == f"#{ticket.pk}: Status: Solved · Queue: Sales"
    ticket.refresh_from_db()
    assert (ticket.status, ticket.queue) == ("solved", sales)


def test_a_refusal_is_told_and_stops_no_other(
    bulk: Post, make_ticket: MakeTicket, carla: Customer, main_partner: object, queue: Queue
) -> None:
    """R31: a ticket without a customer cannot be given to an agent of one partner."""
    ben = User.objects.create_user("ben@helpdesk.example", "x", first_name="Ben", partner=main_partner)
    ben.queues.add(queue)
    Customer.objects.filter(pk=carla.pk).update(partner=main_partner)
    hers, nobodys = make_ticket("Hers", customer=carla), make_ticket("Nobody's")
    said = bulk([hers.pk, nobodys.pk], assignee=str(ben.pk))
    assert f"#{hers.pk}: Assignee: Ben" in said
    assert "1 ticket was not changed." in said
    assert f"#{nobodys.pk}" in said
    assert Ticket.objects.get(assignee=ben) == hers


def test_nothing_chosen_is_told(bulk: Post, make_ticket: MakeTicket) -> None:
    ticket = make_ticket("One")
    assert "Select the tickets first" in bulk([], status="open")
    assert "Choose what to do" in bulk([ticket.pk])
    assert "Select a valid choice" in bulk([ticket.pk], status="merged")


def test_tickets_out_of_sight_are_not_changed(bulk: Post, make_ticket: MakeTicket) -> None:
    hidden = make_ticket("Elsewhere", queue=Queue.objects.create(name="Sales"))
    assert bulk([hidden.pk], status="closed") == "1 ticket was not found."
    hidden.refresh_from_db()
    assert hidden.status == "new"


def test_priority_is_set_and_tags_are_added_to_those_that_are_there(bulk: Post, make_ticket: MakeTicket) -> None:
    first, second = make_ticket("One"), make_ticket("Two")
    first.tags.add(Tag.objects.create(name="vip"))
    said = bulk([first.pk, second.pk], priority="4", tags="spam, vip")
    assert said == "2 tickets: Priority: Urgent · Tags: +spam, +vip"
    assert set(Ticket.objects.values_list("priority", flat=True)) == {4}
    assert [sorted(each.tags.values_list("name", flat=True)) for each in (first, second)] == [["spam", "vip"]] * 2


def test_one_click_takes_back_what_was_done_to_many(
    as_anna: Client, make_ticket: MakeTicket, anna: User, queue: Queue
) -> None:
    sales, vip = Queue.objects.create(name="Sales"), Tag.objects.create(name="vip")
    first, second = make_ticket("One", assignee=anna), make_ticket("Two", status="waiting")
    second.tags.add(vip)
    chosen = {"selected": [first.pk, second.pk], "next": LIST}
    page = as_anna.post("/tickets/bulk/", {**chosen, "status": "solved", "queue": sales.pk, "tags": "old"}, follow=True)
    for ticket in (first, second):
        ticket.refresh_from_db()
        assert (ticket.status, ticket.queue, ticket.assignee) == ("solved", sales, None)
    page = as_anna.post(undo_address(page), follow=True)
    assert "Undone." in page.content.decode()
    first.refresh_from_db()
    second.refresh_from_db()
    assert [(each.status, each.queue, each.assignee) for each in (first, second)] == [
        ("new", queue, anna),
        ("waiting", queue, None),
    ]
    assert [each.tags.count() for each in (first, second)] == [0, 1]
    assert not first.is_finished
    assert first.solved_at is None


def test_undo_leaves_what_was_changed_again_and_says_so(as_anna: Client, make_ticket: MakeTicket, ada: User) -> None:
    first, second = make_ticket("One"), make_ticket("Two")
    page = as_anna.post("/tickets/bulk/", {"selected": [first.pk, second.pk], "status": "solved"}, follow=True)
    undo = undo_address(page)
    Ticket.objects.get(pk=second.pk).set_status("closed", by=ada)
    page = as_anna.post(undo, follow=True).content.decode()
    assert f"#{second.pk}: It has been changed again since." in page
    assert dict(Ticket.objects.values_list("subject", "status")) == {"One": "new", "Two": "closed"}
    Ticket.objects.get(pk=second.pk).set_status("solved", by=ada)
    as_anna.post(undo)  # what could not go back can be tried again
    assert dict(Ticket.objects.values_list("subject", "status")) == {"One": "new", "Two": "new"}
    assert "It was already undone." in as_anna.post(undo, follow=True).content.decode()


def test_nobody_undoes_what_somebody_else_did(as_anna: Client, ada: User, make_ticket: MakeTicket) -> None:
    ticket = make_ticket("One")
    undo = undo_address(as_anna.post("/tickets/bulk/", {"selected": [ticket.pk], "status": "solved"}, follow=True))
    as_anna.force_login(ada, backend=settings.AUTHENTICATION_BACKENDS[-1])
    assert as_anna.post(undo).status_code == 404
    ticket.refresh_from_db()
    assert ticket.status == "solved"


def test_what_changes_nothing_offers_no_way_back(as_anna: Client, make_ticket: MakeTicket, anna: User) -> None:
    ticket = make_ticket("One", assignee=anna)
    page = as_anna.post("/tickets/bulk/", {"selected": [ticket.pk], "assignee": "me"}, follow=True)
    assert "data-undo" not in page.content.decode()


def test_all_that_match_are_changed_whatever_page_they_stand_on(as_anna: Client, make_ticket: MakeTicket) -> None:
    for n in range(60):
        make_ticket(f"Spam {n}")
    other = make_ticket("Question")
    opened = as_anna.get(LIST + "?text=spam").context["opened"]
    late = make_ticket("Spam that came in since")
    data = {"every": "1", "opened": opened, "next": LIST + "?text=spam", "status": "closed"}
    page = as_anna.post("/tickets/bulk/", data, follow=True)
    assert "60 tickets: Status: Closed" in page.content.decode()
    assert set(Ticket.objects.exclude(status="closed")) == {other, late}


def test_all_that_match_by_a_part_of_a_word_are_changed_as_the_list_shows_them(
    as_anna: Client, make_ticket: MakeTicket
) -> None:
    if connection.vendor == "postgresql" and not _has_part_index():
        pytest.skip("depends on the pg_trgm extension, which not every server has")
    ticket = make_ticket("Die Kaffeemaschine tropft")
    assert numbers(as_anna, "?text=maschine") == [ticket.pk]
    page = as_anna.post(
        "/tickets/bulk/", {"every": "1", "next": LIST + "?text=maschine", "status": "closed"}, follow=True
    )
    assert f"#{ticket.pk}: Status: Closed" in page.content.decode()


def test_too_many_tickets_at_once_are_refused(
    as_anna: Client, make_ticket: MakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TICKETS_AT_ONCE", replace(limits.TICKETS_AT_ONCE, amount=2))
    for n in range(3):
        make_ticket(f"{n}")
    page = as_anna.post("/tickets/bulk/", {"every": "1", "next": LIST, "status": "closed"}, follow=True)
    assert "More than 2 tickets match." in page.content.decode()
    assert not Ticket.objects.filter(status="closed").exists()


def test_what_came_from_a_queue_that_is_gone_stays_and_says_so(
    as_anna: Client, make_ticket: MakeTicket, anna: User
) -> None:
    gone, ticket = Queue.objects.create(name="Gone"), make_ticket("One")
    gone.agents.add(anna)
    queue = ticket.queue
    ticket.move(gone, by=None)
    undo = undo_address(as_anna.post("/tickets/bulk/", {"selected": [ticket.pk], "queue": queue.pk}, follow=True))
    gone.delete()
    page = as_anna.post(undo, follow=True).content.decode()
    assert f"#{ticket.pk}: The queue it was in no longer exists." in page
