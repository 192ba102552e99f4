"""Does Ctrl-K find what one means: a ticket by its number or words, a view, a customer, and nothing hidden?"""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recipients.models import Customer, User
from tickets.models import Queue
from tickets.tests.conftest import MakeComment, MakeTicket


def offered(client: Client, text: str) -> list[str]:
    """The addresses of what is offered for `text`, in their order."""
    return re.findall('<a[^>]* href="([^"]+)"', client.get("/tickets/palette/", {"text": text}).content.decode())


@pytest.mark.parametrize("typed", ["{}", "#{}"])
def test_a_number_is_its_ticket_first_of_all(as_anna: Client, make_ticket: MakeTicket, typed: str) -> None:
    ticket = make_ticket("Grinder")
    other = make_ticket(f"Order {ticket.number} once more")
    found = offered(as_anna, typed.format(ticket.number))
    assert found[0] == ticket.get_absolute_url()
    assert found.count(ticket.get_absolute_url()) == 1
    assert not found[1:] or found[1] == other.get_absolute_url()


def test_tickets_are_found_by_their_words_and_customers_by_name(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment, acme: Customer
) -> None:
    ticket = make_ticket("Grinder")
    make_comment(ticket, "It is loud, says Acme.")
    assert offered(as_anna, "acme lou") == [ticket.get_absolute_url()]
    assert offered(as_anna, "acme") == [ticket.get_absolute_url(), f"/customers/{acme.pk}/"]


def test_tickets_that_are_called_by_the_words_come_before_those_that_speak_of_them(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment
) -> None:
    called = make_ticket("The grinder is loud")
    others = [make_ticket(f"Order {n}") for n in range(6)]
    for other in others:
        make_comment(other, "Like the grinder.")
    assert offered(as_anna, "grinder")[:2] == [called.get_absolute_url(), others[-1].get_absolute_url()]


def test_views_are_found_by_a_part_of_their_name(as_anna: Client, db: None) -> None:
    assert offered(as_anna, "unassig") == ["/tickets/?view=unassigned"]


def test_what_an_agent_may_not_see_is_not_offered(
    as_anna: Client, make_ticket: MakeTicket, anna: User, acme: Customer, main_partner: object
) -> None:
    hidden = make_ticket("Hidden", queue=Queue.objects.create(name="Sales"))
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    assert offered(as_anna, "hidden") == []
    assert offered(as_anna, str(hidden.number)) == []
    assert offered(as_anna, "acme") == []


@pytest.mark.parametrize("text", ["", " ", "\0", "%", "9" * 200])
def test_nonsense_finds_nothing_and_breaks_nothing(as_anna: Client, make_ticket: MakeTicket, text: str) -> None:
    make_ticket("Grinder")
    assert offered(as_anna, text) == []


#: Statements by which PostgreSQL is told how long it may search, for tickets and for customers. Two of each four are
#: for the savepoint of a test.
TIME_LIMIT = {"postgresql": 8, "sqlite": 0}


def test_the_queries_do_not_grow_with_what_is_found(as_anna: Client, make_ticket: MakeTicket, acme: Customer) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            offered(as_anna, "acme")
        return len(captured)

    make_ticket("Acme", customer=acme)
    few = queries()
    for n in range(10):
        make_ticket(f"Acme {n}", customer=acme)
        Customer.objects.create(name=f"Acme {n}", is_company=True)
    assert queries() == few <= 7 + TIME_LIMIT[connection.vendor]


def test_a_view_is_called_after_its_tickets_where_a_status_is_called_after_one(as_anna: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(language="it")
    assert "/tickets/?view=solved" in offered(as_anna, "risolti")
