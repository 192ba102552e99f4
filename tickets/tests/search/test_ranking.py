"""Is the best match first, and is a search that takes too long cut short and said to be?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk.database.time_limit import OutOfTimeError
from recipients.models import Customer, Recipient
from tickets.models import Ticket
from tickets.search.query import find
from tickets.search.ranking import best_first
from tickets.tests.conftest import MakeComment, MakeTicket


def shown(client: Client, text: str, **more: str) -> list[str]:
    rows = client.get("/tickets/", {"view": "all", "text": text, **more}).context["table"].page.object_list
    return [row.record.subject for row in rows]


@pytest.fixture
def tickets(make_ticket: MakeTicket, make_comment: MakeComment, acme: Customer) -> dict[str, Ticket]:
    """By their subjects, the one that matches "red lamp" best is the oldest."""
    someone = Recipient.objects.known("tom@beta.example", "Tom Weber")
    red = Recipient.objects.known("red@beta.example", "Rita Red")
    made = {
        "Red lamp": make_ticket("Red lamp", requester=someone),
        "A lamp that is red": make_ticket("A lamp that is red", requester=someone),
        "About a lamp": make_ticket("About a lamp", requester=red),
        "A lamp only": make_ticket("A lamp only", requester=someone),
        "Hello": make_ticket("Hello", requester=someone),
        "Hello again": make_ticket("Hello again", requester=someone),
    }
    for place, ticket in enumerate(made.values()):
        make_comment(ticket, "The red lamp is broken.", recipient=someone, author_name="Tom")
        Ticket.objects.filter(pk=ticket.pk).update(updated_at=timezone.now() - timedelta(days=9 - place))
    return made


def test_the_best_match_is_first_and_the_newest_among_equals(as_anna: Client, tickets: dict[str, Ticket]) -> None:
    best = ["Red lamp", "A lamp that is red", "About a lamp", "A lamp only", "Hello again", "Hello"]
    newest = list(reversed(tickets))
    assert shown(as_anna, "red lamp") == best
    assert shown(as_anna, '"red lamp"') == ["Red lamp", "Hello again", "Hello", *newest[2:5]]
    assert shown(as_anna, "red lamp", sort="-updated_at") == newest
    page = as_anna.get("/tickets/?text=red+lamp").content.decode()
    assert '<a href="/tickets/?text=red+lamp&amp;sort=-updated_at">Newest first</a>' in page
    assert '<a href="/tickets/?text=red+lamp">Best match first</a>' in (
        as_anna.get("/tickets/?text=red+lamp&sort=-updated_at").content.decode()
    )
    assert "match first" not in as_anna.get("/tickets/?text=is:new").content.decode()


def test_the_number_that_is_asked_for_is_first(
    as_anna: Client, tickets: dict[str, Ticket], make_comment: MakeComment
) -> None:
    asked = tickets["Red lamp"]
    for ticket in tickets.values():
        make_comment(ticket, f"See #{asked.number}.")
    assert shown(as_anna, f"{asked.number}")[0] == "Red lamp"


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_each_ticket_is_on_one_page_however_many_are_ordered(tickets: dict[str, Ticket], most: int) -> None:
    found = find(Ticket.objects.all(), "lamp")
    oldest = tickets["Red lamp"].pk
    for number in (None, oldest):
        keys = best_first(found.tickets, found.words, most, number)
        pages = [key for start in range(0, 8, 2) for key in keys(start, start + 2)]
        assert sorted(pages) == sorted(ticket.pk for ticket in tickets.values())
        assert number is None or most == 100 or pages[0] == oldest


def test_a_search_that_takes_too_long_looks_through_the_newest_and_says_so(
    as_anna: Client, tickets: dict[str, Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Narrowed by a queue the same words are looked for everywhere."""
    late = {"ALL": 1}

    @contextmanager
    def at_most(milliseconds: int) -> Iterator[None]:
        late["ALL"] -= 1
        if late["ALL"] >= 0:
            raise OutOfTimeError
        yield

    monkeypatch.setattr("helpdesk.database.time_limit.at_most", at_most)
    monkeypatch.setattr("tickets.search.query.LOOKED_THROUGH", 2)
    cut = as_anna.get("/tickets/?text=lamp")
    assert [row.record.subject for row in cut.context["table"].page.object_list] == ["Hello again", "Hello"]
    assert "This search would have to look through too much" in cut.content.decode()
    assert "results from the newest" in cut.content.decode()
    late["ALL"] = 2
    nothing = as_anna.get("/tickets/?text=lamp")
    assert not nothing.context["table"].page.object_list
    assert "This search would have to look through too much" in nothing.content.decode()
    late["ALL"] = 0
    assert "too much" not in as_anna.get("/tickets/?text=lamp").content.decode()
    late["ALL"] = 1
    assert as_anna.get("/tickets/palette/?text=lamp").status_code == 200
    late["ALL"] = 1
    assert as_anna.get("/tickets/news/?text=lamp&opened=2020-01-01T00:00:00Z").context["count"] == 0
