"""`manage.py explain` says whom an address belongs to, and every step on the way to that."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from recipients.models import AuthorisedSender, Customer, Recipient, RecognitionSettings

pytestmark = pytest.mark.django_db


def explain(*arguments: str) -> str:
    out = io.StringIO()
    call_command("explain", *arguments, stdout=out)
    return out.getvalue()


def as_values(address: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(explain("--json", address))
    return values


def test_a_registered_address_in_any_case(carla: Customer) -> None:
    # SC01
    said = explain("CARLA@Acme.example")
    assert said.startswith("Carla Conti, because carla@acme.example is one of their addresses.")
    assert "✓ Registered address: Carla Conti, by carla@acme.example" in said


def test_values_name_step_evidence_and_everybody_rejected(carla: Customer, acme: Customer) -> None:
    # W10
    Customer.objects.filter(pk=carla.pk).update(kind="supplier")
    said = as_values("carla@acme.example")
    assert (said["step"], said["customer"], said["evidence"]) == ("domain", acme.pk, "acme.example")
    assert [(each["name"], each["rejected"]) for each in said["candidates"]] == [("Carla Conti", "kind_not_allowed")]
    assert [each["state"] for each in said["steps"]] == ["failed", "asked", "asked", "asked", "ok"]


def test_an_authorised_domain_is_named(acme: Customer) -> None:
    AuthorisedSender.objects.create(customer=acme, kind=AuthorisedSender.Kind.DOMAIN, value="agency.example")
    assert explain("any@agency.example").startswith("Acme GmbH, because any@agency.example is authorised by agency")


def test_a_domain_says_that_the_sender_is_not_verified_only_if_it_is_so(acme: Customer) -> None:
    why = "Acme GmbH, because only this customer uses the domain acme.example"
    assert explain("new@acme.example").startswith(f"{why}; the sender is not verified.")
    RecognitionSettings.objects.create(pk=1, domain_counts_as_valid=True)
    assert explain("new@acme.example").startswith(f"{why}.\n")


def test_the_step_says_why_a_provider_of_mail_is_nobodys() -> None:
    # W14
    assert "– Domain of a company: Nobody." in explain("anna@elsewhere.example")
    assert "✗ Domain of a company: anybody can have an address at this provider" in explain("anna@gmail.com")


def test_nobody_is_an_answer_and_changes_nothing(acme: Customer) -> None:
    assert as_values("new@elsewhere.example")["customer"] is None
    assert not Recipient.objects.exists()


@pytest.mark.parametrize("typed", ["nobody", "@acme.example", ""])
def test_what_is_no_address_is_65(typed: str) -> None:
    err = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("explain", typed, stderr=err)
    assert stopped.value.code == 65
    assert "is not an email address" in err.getvalue()
