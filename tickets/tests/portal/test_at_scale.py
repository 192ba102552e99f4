"""12,000 tickets of 4,000 persons on PostgreSQL: each page of the portal takes few queries and uses indexes.

No time is asserted: that no plan walks over a large table is what keeps it fast however large the table becomes.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.tests.servers.full import database_at, fill, give_defaults
from helpdesk.tests.servers.postgresql import PostgreSQL
from recipients.models import Customer, CustomerAddress, Recipient
from recipients.tests.portal import come_in
from tickets.models import Comment, Queue, Ticket
from tickets.tests.customers.test_recipients_at_scale import LARGE, walks

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.xdist_group("portal crowd")]

#: What is not named here has the default of its field.
FILL = (
    """INSERT INTO recipients_customer (name, number, is_company)
       SELECT 'Company ' || n, 'C' || n, true FROM generate_series(1, 100) n""",
    """INSERT INTO recipients_customer (name, number, company_id)
       SELECT 'Person ' || n, 'P' || n, (SELECT min(id) FROM recipients_customer) + n %% 100
       FROM generate_series(1, 4000) n""",
    """INSERT INTO recipients_customeraddress (customer_id, address, domain, is_primary)
       SELECT id, lower(number) || '@d.example', 'd' || id %% 1000 || '.example', true FROM recipients_customer""",
    "INSERT INTO recipients_recipient (address, domain) SELECT address, domain FROM recipients_customeraddress",
    """INSERT INTO tickets_ticket (subject, bare_subject, status, queue_id, requester_id, customer_id, customer_source,
         validity, updated_at)
       SELECT 'Help ' || n, 'help', CASE n %% 3 WHEN 0 THEN 'open' ELSE 'closed' END, %(queue)s, r.id, c.id, 'matching',
         CASE n %% 7 WHEN 0 THEN 'to_verify' ELSE 'valid' END, now() - n * interval '1 minute'
       FROM generate_series(1, 12000) n JOIN recipients_customer c ON c.number = 'P' || (1 + n %% 4000)
       JOIN recipients_recipient r ON r.address = lower(c.number) || '@d.example'""",
    """INSERT INTO tickets_comment (ticket_id, kind, is_public, recipient_id, text, validity, in_portal, message_id)
       SELECT id, 'customer', true, requester_id, 'It is broken since yesterday ' || md5(id::text), 'valid', true, id
       FROM tickets_ticket""",
)


@pytest.fixture(scope="module")
def crowd(postgres: PostgreSQL, django_db_blocker: Any) -> Iterator[None]:
    """The default database is one on PostgreSQL, full; afterwards it is what it was."""
    with django_db_blocker.unblock(), database_at(postgres.migrated_database("portal_crowd")):
        queue = Queue.objects.filter(is_default=True).first() or Queue.objects.create(name="S", is_default=True)
        for model in (Customer, CustomerAddress, Recipient, Ticket, Comment):
            give_defaults(model)
        fill(FILL, {"queue": queue.pk})
        yield


@pytest.fixture
def enter(crowd: None, django_db_blocker: Any) -> Iterator[Callable[[str], Client]]:
    """Lets somebody into the portal; what the test changes is rolled back."""

    def entered(address: str) -> Client:
        client = Client()
        come_in(client, address)
        return client

    with django_db_blocker.unblock(), transaction.atomic():
        yield entered
        transaction.set_rollback(True)


def walked(queries: CaptureQueriesContext) -> list[str]:
    return walks(queries, large={*LARGE, "tickets_comment"})


@pytest.mark.parametrize("query", ["", "?show=open", "?show=done", "?page=3", "?text=broken", "?text=c4ca4238a0b9"])
@pytest.mark.parametrize("address", ["p1711@d.example", "c12@d.example"])  # who has three tickets, and over a hundred
def test_the_list_and_each_filter_use_an_index(enter: Any, address: str, query: str) -> None:
    client = enter(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/portal/{query}").status_code == 200
    time_limit = 4 if "text" in query else 0  # two of them are for the savepoint of a test
    assert len(queries) <= 8 + time_limit  # with the setting that says how long an answer may be taken back
    assert walked(queries) == []


def test_a_request_and_an_answer_use_an_index(enter: Any) -> None:
    client = enter("c12@d.example")
    ticket = Ticket.objects.filter(customer__company__number="C12", validity="valid")[0]
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/portal/tickets/{ticket.number}/").status_code == 200
    assert len(queries) <= 10
    assert walked(queries) == []
    with CaptureQueriesContext(connection) as queries:
        assert client.post(f"/portal/tickets/{ticket.number}/reply/", {"text": "Still broken."}).status_code == 302
    assert len(queries) <= 42
    assert walked(queries) == []
    with CaptureQueriesContext(connection) as queries:
        assert client.post("/portal/tickets/new/", {"subject": "S", "text": "T"}).status_code == 302
    assert len(queries) <= 42
    assert walked(queries) == []
