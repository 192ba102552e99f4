"""Does a new queue come about step by step, with nothing typed lost, and does one see what its customers get?"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mailboxes.models import Address, Mailbox
from mailboxes.models.address import save_with_address
from recipients.models import User
from tickets.models import Outbox, Queue, Ticket, Wording

pytestmark = pytest.mark.django_db


def at(key: str) -> str:
    return reverse("settings:new_queue", args=[key])


def said(client: Client, key: str, do: str = "on", **typed: Any) -> Any:
    return client.post(at(key), {**typed, "do": do})


@pytest.fixture
def billing_address(queue: Queue) -> Address:
    mailbox = Mailbox(name="Support", imap_host="127.0.0.1", imap_port=9, imap_username="support", imap_password="x")
    save_with_address(mailbox, "support@helpdesk.example", queue)
    return Address.objects.create(mailbox=mailbox, address="billing@helpdesk.example")


def test_a_queue_is_there_after_the_last_step_with_all_that_was_said(
    as_ada: Client, anna: User, billing_address: Address
) -> None:
    # T02
    assert as_ada.get(reverse("settings:new_queue_begin")).url == at("name")
    assert said(as_ada, "name", name="Billing", language="de", time_zone="Europe/Berlin").url == at("agents")
    assert said(as_ada, "agents", agents=[anna.pk]).url == at("addresses")
    assert said(as_ada, "addresses", addresses=[billing_address.pk]).url == at("hours")
    assert said(as_ada, "hours", opening_hours_0="8-16").url == at("confirmation")
    assert Queue.objects.count() == 1
    last = said(as_ada, "confirmation", confirmation="on", unknown_senders="verify")
    billing = Queue.objects.get(name="Billing")
    assert last.url == reverse("settings:queue_example", args=[billing.pk])
    assert (billing.language, billing.time_zone, billing.is_default) == ("de", "Europe/Berlin", False)
    assert (billing.confirmation, billing.unknown_senders) == (True, "verify")
    assert billing.opening_hours[0] == [["08:00", "16:00"]]
    assert list(billing.agents.all()) == [anna]
    assert list(billing.addresses.all()) == [billing_address]
    assert as_ada.get(reverse("settings:new_queue_begin")).url == at("name")  # for another one


def test_what_was_typed_stays_right_or_wrong_when_one_goes_back_or_away(as_ada: Client, queue: Queue) -> None:
    said(as_ada, "name", name="Billing", language="it", time_zone="Europe/Rome")
    assert said(as_ada, "hours", do="back", opening_hours_1="when we like").url == at("addresses")
    page = as_ada.get(at("hours")).content.decode()
    assert 'value="when we like"' in page
    assert 'value="Billing"' in as_ada.get(at("name")).content.decode()
    assert as_ada.get(reverse("settings:new_queue_begin")).url == at("agents")
    said(as_ada, "name", do="forget")
    assert "Billing" not in as_ada.get(at("name")).content.decode()


def test_a_wrong_step_leads_back_to_itself(as_ada: Client, queue: Queue) -> None:
    # T23
    assert said(as_ada, "name", name=queue.name, language="en", time_zone="UTC").status_code == 422
    assert said(as_ada, "confirmation", unknown_senders="accept").url == at("name")
    page = as_ada.get(at("name"))
    assert page.context["form"].errors["name"]
    assert Queue.objects.count() == 1


def test_a_step_that_was_passed_over_is_as_it_begins(as_ada: Client) -> None:
    said(as_ada, "name", name="Billing", language="en", time_zone="UTC")
    said(as_ada, "confirmation", unknown_senders="accept", confirmation="on")
    billing = Queue.objects.get()
    assert billing.is_default  # as the first one is
    assert billing.opening_hours == []


def test_what_customers_get_is_shown_and_sent_to_who_asks(as_ada: Client, ada: User, queue: Queue) -> None:
    # T02, T09
    queue.language, queue.opening_hours = "de", [[["08:00", "16:00"]]] * 5 + [[], []]
    queue.save()
    Wording.write(queue, "after_hours", "Geschlossen", "Wir lesen es {{ queue.next_opening }}.", by=ada)
    address = reverse("settings:queue_example", args=[queue.pk])
    page = as_ada.get(address)
    confirmation, after_hours, answer = page.context["examples"]
    assert "Der Drucker druckt nichts" in confirmation.mail.subject
    assert after_hours.mail.text.startswith("Wir lesen es ")
    assert str(ada) in answer.mail.text
    assert "No address leads to this queue yet" in page.content.decode()
    body = as_ada.get(reverse("settings:queue_example_body", args=[queue.pk, "after-hours"]))
    assert "Wir lesen es" in body.content.decode()
    assert "sandbox" in body["Content-Security-Policy"]
    as_ada.post(reverse("settings:queue_example_send", args=[queue.pk]))
    mails = Outbox.objects.order_by("pk")
    assert {mail.recipient for mail in mails} == {ada.email}
    shown = [each.mail.subject.replace("[#1] ", "") for each in page.context["examples"]]
    assert [mail.subject for mail in mails] == [f"Test: {subject}" for subject in shown]  # no ticket's, when answered
    assert all(mail.is_automatic and mail.next_attempt_at <= timezone.now() for mail in mails)
    assert not Ticket.objects.exists()


def test_the_confirmation_is_read_before_it_is_decided(as_ada: Client) -> None:
    said(as_ada, "name", name="Billing", language="it", time_zone="UTC")
    assert "[#1]" in as_ada.get(at("confirmation")).content.decode()
