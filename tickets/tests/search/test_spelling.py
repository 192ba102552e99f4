"""Is a mistyped word understood where nothing has it, from words that the searcher may read?"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recipients.models import Customer
from tickets.models import Queue
from tickets.search import spelling
from tickets.tests.conftest import MakeComment, MakeTicket


def meant(client: Client, text: str) -> str:
    return str(client.get("/tickets/", {"text": text}).context["meant"])


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("invoce", "invoice"),
        ("Invoce grnder", "invoice grinder"),
        ("invoice grnder", "invoice grinder"),
        ("kafeemaschine", "kaffeemaschine"),
        ("acne", "acme"),
        ("invo", ""),
        ("xylophone", ""),
        ("from:invoce 4711", ""),
        ("", ""),
    ],
)
def test_a_mistyped_word_is_understood(
    as_anna: Client, make_ticket: MakeTicket, acme: Customer, typed: str, understood: str
) -> None:
    make_ticket("Invoice for the grinder", customer=acme)
    make_ticket("Kaffeemaschine tropft")
    assert meant(as_anna, typed) == understood


def test_a_word_that_messages_alone_have_is_understood(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment
) -> None:
    for number in range(2):
        make_comment(make_ticket(f"Help {number}"), "The compressor is loud, and its hoze leaks.")
    make_comment(make_ticket("Help"), "The nozzle, too.")
    assert meant(as_anna, "compresor") == "compressor"
    assert meant(as_anna, "hozes") == "hoze"
    assert meant(as_anna, "nozle") == ""  # what stands once may be mistyped itself
    assert meant(as_anna, "loud compresor") == "loud compressor"


def test_the_page_leads_to_what_was_meant(as_anna: Client, make_ticket: MakeTicket) -> None:
    make_ticket("Invoice for the grinder")
    assert '<a href="/tickets/?text=invoice">invoice</a>' in as_anna.get("/tickets/?text=invoce").content.decode()


def test_no_word_of_what_one_may_not_see_is_told(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment
) -> None:
    for _each in range(2):
        hidden = make_ticket("Redundancy", queue=Queue.objects.create(name=f"Staff {_each}"))
        make_comment(hidden, "Severance is paid.")
    assert meant(as_anna, "redundancyy") == meant(as_anna, "severence") == ""


def test_spelling_is_looked_at_only_when_nothing_is_found(as_anna: Client, make_ticket: MakeTicket) -> None:
    make_ticket("Invoice for the grinder")
    for text, asked in (("invoice", 0), ("xylophone", 1)):
        with CaptureQueriesContext(connection) as captured:
            as_anna.get("/tickets/", {"text": text})
        assert sum(f"LIMIT {spelling.MOST_TICKETS}" in query["sql"] for query in captured) == asked
