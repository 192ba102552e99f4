"""What the directory says about an address, in a fixed number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recipients.matching.directory import match_sender
from recipients.matching.match import Rejection, Step
from recipients.models import AuthorisedSender, Customer, CustomerAddress, Recipient, RecognitionSettings

pytestmark = pytest.mark.django_db


def customer(name: str, *addresses: str, **fields: object) -> Customer:
    made = Customer.objects.create(name=name, **fields)
    for number, address in enumerate(addresses):
        CustomerAddress.objects.create(customer=made, address=address, is_primary=number == 0)
    return made


def test_the_profile_email_is_an_exact_hit_however_it_is_written(carla: Customer) -> None:  # SC01, A02, S38
    match = match_sender("carla@acme.example")
    assert (match.customer, match.step, match.evidence) == (carla.pk, Step.EXACT, "carla@acme.example")
    assert match.company_name == "Acme GmbH"
    assert match.authorises


def test_a_further_address_is_an_exact_hit() -> None:  # SC04, W11
    anna = customer("Anna", "anna@x.example", "anna@private.example")
    assert match_sender("anna@private.example").customer == anna.pk


def test_a_plus_tag_makes_another_address(carla: Customer, acme: Customer) -> None:  # SC03
    match = match_sender("carla+shop@acme.example")
    assert (match.customer, match.step, match.authorises) == (acme.pk, Step.DOMAIN, False)


@pytest.mark.parametrize(("preference", "chosen"), [("company", "Acme"), ("person", "Carla"), ("none", None)])
def test_preference_decides_between_person_and_company(preference: str, chosen: str | None) -> None:  # W05, W06, W07
    acme = customer("Acme", "info@a.example", is_company=True)
    customer("Carla", "info@a.example", company=acme)
    RecognitionSettings(pk=1, preference=preference).save()
    match = match_sender("info@a.example")
    assert (match.customer_name or None) == chosen
    assert match.ambiguous is (chosen is None)


def test_two_persons_of_one_company_lead_to_the_company() -> None:
    acme = customer("Acme", is_company=True)
    customer("Carla", "team@a.example", company=acme)
    customer("Carlo", "team@a.example", company=acme)
    assert match_sender("team@a.example").customer == acme.pk


def test_a_kind_that_is_not_allowed_is_not_found_even_exactly() -> None:  # W10, S37
    customer("Piero", "p@new.example", kind="lead")
    RecognitionSettings(pk=1, allowed_kinds=["customer"]).save()
    match = match_sender("p@new.example")
    assert match.customer is None
    assert match.candidates[0].rejected is Rejection.KIND


def test_a_domain_at_two_companies_assigns_nobody() -> None:  # W15, SC08
    customer("A", "x@acme.example", is_company=True)
    customer("B", "y@acme.example", is_company=True, kind="supplier")
    match = match_sender("new@acme.example")
    assert match.customer is None
    assert {c.name for c in match.candidates} == {"A", "B"}


def test_a_free_mail_domain_is_never_recognised() -> None:  # W14, SC10, L36
    customer("A", "x@gmail.com", is_company=True)
    assert match_sender("other@gmail.com").reason is Rejection.PUBLIC_MAIL


def test_a_subdomain_is_another_domain(acme: Customer) -> None:  # SC12
    assert match_sender("x@sub.acme.example").customer is None


def test_authorised_address_and_domain_are_as_good_as_the_profile_email(acme: Customer) -> None:  # A09, A10, A11
    AuthorisedSender.objects.create(customer=acme, kind="address", value="tech@agency.example")
    AuthorisedSender.objects.create(customer=acme, kind="domain", value="mio.example")
    assert match_sender("tech@agency.example").step is Step.AUTHORISED_ADDRESS
    assert match_sender("any@mio.example").authorises
    assert match_sender("boss@agency.example").customer is None


def test_a_pairing_finds_its_customer_and_a_shared_address_nobody(acme: Customer) -> None:  # R04, R17
    recipient = Recipient.objects.known("u@z.example")
    recipient.customer = acme
    recipient.save()
    assert match_sender("u@z.example").step is Step.PAIRING
    recipient.customer, recipient.shared = None, True
    recipient.save()
    assert match_sender("u@z.example").reason is Rejection.SHARED


def test_two_queries_however_many_customers_there_are() -> None:
    acme = customer("Acme", "office@acme.example", is_company=True)
    for number in range(50):
        customer(f"Person {number}", f"p{number}@acme.example", company=acme)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert match_sender("stranger@acme.example").customer == acme.pk
    assert len(queries) == 2
