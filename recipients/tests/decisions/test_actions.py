"""Pair, ban, share, rename, and the way back from each."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recipients.decisions import actions
from recipients.decisions.undo import undo
from recipients.models import Customer, CustomerAddress, OwnAddress, Pairing, Recipient, RecipientChange, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger(db: None) -> Recipient:
    return Recipient.objects.known("u@z.example", "U")


def only(recipient: Recipient) -> "Recipient.objects":
    return Recipient.objects.filter(pk=recipient.pk)


def test_pairing_links_the_address_and_keeps_who_and_when(stranger: Recipient, acme: Customer, anna: User) -> None:
    actions.pair(only(stranger), acme, by=anna)  # R03
    stranger.refresh_from_db()
    pairing = Pairing.objects.get()
    assert stranger.customer == acme
    assert (pairing.recipient, pairing.customer, pairing.started_by, pairing.ended_at) == (stranger, acme, anna, None)


def test_pairing_with_another_ends_the_first_pairing(
    stranger: Recipient, acme: Customer, carla: Customer, anna: User
) -> None:
    actions.pair(only(stranger), acme, by=anna)
    actions.pair(only(stranger), carla, by=anna)
    first, second = Pairing.objects.order_by("pk")
    assert first.ended_by == anna
    assert (second.customer, second.ended_at) == (carla, None)


def test_one_customer_may_have_several_addresses(acme: Customer, anna: User) -> None:  # R27, L34
    for address in ("one@z.example", "two@z.example"):
        actions.pair(only(Recipient.objects.known(address)), acme, by=anna)
    assert acme.paired_recipients.count() == 2


def test_pairing_a_registered_address_is_refused_naming_its_owner(carla: Customer, acme: Customer, anna: User) -> None:
    # S31
    recipient = Recipient.objects.known("carla@acme.example")
    done = actions.pair(only(recipient), acme, by=anna)
    assert not done
    assert "Carla Conti" in done.refused["carla@acme.example"]
    assert not RecipientChange.objects.exists()


def test_a_shared_address_cannot_be_paired(stranger: Recipient, acme: Customer, anna: User) -> None:  # R15, SC24
    actions.share(only(stranger), by=anna)
    assert "u@z.example" in actions.pair(only(stranger), acme, by=anna).refused


def test_marking_as_shared_drops_the_pairing(stranger: Recipient, acme: Customer, anna: User) -> None:
    # S52
    actions.pair(only(stranger), acme, by=anna)
    actions.share(only(stranger), by=anna)
    stranger.refresh_from_db()
    assert (stranger.shared, stranger.customer) == (True, None)
    assert Pairing.objects.get().ended_at


def test_a_registered_address_cannot_be_shared(carla: Customer, anna: User) -> None:
    assert actions.share(only(Recipient.objects.known("carla@acme.example")), by=anna).refused


def test_agents_and_own_addresses_cannot_be_banned(anna: User, stranger: Recipient) -> None:
    # S51
    OwnAddress.objects.create(address="support@desk.example")
    for address in (anna.email, "support@desk.example"):
        Recipient.objects.known(address)
    done = actions.ban(Recipient.objects, by=anna)
    assert set(done.refused) == {anna.email, "support@desk.example"}
    assert [r.address for r in done.recipients] == ["u@z.example"]


def test_a_ban_keeps_the_pairing_for_later(stranger: Recipient, acme: Customer, anna: User) -> None:
    # S51
    actions.pair(only(stranger), acme, by=anna)
    actions.ban(only(stranger), by=anna)
    stranger.refresh_from_db()
    assert (stranger.banned, stranger.customer) == (True, acme)


def test_a_name_set_by_an_agent_is_not_overwritten_by_the_next_mail(stranger: Recipient, anna: User) -> None:
    actions.rename(only(stranger), "Ugo", by=anna)  # R14, SC30
    assert Recipient.objects.known("u@z.example", "Somebody else").name == "Ugo"


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("verb", ["ban", "share", "unpair"])
def test_undo_puts_back_what_was(verb: str, stranger: Recipient, acme: Customer, anna: User) -> None:
    actions.pair(only(stranger), acme, by=anna)
    done = getattr(actions, verb)(only(stranger), by=anna)
    undo(done.batch, by=anna)
    stranger.refresh_from_db()
    assert (stranger.customer, stranger.banned, stranger.shared) == (acme, False, False)
    assert Pairing.objects.filter(ended_at__isnull=True).count() == 1


def test_what_was_paired_since_is_not_shared_again_by_undo(stranger: Recipient, acme: Customer, anna: User) -> None:
    actions.share(only(stranger), by=anna)
    unshared = actions.unshare(only(stranger), by=anna)
    actions.pair(only(stranger), acme, by=anna)
    assert "paired since" in undo(unshared.batch, by=anna).refused[stranger.address]
    stranger.refresh_from_db()
    assert (stranger.shared, stranger.customer) == (False, acme)


def test_undo_leaves_alone_what_somebody_changed_since(
    stranger: Recipient, acme: Customer, carla: Customer, anna: User
) -> None:
    first = actions.pair(only(stranger), acme, by=anna)
    actions.pair(only(stranger), carla, by=anna)
    assert "u@z.example" in undo(first.batch, by=anna).refused
    stranger.refresh_from_db()
    assert stranger.customer == carla


def test_undo_works_once(stranger: Recipient, anna: User) -> None:
    batch = actions.ban(only(stranger), by=anna).batch
    undo(batch, by=anna)
    actions.ban(only(stranger), by=anna)
    assert not undo(batch, by=anna)


@pytest.mark.parametrize("count", [2, 100])
def test_a_bulk_action_takes_a_constant_number_of_queries(count: int, acme: Customer, anna: User) -> None:
    for number in range(count):
        Recipient.objects.known(f"r{number}@z.example")
    CustomerAddress.objects.create(customer=acme, address="r0@z.example")
    with CaptureQueriesContext(connection) as queries:
        done = actions.pair(Recipient.objects, acme, by=anna)
    assert len(done.recipients) == count - 1
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 11
