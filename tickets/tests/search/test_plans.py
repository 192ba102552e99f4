"""10,000 tickets on PostgreSQL: each view, sort, filter and search of their list is answered by an index.

No time is asserted: that no plan walks over all tickets, or over all messages, keeps it fast however many there are.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.tests.servers.full import database_at, fill, give_defaults
from helpdesk.tests.servers.postgresql import PostgreSQL
from recipients.models import Customer, Recipient, Role, User
from tickets.models import Category, Comment, Event, Queue, Ticket
from tickets.tests.customers.test_recipients_at_scale import walks

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.xdist_group("full list")]

#: What is not named here has the default of its field. Words: "every" in all, "many3" in a tenth, "rare77" in one.
FILL = (
    "SET session_replication_role = replica",  # no triggers: the words of a ticket are written below
    """INSERT INTO recipients_customer (name, number)
       SELECT 'Firm ' || n || ' GmbH', 'F' || n FROM generate_series(1, 2000) n""",
    """INSERT INTO recipients_recipient (address, domain, name)
       SELECT 'u' || n || '@d.example', 'd.example', 'Person ' || n FROM generate_series(1, 2000) n""",
    "INSERT INTO tickets_tag (name) SELECT 'tag' || n FROM generate_series(1, 20) n",
    """INSERT INTO tickets_ticket (subject, bare_subject, status, priority, queue_id, requester_id, customer_id,
         assignee_id, category_id, due_at, updated_at, created_at, search_words)
       SELECT 'Case ' || n, 'case', CASE n %% 50 WHEN 0 THEN 'open' ELSE 'closed' END, 1 + n %% 4,
         (SELECT min(id) FROM tickets_queue) + n %% 4, r.min + n %% 2000, c.min + n %% 2000, u.min + n %% 20,
         CASE WHEN n %% 40 = 3 THEN (SELECT min(id) FROM tickets_category) END,
         CASE WHEN n %% 100 = 0 THEN now() + n * interval '1 minute' END,
         now() - n * interval '1 minute', now() - n * interval '2 minutes',
         to_tsvector('helpdesk', 'every many' || n %% 10 || ' some' || n %% 400 || ' rare' || n)
       FROM generate_series(1, 10000) n, (SELECT min(id) FROM recipients_recipient) r,
         (SELECT min(id) FROM recipients_customer) c,
         (SELECT min(id) FROM recipients_user WHERE email LIKE 'agent%%') u""",
    """INSERT INTO tickets_comment (ticket_id, kind, is_public, text, message_id)
       SELECT id, CASE id %% 50 WHEN 7 THEN 'note' ELSE 'customer' END, id %% 50 <> 7, 'It is broken', 'm' || id
       FROM tickets_ticket""",
    """INSERT INTO tickets_ticket_tags (ticket_id, tag_id)
       SELECT id, (SELECT min(id) FROM tickets_tag) + id %% 20 FROM tickets_ticket""",
    "SET session_replication_role = DEFAULT",
    "VACUUM tickets_ticket",  # as the server does by itself: then an index alone answers what it holds
)
LARGE = {model._meta.db_table for model in (Ticket, Comment, Event)} | {"tickets_ticket_tags", "recipients_recipient"}

#: Whether there is a ticket at all: that walk ends with the first one.
ANY = 'SELECT 1 AS "a" FROM "tickets_ticket" WHERE'


@pytest.fixture(scope="module")
def full(postgres: PostgreSQL, django_db_blocker: Any) -> Iterator[None]:
    """The default database is PostgreSQL, full; afterwards it is what it was."""
    with django_db_blocker.unblock(), database_at(postgres.migrated_database("full_list")):
        for number in range(4):
            Queue.objects.create(name=f"Queue {number}")
        Category.objects.create(name="Hardware")
        for number in range(20):
            User.objects.create_user(f"agent{number}@helpdesk.example")
        for model in (Customer, Recipient, Ticket, Comment):
            give_defaults(model)
        fill(FILL, {})
        yield


@pytest.fixture
def clients(full: None, django_db_blocker: Any) -> Iterator[list[Client]]:
    """A super administrator, and an agent of two queues; what the test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        boss = User.objects.create_user("boss@helpdesk.example", role=Role.SUPER_ADMINISTRATOR)
        agent = User.objects.get(email="agent1@helpdesk.example")
        agent.queues.set(Queue.objects.order_by("pk")[:2])
        browsers = [Client(), Client()]
        for browser, user in zip(browsers, (boss, agent), strict=True):
            browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        yield browsers
        transaction.set_rollback(True)


def asked(browser: Client, query: str) -> CaptureQueriesContext:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(f"/tickets/{query}").status_code == 200
    return queries


def indexes(queries: CaptureQueriesContext) -> set[str]:
    """The indexes that the plans of the questions about tickets use."""
    found: set[str] = set()
    for sql in (each["sql"] for each in queries if each["sql"].startswith("SELECT")):
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
            plan = cursor.fetchone()[0]
        nodes = [plan[0]["Plan"] if not isinstance(plan, str) else json.loads(plan)[0]["Plan"]]
        for node in nodes:
            found.add(node.get("Index Name", ""))
            nodes += node.get("Plans", [])
    return found


def test_the_list_is_answered_by_indexes(clients: list[Client]) -> None:
    queue, customer, recipient = Queue.objects.order_by("pk")[0], Customer.objects.first(), Recipient.objects.first()
    assert customer
    assert recipient
    category, agent = Category.objects.get(), User.objects.get(email="agent3@helpdesk.example")
    filters = {
        f"queue={queue.pk}",
        f"agent={agent.pk}",
        f"customer_id={customer.pk}",
        f"requester={recipient.pk}",
        f"category={category.pk}",
        *("agent=me", "agent=nobody", "status=open", "status=closed", "priority=4", "due=overdue", "tag=tag7"),
        *("customer=Firm+77", "since=2026-01-01", "until=2026-01-01", f"queue={queue.pk}&status=unsolved&agent=me"),
    }
    sorts = ("number", "status", "priority", "due_at", "updated_at", "created_at")
    views = ("", "?view=mine", "?view=unknown", "?view=to-verify", "?view=held", "?view=snoozed", "?view=solved")
    pages = [
        *views,
        *(f"?view=all&sort={sign}{column}" for column in sorts for sign in ("", "-")),
        *(f"?view=all&{each}" for each in sorted(filters)),
        "?view=all&page=100",
    ]
    walked = {
        (page, place): found
        for page in pages
        for place, browser in enumerate(clients if page in views else clients[:1])
        if (found := [each for each in walks(asked(browser, page), large=LARGE) if ANY not in each])
    }
    assert walked == {}


def test_views_are_counted_without_reading_a_ticket(clients: list[Client]) -> None:
    for browser in clients:
        counts = [each["sql"] for each in asked(browser, "").captured_queries if 'AS "to_verify"' in each["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + counts[0].replace("%", "%%"), [])
            plan = " ".join(row[0] for row in cursor.fetchall())
        assert "Index Only Scan using ticket_to_count" in plan, plan


def test_a_search_is_answered_by_indexes(clients: list[Client]) -> None:
    words = (
        "every",
        "many3",
        "some7",
        "rare77",
        "many3 some7",
        "many3 -some7",
        "every -many3",
        "person",
        "gmbh",
        '"many3 rare3"',
    )
    operators = (
        "tag:tag7",
        "has:file",
        "has:note",
        "is:snoozed",
        "is:held",
        "from:person",
        "category:hardware",
        "-every",
    )
    walked = {
        text: found
        for text in (*words, *operators, "tag:tag7 every", "has:note many3 -some7 before:2099-01-01")
        for browser in (clients if text in words else clients[:1])
        if (found := walks(asked(browser, f"?text={text}"), may_choose=True, large=LARGE))
    }
    assert walked == {}
    assert "search_ticket" in indexes(asked(clients[0], "?text=rare77"))
    assert "ticket_by_update" in indexes(asked(clients[0], "?text=every"))
