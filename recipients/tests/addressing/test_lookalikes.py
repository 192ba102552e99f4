"""Domains that look like a customer's, and names that hold somebody else's address (A04)."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recipients.addressing.lookalikes import Lookalike, Owner, foreign_address, skeleton
from recipients.addressing.normalise import normalise_domain
from recipients.matching.directory import look_up, look_up_many, match_sender
from recipients.models import (
    AuthorisedSender,
    Customer,
    CustomerAddress,
    OwnAddress,
    Recipient,
    RecognitionSettings,
)

ALIKE = [
    ("acrne.de", "acme.de"),
    ("acme.de", "аcme.de"),  # Cyrillic а
    ("acme.de", "аcmе.de"),  # and е
    ("paypal.com", "раураl.com"),  # all but the l
    ("paypal.com", "paypai.com"),  # paypaI.com
    ("paypal.com", "paypa1.com"),
    ("google.com", "g00gle.com"),
    ("google.com", "gοοgle.com"),  # Greek
    ("vvidget.com", "widget.com"),
    ("clever.de", "dever.de"),
    ("müller.de", "muller.de"),
    ("łódź.pl", "lodz.pl"),
    ("straße.de", "strasse.de"),
    ("acme-shop.de", "acmeshop.de"),
    ("nasa5.com", "nasas.com"),
    ("mail.acrne.de", "mail.acme.de"),
    ("ɡoogle.com", "google.com"),  # a phonetic g
]
NOT_ALIKE = [
    ("acme.de", "acme.com"),
    ("acme.de", "acne.de"),
    ("acme.de", "acme-group.de"),
    ("acid.de", "add.de"),
    ("mueller.de", "muller.de"),
    ("acme.li", "acme.il"),
    ("sub.acme.de", "acme.de"),
    ("bayer.de", "beyer.de"),
    ("acme.de", "acm.de"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_a_hasty_reader_takes_for_the_same(one: str, other: str) -> None:
    assert normalise_domain(one) != normalise_domain(other)
    assert skeleton(normalise_domain(one)) == skeleton(normalise_domain(other))


@pytest.mark.parametrize(("one", "other"), NOT_ALIKE)
def test_what_nobody_takes_for_the_same(one: str, other: str) -> None:
    assert skeleton(normalise_domain(one)) != skeleton(normalise_domain(other))


@pytest.mark.parametrize("domain", ["", "de", "[192.0.2.1]", "xn--zzzzzzz.de", "xn--.de", "a" * 63 + ".de", "ß" * 60])
def test_any_domain_has_a_skeleton(domain: str) -> None:
    assert len(skeleton(domain)) <= 255


@pytest.mark.parametrize(
    ("name", "claimed"),
    [
        ("anna@acme.de", "anna@acme.de"),
        ('"Anna <anna@acme.de>"', "anna@acme.de"),
        ("Anna (anna@acme.de) via list", "anna@acme.de"),
        ("ANNA@ACME.DE", "anna@acme.de"),
        ("anna@evil.example", ""),
        ("mallory@evil.example, anna@acme.de", "anna@acme.de"),
        ("Anna @ Acme", ""),
        ("Anna", ""),
        ("", ""),
        ("@" * 300, ""),
    ],
)
def test_a_name_that_is_somebody_elses_address(name: str, claimed: str) -> None:
    assert foreign_address(name, "mallory@evil.example") == claimed


# -- In the directory -----------------------------------------------------------------------------------------------


@pytest.fixture
def acme_de(db: None) -> Customer:
    acme = Customer.objects.create(name="Acme GmbH", is_company=True)
    CustomerAddress.objects.create(customer=acme, address="office@acme.de", is_primary=True)
    carla = Customer.objects.create(name="Carla", company=acme)
    CustomerAddress.objects.create(customer=carla, address="carla@acme.de", is_primary=True)
    return acme


@pytest.mark.parametrize("address", ["carla@acrne.de", "carla@mail.acrne.de", "carla@xn--cme-5cd.de"])
def test_an_unknown_sender_whose_domain_looks_like_a_customers(acme_de: Customer, address: str) -> None:
    found = match_sender(address)
    assert found.customer is None
    assert found.lookalike == Lookalike("acme.de", Owner.CUSTOMER, acme_de.pk, "Acme GmbH")
    assert found.as_json()["lookalike"]["domain"] == "acme.de"


@pytest.mark.parametrize(
    ("known", "sender"),
    [
        ("müller.de", "mueller.de"),
        ("mueller.de", "müller.de"),
        ("müller-bauer.de", "mueller-bauer.de"),
        ("quelle-möbel.de", "quelle-moebel.de"),
        ("björn-jäger.de", "bjoern-jaeger.de"),
        ("müller.de", "rnueller.de"),
        ("müller.de", "mail.mueller.de"),
        ("strauß.de", "strauss.de"),
        ("smørrebrød.dk", "smoerrebroed.dk"),
    ],
)
def test_a_name_is_written_with_umlauts_or_without(known: str, sender: str, db: None) -> None:
    company = Customer.objects.create(name="Müller", is_company=True)
    CustomerAddress.objects.create(customer=company, address=f"office@{known}", is_primary=True)
    address = f"office@{normalise_domain(sender)}"
    found = match_sender(address)
    assert (found.customer, found.lookalike) == (
        None,
        Lookalike(normalise_domain(known), Owner.CUSTOMER, company.pk, "Müller"),
    )
    CustomerAddress.objects.create(customer=company, address=f"info@{sender}")  # both are theirs
    assert match_sender(address).lookalike is None
    assert match_sender(f"x@{normalise_domain(known)}").lookalike is None


@pytest.mark.parametrize(
    ("known", "sender"),
    [("blu.de", "blue.de"), ("muller.de", "mueller.de"), ("bos.de", "boss.de"), ("pot.de", "poet.de")],
)
def test_two_letters_are_an_umlaut_only_where_there_is_one(known: str, sender: str, db: None) -> None:
    for one, other in ((known, sender), (sender, known)):
        customer = Customer.objects.create(name=one, is_company=True)
        CustomerAddress.objects.create(customer=customer, address=f"office@{one}", is_primary=True)
        assert match_sender(f"x@{other}").lookalike is None
        customer.delete()


@pytest.mark.parametrize("address", ["x@acme.de", "x@acme.com", "x@sub.acme.de", "x@gmail.com", "x@else.example"])
def test_who_is_known_or_quite_different_looks_like_nobody(acme_de: Customer, address: str) -> None:
    assert match_sender(address).lookalike is None


def test_two_customers_that_look_alike_are_both_themselves(acme_de: Customer) -> None:
    other = Customer.objects.create(name="Acrne", is_company=True)
    CustomerAddress.objects.create(customer=other, address="info@acrne.de", is_primary=True)
    assert match_sender("x@acrne.de").lookalike is None
    assert match_sender("x@acme.de").lookalike is None


def test_somebody_paired_looks_like_nobody_any_more(acme_de: Customer) -> None:
    Recipient.objects.create(address="carla@acrne.de", customer=acme_de)
    assert match_sender("carla@acrne.de").lookalike is None


def test_an_authorised_domain_and_one_of_our_own_are_looked_like_too(acme_de: Customer) -> None:
    AuthorisedSender.objects.create(customer=acme_de, kind="domain", value="partner.example")
    AuthorisedSender.objects.create(customer=acme_de, kind="address", value="boss@single.example")
    OwnAddress.objects.create(address="support@helpdesk.example")
    assert match_sender("x@part-ner.example").lookalike == Lookalike(
        "partner.example", Owner.AUTHORISED, acme_de.pk, "Acme GmbH"
    )
    assert match_sender("x@he1pdesk.example").lookalike == Lookalike("helpdesk.example", Owner.OWN)
    assert match_sender("x@partner.example").lookalike is None
    assert match_sender("x@helpdesk.example").lookalike is None
    assert match_sender("x@sing1e.example").lookalike is None


def test_a_domain_of_several_customers_names_none(acme_de: Customer) -> None:
    other = Customer.objects.create(name="Acme Holding", is_company=True)
    CustomerAddress.objects.create(customer=other, address="info@acme.de", is_primary=True)
    assert match_sender("x@acrne.de").lookalike == Lookalike("acme.de", Owner.CUSTOMER)


def test_a_customer_at_a_public_provider_owns_no_domain(db: None) -> None:
    person = Customer.objects.create(name="Piero")
    CustomerAddress.objects.create(customer=person, address="piero@gmail.com", is_primary=True)
    assert match_sender("piero@gmai1.com").lookalike is None


def test_many_are_looked_up_as_one_is(acme_de: Customer) -> None:
    CustomerAddress.objects.create(customer=acme_de, address="x@müller.de")
    addresses = {
        "carla@acrne.de",
        "x@mueller.de",
        "x@acme.de",
        "x@sub.acme.de",
        "carla@acme.de",
        "x@gmail.com",
        "x@acme.com",
    }
    settings = RecognitionSettings()
    with CaptureQueriesContext(connection) as captured:
        many = look_up_many(addresses, settings)
    assert len(captured) == 1
    assert many == {address: look_up(address, settings) for address in addresses}


def test_it_is_found_in_the_same_two_queries(acme_de: Customer) -> None:
    with CaptureQueriesContext(connection) as captured:
        match_sender("carla@acrne.de")
    assert len(captured) == 2


def test_rows_that_are_written_in_bulk_have_their_skeleton(acme_de: Customer) -> None:
    CustomerAddress.objects.bulk_create([CustomerAddress(customer=acme_de, address="a@b1u.de", domain="b1u.de")])
    AuthorisedSender.objects.bulk_create([AuthorisedSender(customer=acme_de, kind="domain", value="b1u.at")])
    assert CustomerAddress.objects.get(address="a@b1u.de").skeleton == "blu.de"
    assert AuthorisedSender.objects.get().skeleton == "blu.at"


def test_explain_says_it(acme_de: Customer, capsys: pytest.CaptureFixture[str]) -> None:
    out = StringIO()
    call_command("explain", "carla@acrne.de", stdout=out)
    assert "acrne.de looks like acme.de, the domain of Acme GmbH." in out.getvalue()
    out = StringIO()
    call_command("explain", "carla@acrne.de", "--json", stdout=out)
    assert json.loads(out.getvalue())["lookalike"]["customer_name"] == "Acme GmbH"


def test_a_person_added_by_their_first_mail_is_no_proof_of_a_domain(acme_de: Customer) -> None:
    added = Customer.objects.create(name="Mallory", added_automatically=True)
    CustomerAddress.objects.create(customer=added, address="mallory@acrne.de", is_primary=True)
    assert match_sender("mallory@acrne.de").lookalike == Lookalike("acme.de", Owner.CUSTOMER, acme_de.pk, "Acme GmbH")
    assert match_sender("x@acme.de").lookalike is None
