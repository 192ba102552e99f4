"""What do the pages weigh that one has open all day, and what do they ask the database?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recipients.models import Customer, CustomerAddress, Recipient, Role, User
from tickets.models import Priority, Queue, Status, Tag, Ticket
from tickets.tests.conftest import MakeComment, MakeTicket

LIST, RECIPIENTS = "/tickets/?view=all", "/recipients/"
#: Bytes, and statements: two for who asks, one for what the set-up lacks, and those that each page has its reason for.
MOST = {LIST: (65_000, 10), RECIPIENTS: (78_000, 13)}


@pytest.fixture
def house(queue: Queue, ada: User, make_ticket: MakeTicket, make_comment: MakeComment) -> Ticket:
    """A desk with twenty agents, five queues, and more rows than a page has; one of its tickets."""
    agents = [User.objects.create_user(f"agent{n}@desk.example", role=Role.AGENT) for n in range(20)]
    queues = [queue, *(Queue.objects.create(name=f"Department {n}") for n in range(4))]
    Tag.objects.bulk_create(Tag(name=f"tag{n}") for n in range(100))
    now = timezone.now()
    for n in range(51):
        customer = Customer.objects.create(name=f"Customer number {n}")
        address = f"person{n}@customer{n}.example"
        CustomerAddress.objects.create(customer=customer, address=address, is_primary=True)
        requester = Recipient.objects.known(address, f"Person Number{n}")
        Recipient.objects.filter(pk=requester.pk).update(customer=customer)
        ticket = make_ticket(
            f"The coffee machine of floor {n} leaks and blinks",
            customer=customer,
            requester=requester,
            queue=queues[n % 5],
            assignee=agents[n % 20],
            priority=[*Priority][n % 4],
            status=Status.OPEN if n % 3 else Status.SOLVED,
        )
        for days in range(2):
            make_comment(ticket, "It drips since Monday, and nobody knows why. " * 4, created_at=now - timedelta(days))
    return ticket


@pytest.mark.parametrize("path", MOST)
def test_a_list_of_fifty_rows_is_light_and_asks_little(as_ada: Client, house: Ticket, path: str) -> None:
    as_ada.get(path)
    with CaptureQueriesContext(connection) as captured:
        page = as_ada.get(path)
    weight, statements = MOST[path]
    assert page.content.count(b"<tr data-row") == 50
    assert weight * 0.93 < len(page.content) < weight
    assert len(captured) <= statements, "\n".join(query["sql"] for query in captured)


def test_a_ticket_is_light_and_asks_little(as_ada: Client, house: Ticket) -> None:
    as_ada.get(house.get_absolute_url())
    with CaptureQueriesContext(connection) as captured:
        page = as_ada.get(house.get_absolute_url())
    assert len(page.content) < 33_000
    assert len(captured) <= 19, "\n".join(query["sql"] for query in captured)


def test_tags_and_operators_come_when_somebody_wants_them(as_ada: Client, house: Ticket) -> None:
    page = as_ada.get(LIST).content.decode()
    assert "tag77" not in page
    assert 'hx-get="/tickets/tags/"' in page
    assert '<option value="tag77"></option>' in as_ada.get("/tickets/tags/").content.decode()
    assert '<option value="is:open">by status</option>' in as_ada.get("/tickets/operators/").content.decode()


def test_whoever_left_is_still_named_as_assignee(as_ada: Client, house: Ticket) -> None:
    User.objects.filter(pk=house.assignee_id).update(is_active=False, first_name="Gone", last_name="Away")
    page = as_ada.get(LIST).content.decode()
    assert 'data-initials="GA">Gone Away' in page
