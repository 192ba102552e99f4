"""Which tickets follow an address that is paired, and which way back there is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recipients.decisions import actions
from recipients.models import Customer, Partner, Recipient, User
from tickets.customers import pairing
from tickets.models import CustomerSource, Event, Queue, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def u(db: None) -> Recipient:
    return Recipient.objects.known("u@z.example")


def ticket(queue: Queue, requester: Recipient, **fields: object) -> Ticket:
    return Ticket.objects.create(queue=queue, requester=requester, subject="Help", bare_subject="help", **fields)


def paired(recipient: Recipient) -> "Recipient.objects":
    return Recipient.objects.filter(pk=recipient.pk)


def customers(*tickets: Ticket) -> list[Customer | None]:
    for one in tickets:
        one.refresh_from_db()
    return [one.customer for one in tickets]


def test_pairing_assigns_every_unassigned_ticket(  # R03, R05, SC22, S43, S53
    queue: Queue, u: Recipient, acme: Customer, carla: Customer, anna: User
) -> None:
    first, second, third = (ticket(queue, u) for _ in range(3))
    others = ticket(queue, u, customer=carla)
    done = pairing.pair(paired(u), acme, by=anna)
    assert {t.pk for t in done.moved} == {first.pk, second.pk, third.pk}
    assert customers(first, second, third, others) == [acme, acme, acme, carla]
    assert first.validity == "valid"
    assert first.customer_pairing == u.pairings.get()
    assert Event.objects.filter(kind="customer", agent=anna).count() == 3


def test_without_assign_all_only_the_newest_follows(  # R05, SC22, S53
    queue: Queue, u: Recipient, acme: Customer, anna: User
) -> None:
    older, newest = ticket(queue, u), ticket(queue, u)
    pairing.pair(paired(u), acme, by=anna, everything=False)
    assert customers(older, newest) == [None, acme]


def test_a_wrong_pair_is_mended_from_the_ticket(  # R11, SC23, S54
    queue: Queue, u: Recipient, acme: Customer, carla: Customer, anna: User
) -> None:
    older, this = ticket(queue, u), ticket(queue, u)
    pairing.pair(paired(u), acme, by=anna)
    pairing.pair_requester(this, carla, by=anna)
    u.refresh_from_db()
    assert (customers(older, this), u.customer) == ([acme, carla], carla)


def test_the_older_tickets_of_the_wrong_pair_come_along_if_asked_but_not_a_confirmed_one(
    queue: Queue, u: Recipient, acme: Customer, carla: Customer, anna: User
) -> None:
    # S41, S54
    older, confirmed, this = ticket(queue, u), ticket(queue, u), ticket(queue, u)
    pairing.pair(paired(u), acme, by=anna)
    Ticket.objects.filter(pk=confirmed.pk).update(customer_source=CustomerSource.AGENT)
    pairing.pair_requester(this, carla, by=anna, older=True)
    assert customers(older, confirmed, this) == [carla, acme, carla]


def test_unpairing_keeps_the_customers_unless_asked_to_clear(  # R07, S55
    queue: Queue, u: Recipient, acme: Customer, anna: User
) -> None:
    open_one, solved = ticket(queue, u), ticket(queue, u, status="solved")
    pairing.pair(paired(u), acme, by=anna)
    pairing.unpair(paired(u), by=anna)
    assert customers(open_one, solved) == [acme, acme]
    pairing.pair(paired(u), acme, by=anna)
    pairing.unpair(paired(u), by=anna, clear=True)
    assert customers(open_one, solved) == [None, acme]


def test_undo_moves_back_what_moved_and_names_what_was_changed_since(
    queue: Queue, u: Recipient, acme: Customer, carla: Customer, anna: User
) -> None:
    first, second = ticket(queue, u), ticket(queue, u)
    done = pairing.pair(paired(u), acme, by=anna)
    Ticket.objects.filter(pk=second.pk).update(customer=carla, customer_source=CustomerSource.AGENT)
    undone = pairing.undo(done.changed.batch, by=anna)
    u.refresh_from_db()
    assert u.customer is None
    assert customers(first, second) == [None, carla]
    assert list(undone.stayed) == [second.pk]
    assert first.validity == "to_verify"
    assert not pairing.undo(done.changed.batch, by=anna).moved


def test_undoing_an_unpairing_gives_the_cleared_tickets_back(
    queue: Queue, u: Recipient, acme: Customer, anna: User
) -> None:
    one = ticket(queue, u)
    pairing.pair(paired(u), acme, by=anna)
    done = pairing.unpair(paired(u), by=anna, clear=True)
    pairing.undo(done.changed.batch, by=anna)
    u.refresh_from_db()
    assert (customers(one), u.customer) == ([acme], acme)


def test_a_shared_address_moves_nothing(queue: Queue, u: Recipient, acme: Customer, anna: User) -> None:  # R15, R16
    one = ticket(queue, u)
    actions.share(paired(u), by=anna)
    assert pairing.pair_requester(one, acme, by=anna).changed.refused
    assert pairing.pair(paired(u), acme, by=anna).changed.refused
    assert customers(one) == [None]


def test_an_assignee_who_may_no_longer_see_the_ticket_loses_it(  # R31
    queue: Queue, u: Recipient, acme: Customer, carla: Customer, anna: User, main_partner: Partner
) -> None:
    Customer.objects.filter(pk=acme.pk).update(partner=main_partner)
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    anna.refresh_from_db()
    acme.refresh_from_db()
    one = ticket(queue, u, assignee=anna)
    pairing.pair(paired(u), acme, by=anna)
    one.refresh_from_db()
    assert one.assignee == anna
    pairing.pair_requester(one, carla, by=anna)
    one.refresh_from_db()
    assert one.assignee is None


@pytest.mark.parametrize("count", [3, 60])
def test_pairing_many_addresses_takes_a_constant_number_of_queries(
    count: int, queue: Queue, acme: Customer, anna: User
) -> None:
    for number in range(count):
        ticket(queue, Recipient.objects.known(f"r{number}@z.example"))
    with CaptureQueriesContext(connection) as queries:
        done = pairing.pair(Recipient.objects.all(), acme, by=anna)
    assert len(done.moved) == count
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 16
