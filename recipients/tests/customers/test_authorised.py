"""The field "Authorised senders to open tickets"."""

import pytest

from recipients.customers import authorised
from recipients.matching.directory import match_sender
from recipients.models import AuthorisedSender, Customer, CustomerAddress, OwnAddress

pytestmark = pytest.mark.django_db


def test_the_address_of_a_website_means_its_domain(acme: Customer) -> None:
    entries = authorised.read("https://www.shop.example/, *.branch.example", acme)
    assert list(entries.accepted) == ["shop.example", "branch.example"]
    assert entries.rewritten()["*.branch.example"] == "branch.example"


def test_addresses_and_domains_may_be_mixed(acme: Customer) -> None:  # A08, A11
    entries = authorised.read("indirizzo@miodominio.it, miodominio.com", acme)
    assert not entries.refused
    authorised.save(acme, entries)
    assert match_sender("indirizzo@miodominio.it").customer == acme.pk
    assert match_sender("anybody@miodominio.com").customer == acme.pk
    assert match_sender("another@miodominio.it").customer is None


def test_entries_are_stored_in_one_form(acme: Customer) -> None:  # SC15
    authorised.save(acme, authorised.read(" Tech@Agency.IT ,, miodominio.com, @MÜLLER.de", acme))
    assert set(acme.authorised_senders.values_list("value", "kind")) == {
        ("tech@agency.it", "address"),
        ("miodominio.com", "domain"),
        ("xn--mller-kva.de", "domain"),
    }
    assert "müller.de" in authorised.written(acme)


def test_every_refused_entry_is_named_with_its_reason(acme: Customer) -> None:  # SC15, SC17
    other = Customer.objects.create(name="Other")
    CustomerAddress.objects.create(customer=other, address="boss@other.example", is_primary=True)
    OwnAddress.objects.create(address="support@desk.example")
    entries = authorised.read(
        "foo@, gmail.com, boss@other.example, desk.example, me@desk.example, word, *@y.example, ok@x.example", acme
    )
    assert set(entries.refused) == {
        "foo@",
        "gmail.com",
        "boss@other.example",
        "desk.example",
        "me@desk.example",
        "word",
        "*@y.example",
    }
    assert list(entries.accepted) == ["ok@x.example"]
    with pytest.raises(ValueError):
        authorised.save(acme, entries)
    assert not AuthorisedSender.objects.exists()


def test_a_single_address_at_a_free_provider_may_be_authorised(acme: Customer) -> None:
    assert not authorised.read("somebody@gmail.com", acme).refused


def test_saving_says_what_was_added_and_removed(acme: Customer) -> None:
    authorised.save(acme, authorised.read("a@x.example, b@x.example", acme))
    assert authorised.save(acme, authorised.read("b@x.example, y.example", acme)) == (["y.example"], ["a@x.example"])


def test_an_address_that_auto_add_alone_made_a_persons_may_be_authorised(acme: Customer) -> None:  # T18
    person = Customer.objects.create(name="Tech", kind="lead", added_automatically=True)
    CustomerAddress.objects.create(customer=person, address="tech@agency.example", is_primary=True)
    authorised.save(acme, authorised.read("tech@agency.example", acme))
    assert match_sender("tech@agency.example").customer == acme.pk
