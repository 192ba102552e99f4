"""40,000 recipients, 20,000 customers and mails each way on PostgreSQL: each page takes few queries and uses indexes.

No time is asserted: that no plan walks over a large table is what keeps it fast however large the table becomes.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.tests.servers.full import database_at, fill, give_defaults
from helpdesk.tests.servers.postgresql import PostgreSQL
from mailboxes.models import InboundEmail
from recipients.models import Customer, CustomerAddress, DenyRule, Partner, Recipient, Role, User
from tickets.models import Outbox, Queue, Ticket

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.xdist_group("crowd")]

MODELS = (Customer, CustomerAddress, Recipient, Ticket, InboundEmail, Outbox)
LARGE = {model._meta.db_table for model in MODELS} - {"tickets_outbox"}  # which is small where others look

#: What is not named here has the default of its field.
FILL = (
    """INSERT INTO recipients_customer (name, number, is_company)
       SELECT 'Customer ' || md5(n::text) || CASE n %% 2 WHEN 0 THEN ' GmbH' ELSE '' END, 'K' || n, n %% 5 = 0
       FROM generate_series(1, 20000) n""",
    """INSERT INTO recipients_customeraddress (customer_id, address, domain, is_primary)
       SELECT id, 'office@d' || id || '.example', 'd' || id || '.example', true FROM recipients_customer""",
    """INSERT INTO recipients_recipient (address, domain, name, customer_id, shared, banned, undeliverable,
         first_seen_at, last_seen_at)
       SELECT 'u' || n || '@d' || (n %% 24000) || '.example', 'd' || (n %% 24000) || '.example',
         'Name ' || md5(n::text),
         CASE WHEN n %% 3 = 0 THEN (SELECT min(id) FROM recipients_customer) + n %% 20000 END,
         n %% 999 = 1, n %% 500 = 2, n %% 700 = 4, now() - n * interval '1 minute', now() - n * interval '1 minute'
       FROM generate_series(1, 40000) n""",
    """INSERT INTO tickets_ticket (subject, bare_subject, queue_id, requester_id)
       SELECT 'Help', 'help', %(queue)s, id FROM recipients_recipient WHERE id %% 2 = 0""",
    """INSERT INTO mailboxes_inboundemail (subject, author, outcome, processed_at)
       SELECT 'Case ' || md5(n::text), 'u' || n || '@d' || n || '.example', 'ticket', now()
       FROM generate_series(1, 20000) n""",
    """INSERT INTO tickets_outbox (subject, recipient, kind, token, text, state)
       SELECT 'Case ' || md5(n::text), 'u' || n || '@d' || n || '.example', 'new_message', 'token' || n, 'x', 'sent'
       FROM generate_series(1, 20000) n""",
)


@pytest.fixture(scope="module")
def crowd(postgres: PostgreSQL, django_db_blocker: Any) -> Iterator[None]:
    """The default database is PostgreSQL, full; afterwards it is what it was."""
    with django_db_blocker.unblock(), database_at(postgres.migrated_database("crowd")):
        queue = Queue.objects.filter(is_default=True).first() or Queue.objects.create(name="S", is_default=True)
        for model in MODELS:
            give_defaults(model)
        fill(FILL, {"queue": queue.pk})
        yield


@pytest.fixture
def agent(crowd: None, django_db_blocker: Any) -> Iterator[Client]:
    """An agent of Any who sees the queue; what the test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        user = User.objects.create_user("agent@helpdesk.example", "correct horse battery")
        user.queues.set(Queue.objects.all())
        user.columns = {"recipients": ["customer", "partner", "denied", "denied_by", "tickets"]}
        user.save()
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        yield client
        transaction.set_rollback(True)


def walks(queries: CaptureQueriesContext, *, may_choose: bool = False, large: Collection[str] = LARGE) -> list[str]:
    """The queries whose plan walks over a `large` table, on a disk without moving parts.

    `may_choose`: those alone that have to, as no index fits. For a thousand rows of so many, walking over all of
    them is not the worst way, and PostgreSQL may take it.
    """
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1")
        cursor.execute(f"SET LOCAL enable_seqscan = {'off' if may_choose else 'on'}")
    for query in [each["sql"] for each in queries]:
        if not re.match(r"SELECT|\(SELECT|UPDATE", query):
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + query.replace("%", "%%"), [])
            plan = cursor.fetchone()[0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        found += [f"{table}: {query}" for table in _walked(plan[0]["Plan"]) if table in large]
    return found


def _walked(node: dict[str, Any]) -> list[str]:
    here = [node["Relation Name"]] if node["Node Type"] == "Seq Scan" else []
    return here + [table for child in node.get("Plans", []) for table in _walked(child)]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?sort=name",
        "?sort=-first_seen_at",
        "?page=100",
        "?text=u4711",
        "?text=no+such+text",
        "?text=zz",
        "?marked=paired",
        "?marked=unpaired",
        "?marked=shared",
        "?marked=banned",
        "?marked=undeliverable",
        "?marked=denied",
        "?customer=c4ca",
        "?customer=K4711",
        "?since=2020-01-01&until=2030-01-01",
    ],
)
def test_the_list_and_each_filter_use_an_index(agent: Client, query: str) -> None:
    DenyRule.objects.create(how=DenyRule.How.ENDS, text="@d17.example")
    DenyRule.objects.create(how=DenyRule.How.EXACT, text="u5@d5.example")
    with CaptureQueriesContext(connection) as queries:
        assert agent.get(f"/recipients/{query}").status_code == 200
    assert len(queries) <= 26
    assert walks(queries) == []


def test_the_list_of_one_partner_uses_an_index(agent: Client) -> None:  # R30
    partner = Partner.objects.create(name="Main")
    some = Customer.objects.order_by("pk")[:500].values("pk")
    Customer.objects.filter(pk__in=some).update(partner=partner)
    User.objects.filter(email="agent@helpdesk.example").update(partner=partner)
    with CaptureQueriesContext(connection) as queries:
        assert agent.get("/recipients/").status_code == 200
    assert walks(queries) == []


@pytest.mark.parametrize(
    "text", ["K4711", "c4ca4238", "office@d4711.example", "4711.ex", "c4ca 4238a0b9", "nobody at all"]
)
def test_the_search_for_a_customer_uses_an_index(agent: Client, text: str) -> None:
    recipient = Recipient.objects.order_by("-pk").first()
    assert recipient
    with CaptureQueriesContext(connection) as queries:
        response = agent.post("/recipients/pair/", {"selected": recipient.pk, "text": text, "do": "search"})
    assert (response.context["choice"].customers == []) is (text == "nobody at all")
    assert len(queries) <= 26
    assert walks(queries) == []


def test_a_thousand_addresses_are_paired_and_unpaired_in_few_queries(agent: Client) -> None:
    pks = list(Recipient.objects.filter(customer=None, shared=False).order_by("pk").values_list("pk", flat=True)[:1000])
    customer = Customer.objects.order_by("pk")[0]
    data = {"selected": pks, "customer": customer.pk, "do": "pair", "everything_follows": "1"}
    with CaptureQueriesContext(connection) as queries:
        agent.post("/recipients/pair/", data)
    assert Recipient.objects.filter(pk__in=pks, customer=customer).count() == 1000
    assert Ticket.objects.filter(customer=customer).count() >= 400
    assert len(queries) <= 30
    with CaptureQueriesContext(connection) as queries:
        agent.post("/recipients/unpair/", {"selected": pks, "confirmed": "1", "clear": "1"})
    assert not Ticket.objects.filter(customer=customer).exists()
    assert len(queries) <= 30
    assert walks(queries, may_choose=True) == []


@pytest.mark.parametrize("verb", ["ban", "share"])
def test_a_thousand_addresses_are_changed_in_few_queries(agent: Client, verb: str) -> None:
    pks = list(Recipient.objects.order_by("pk").values_list("pk", flat=True)[:1000])
    with CaptureQueriesContext(connection) as queries:
        agent.post(f"/recipients/{verb}/", {"selected": pks, "confirmed": "1"})
    assert len(queries) <= 24
    assert walks(queries, may_choose=True) == []


def test_every_row_is_exported(agent: Client) -> None:  # R33
    lines = sum(chunk.count(b"\n") for chunk in agent.get("/recipients/export/?format=csv").streaming_content)
    assert lines == 40_001


@pytest.mark.parametrize("query", ["text=c4ca4238", "text=no+such+text", "sender=4711.ex", "sender=u7@d7.example"])
def test_a_mail_is_found_in_the_log_by_an_index(agent: Client, query: str) -> None:
    User.objects.filter(email="agent@helpdesk.example").update(role=Role.ADMINISTRATOR)
    with CaptureQueriesContext(connection) as queries:
        assert agent.get(f"/mail/log/?{query}").status_code == 200
    assert walks(queries) == []


@pytest.mark.parametrize(
    "query", ["text=c4ca4238", "text=no+such+text", "recipient=4711.ex", "recipient=u7@d7.example", "state=sent"]
)
def test_a_mail_is_found_in_the_outbox_by_an_index(agent: Client, query: str) -> None:
    User.objects.filter(email="agent@helpdesk.example").update(role=Role.ADMINISTRATOR)
    with CaptureQueriesContext(connection) as queries:
        assert agent.get(f"/mail/outbox/?{query}").status_code == 200
    assert walks(queries, large={"tickets_outbox"}) == []
