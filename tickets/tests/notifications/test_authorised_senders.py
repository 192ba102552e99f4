"""Is a customer told of every change of their authorised senders, once, and where to correct it?"""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from recipients.customers import authorised
from recipients.models import (
    AuthorisedSender,
    AuthorisedSendersChange,
    Customer,
    CustomerAddress,
    OwnAddress,
    Recipient,
    RecognitionSettings,
    User,
)
from recipients.tests.portal import come_in
from tickets.customers import merge_customers
from tickets.models import Outbox, Queue, TicketSettings
from tickets.tasks import tell_of_changed_senders
from tickets.text.references import read_token

pytestmark = pytest.mark.django_db


def change(customer: Customer, text: str, **by: object) -> None:
    authorised.save(customer, authorised.read(text, customer), **by)


def told(after: timedelta = timedelta(seconds=30)) -> list[Outbox]:
    """The mails that wait after the next beat."""
    with time_machine.travel(timezone.now() + after):
        tell_of_changed_senders()
    return list(Outbox.objects.filter(kind=Outbox.Kind.SENDERS_CHANGED).order_by("pk"))


def test_an_agents_change_is_mailed_to_the_profile_email(as_anna: Client, carla: Customer) -> None:
    Customer.objects.filter(pk=carla.pk).update(language="it")
    as_anna.post(reverse("customers:authorised", args=[carla.pk]), {"senders": "miodominio.it, müller.example"})
    (mail,) = told()
    assert (mail.recipient, mail.recipient_name, mail.language) == ("carla@acme.example", "Carla Conti", "it")
    assert mail.subject == "I mittenti autorizzati di Carla Conti sono cambiati"
    for said in ("Anna Berg", "Ora possono scrivere: miodominio.it, müller.example", "/portal/account/edit/"):
        assert said in mail.text
    assert "Non possono più" not in mail.text + mail.html
    assert (mail.ticket, mail.is_automatic, mail.to_staff) == (None, True, False)
    token = read_token(mail.token, settings.REFERENCE_KEYS)
    assert token is not None
    assert token.ticket == 0
    assert len(told()) == 1  # once


def test_customers_never_read_the_address_of_an_agent_without_a_name(
    as_anna: Client, anna: User, carla: Customer
) -> None:
    User.objects.filter(pk=anna.pk).update(first_name="", last_name="")
    as_anna.post(reverse("customers:authorised", args=[carla.pk]), {"senders": "agency.example"})
    (mail,) = told()
    visitor = Client()
    come_in(visitor, "carla@acme.example")
    for text in (mail.text, mail.html, visitor.get("/portal/account/").content.decode()):
        assert "Our team" in text
        assert anna.email not in text
    assert anna.email in as_anna.get(reverse("customers:detail", args=[carla.pk])).content.decode()


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_it_is_worded_in_every_language(carla: Customer, language: str) -> None:
    Customer.objects.filter(pk=carla.pk).update(language=language)
    change(carla, "gone.example")
    told()
    change(carla, "come.example")
    mail = told()[-1]
    assert mail.language == language
    assert all("come.example" in text and "gone.example" in text for text in (mail.text, mail.html))
    assert ("have changed" in mail.subject) == (language == "en")
    assert "{{" not in mail.subject + mail.text + mail.html


def test_what_was_typed_cannot_become_markup(carla: Customer) -> None:
    Customer.objects.filter(pk=carla.pk).update(name="<b>Carla</b>")
    odd = '"<script>alert(1)</script>"@x.example'  # listed when that could still be typed
    carla.authorised_senders.create(kind=AuthorisedSender.Kind.ADDRESS, value=odd)
    change(carla, "", by_address="carla@acme.example")
    (mail,) = told()
    assert odd in mail.text
    assert "<script>" not in mail.html
    assert "<b>" not in mail.html
    assert "carla@acme.example" in mail.text


def test_changes_within_seconds_are_one_mail_and_those_taken_back_none(carla: Customer, acme: Customer) -> None:
    change(carla, "a.example", by_address="carla@acme.example")
    change(carla, "a.example, b.example")
    change(carla, "b.example")
    change(acme, "c.example")
    change(acme, "")
    (mail,) = told()
    assert "May now write: b.example" in mail.text
    assert "a.example" not in mail.text
    assert "carla@acme.example, The helpdesk" in mail.text
    assert not AuthorisedSendersChange.objects.filter(told_at=None).exists()


def test_a_change_waits_some_seconds_for_the_next_one(carla: Customer) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        change(carla, "a.example")
        assert told(after=timedelta(seconds=2)) == []
    assert len(told()) == 1


def test_a_customer_without_a_profile_email_is_not_told(carla: Customer) -> None:
    carla.addresses.update(is_primary=False)
    change(carla, "a.example")
    assert told() == []
    assert not AuthorisedSendersChange.objects.filter(told_at=None).exists()


def test_the_gate_is_asked(carla: Customer, acme: Customer) -> None:
    # L21, L22
    OwnAddress.objects.create(address="carla@acme.example")
    Recipient.objects.create(address="office@acme.example", undeliverable=True)
    change(carla, "a.example")
    change(acme, "a.example")
    assert told() == []


def test_who_got_too_many_mails_is_told_later_and_holds_up_nobody(carla: Customer, acme: Customer) -> None:
    limit = TicketSettings.load().automatic_mails_per_hour
    Outbox.objects.bulk_create(
        Outbox(kind="notice", recipient="carla@acme.example", token=f"t{n}", subject="S", text="T")
        for n in range(limit)
    )
    change(carla, "a.example")
    change(acme, "a.example")
    assert [mail.recipient for mail in told()] == ["office@acme.example"]
    assert [mail.recipient for mail in told(timedelta(minutes=61))] == ["office@acme.example", "carla@acme.example"]


def test_a_merge_tells_the_survivor_and_its_undo_too(anna: User, acme: Customer) -> None:
    twin = Customer.objects.create(name="ACME", is_company=True)
    CustomerAddress.objects.create(customer=twin, address="info@acme.example", is_primary=True)
    change(twin, "agency.example, both.example")
    change(acme, "both.example")
    AuthorisedSendersChange.objects.update(told_at=timezone.now())
    done = merge_customers.merge(twin, acme, by=anna)
    (mail,) = told()
    assert mail.recipient == "office@acme.example"
    assert "May now write: agency.example" in mail.text
    assert "both.example" not in mail.text
    merge_customers.undo(done.merge, by=anna)
    mails = told()
    assert [each.recipient for each in mails] == ["office@acme.example"] * 2
    assert "May no longer write: agency.example" in mails[-1].text


def test_a_save_that_changes_nothing_tells_nobody(carla: Customer) -> None:
    change(carla, "a.example")
    change(carla, " A.example ,")
    assert AuthorisedSendersChange.objects.count() == 1


def test_any_number_of_customers_is_told_in_the_same_number_of_queries(
    queue: Queue, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(30):
        customer = Customer.objects.create(name=f"C{n}")
        CustomerAddress.objects.create(customer=customer, address=f"c{n}@x.example", is_primary=True)
        change(customer, f"a{n}.example")
    with time_machine.travel(timezone.now() + timedelta(minutes=1)), django_assert_max_num_queries(11):
        tell_of_changed_senders()
    assert Outbox.objects.count() == 30


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_what_waits_and_what_was_confirmed_is_worded_in_every_language(
    acme: Customer, anna: User, language: str
) -> None:
    Customer.objects.filter(pk=acme.pk).update(language=language)
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"listed_senders_wait": True})
    listed = authorised.read("bigcorp.example, new@acme.example", acme, in_portal=True)
    authorised.save(acme, listed, by_address="office@acme.example")
    (mail,) = told()
    waits = next(line for line in mail.text.splitlines() if "bigcorp.example" in line)
    counts = next(line for line in mail.text.splitlines() if "new@acme.example" in line)
    assert waits != counts
    authorised.confirm(acme.authorised_senders.get(value="bigcorp.example"), by=anna)
    mail = told(timedelta(seconds=60))[-1]
    confirmed = next(line for line in mail.text.splitlines() if "bigcorp.example" in line)
    assert len({line.partition(":")[0] for line in (waits, counts, confirmed)}) == 3
    assert "bigcorp.example" in mail.html
    if language == "en":
        assert (waits, confirmed) == ("Awaiting our approval: bigcorp.example", "Confirmed by us: bigcorp.example")
