"""Addresses are kept in their normal form, whoever writes the row."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from recipients.models import Customer, CustomerAddress, User

pytestmark = pytest.mark.django_db


def test_an_address_is_normalised_when_it_is_saved_alone_or_with_others(acme: Customer) -> None:
    alone = CustomerAddress.objects.create(customer=acme, address="Info@MÜLLER.example")
    others = CustomerAddress.objects.bulk_create([CustomerAddress(customer=acme, address="Sales@MÜLLER.example")])
    for row in (alone, *others):
        written = (row.address, row.domain, row.skeleton)
        row.refresh_from_db()
        assert (row.address, row.domain, row.skeleton) == written
    assert {row.address for row in (alone, *others)} == {"info@xn--mller-kva.example", "sales@xn--mller-kva.example"}
    assert {row.domain for row in (alone, *others)} == {"xn--mller-kva.example"}


def test_what_is_no_address_is_refused_by_validation(acme: Customer) -> None:
    with pytest.raises(ValidationError, match="“nowhere” is not an email address"):
        CustomerAddress(customer=acme, address="nowhere").full_clean()


def test_a_billing_address_is_kept_in_its_normal_form(as_anna: Client, acme: Customer) -> None:
    form = {
        "name": "Acme GmbH",
        "kind": "customer",
        "is_company": "on",
        "email": "office@acme.example",
        "billing_email": "Billing@ACME.example",
        "addresses-TOTAL_FORMS": 0,
        "addresses-INITIAL_FORMS": 0,
    }
    as_anna.post(reverse("customers:edit", args=[acme.pk]), form)
    acme.refresh_from_db()
    assert acme.billing_email == "billing@acme.example"


def test_two_users_cannot_have_one_address_in_two_spellings(anna: User) -> None:
    with pytest.raises(ValidationError, match="already exists"):
        User.objects.create_user("ANNA@Helpdesk.example", "correct horse battery")
