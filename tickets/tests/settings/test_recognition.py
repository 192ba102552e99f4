"""Does a setting of recognition say first what it would change, and may unconfirmed tickets follow it?"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recipients.matching.directory import look_up, look_up_many
from recipients.models import AuthorisedSender, Customer, CustomerAddress, OwnAddress, Recipient, RecognitionSettings
from tickets.customers import rematching
from tickets.customers.assignment import change_customer
from tickets.models import Event, Ticket
from tickets.sender.acceptance import accept_sender, reject_sender
from tickets.tests.mails import mail, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queue")]
URL = "/settings/recognition/"
NO_LEADS: dict[str, Any] = {"preference": "company", "allowed_kinds": ["customer"]}


@pytest.fixture
def lead(db: None) -> Customer:
    lead = Customer.objects.create(name="Newco", kind="lead", is_company=True)
    CustomerAddress.objects.create(customer=lead, address="p@new.example", is_primary=True)
    return lead


def saved_all_the_same(browser: Client) -> Any:
    shown = browser.post(URL, NO_LEADS)
    return browser.post(URL, NO_LEADS | {"seen": shown.context["shown"]})


def test_what_would_change_is_shown_before_it_is_saved(as_ada: Client, lead: Customer, carla: Customer) -> None:
    # W09, SC06, L36
    ticket = take(mail("p@new.example", "Quote please")).ticket
    take(mail("carla@acme.example", "Unmoved"))
    shown = as_ada.post(URL, NO_LEADS)
    html = shown.content.decode()
    assert shown.status_code == 200
    assert "1 ticket of the last 30 days would be matched differently" in html
    assert f"#{ticket.number} Quote please" in html
    assert "p@new.example: Newco → nobody" in " ".join(html.split())
    assert "Unmoved" not in html
    assert RecognitionSettings.load().allowed_kinds == ["customer", "lead"]


def test_after_saving_unconfirmed_tickets_may_follow(as_ada: Client, lead: Customer, anna: Any) -> None:
    ticket, chosen = (take(mail("p@new.example", subject)).ticket for subject in ("To follow", "Chosen by hand"))
    change_customer(chosen, None, by=anna)
    change_customer(chosen, lead, by=anna)
    saved = saved_all_the_same(as_ada)
    assert (saved.status_code, saved["Location"]) == (302, "/settings/recognition/tickets/")
    ticket.refresh_from_db()
    assert ticket.customer == lead
    assert b"Chosen by hand" not in as_ada.get(saved["Location"]).content
    as_ada.post(saved["Location"])
    for each in (ticket, chosen):
        each.refresh_from_db()
    assert (ticket.customer, ticket.validity, ticket.match["customer"]) == (None, "to_verify", None)
    assert chosen.customer == lead
    event = Event.objects.filter(ticket=ticket, kind=Event.Kind.CUSTOMER).get()
    assert (event.data["from"], event.data["to"]) == (lead.pk, None)


def test_matching_again_is_undone(as_ada: Client, lead: Customer) -> None:
    ticket = take(mail("p@new.example")).ticket
    before = ticket.match
    saved_all_the_same(as_ada)
    as_ada.post(URL + "tickets/")
    batch = ticket.moves.get().batch_id
    as_ada.post(f"/recipients/undo/{batch}/")
    ticket.refresh_from_db()
    assert (ticket.customer, ticket.validity, ticket.match) == (lead, "valid", before)


def test_an_unchanged_setting_and_old_tickets_are_saved_at_once(as_ada: Client, lead: Customer) -> None:
    take(mail("p@new.example"))
    Ticket.objects.update(created_at=timezone.now() - timedelta(days=31))
    saved = as_ada.post(URL, NO_LEADS)
    assert saved.status_code == 302
    assert RecognitionSettings.load().allowed_kinds == ["customer"]


def test_what_is_changed_after_it_was_shown_is_shown_anew(as_ada: Client, lead: Customer) -> None:
    take(mail("p@new.example"))
    seen = as_ada.post(URL, NO_LEADS).context["shown"]
    again = as_ada.post(URL, NO_LEADS | {"allowed_kinds": ["supplier"], "seen": seen})
    assert again.status_code == 200
    assert RecognitionSettings.load().allowed_kinds == ["customer", "lead"]


def test_a_rejected_sender_stays_rejected(as_ada: Client, lead: Customer) -> None:
    ticket = take(mail("p@new.example")).ticket
    Ticket.objects.update(validity="rejected")
    saved_all_the_same(as_ada)
    as_ada.post(URL + "tickets/")
    ticket.refresh_from_db()
    assert (ticket.customer, ticket.validity) == (None, "rejected")


def test_agents_do_not_get_there(as_anna: Client) -> None:
    assert [as_anna.get(url).status_code for url in (URL, URL + "tickets/")] == [403, 403]


def test_however_many_tickets_it_takes_as_many_queries(lead: Customer, superuser: Any, queue: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            found = rematching.under(RecognitionSettings(pk=1, allowed_kinds=["customer"]), superuser)
        assert found.found
        return len(captured)

    take(mail("p@new.example"))
    few = queries()
    for number in range(10):
        take(mail(f"n{number}@firm{number}.example"))
    assert queries() == few


def test_many_addresses_are_looked_up_as_each_alone(carla: Customer, acme: Customer, lead: Customer) -> None:
    AuthorisedSender.objects.create(customer=acme, kind="domain", value="agency.example")
    AuthorisedSender.objects.create(customer=acme, kind="address", value="one@other.example")
    Recipient.objects.create(address="form@site.example", shared=True)
    Recipient.objects.create(address="paired@site.example", customer=lead)
    OwnAddress.objects.create(address="support@desk.example")
    CustomerAddress.objects.create(customer=carla, address="carla@gmail.com")
    addresses = [
        "carla@acme.example",
        "new@acme.example",
        "x@agency.example",
        "one@other.example",
        "form@site.example",
        "paired@site.example",
        "support@desk.example",
        "else@gmail.com",
        "p@new.example",
        "nobody@nowhere.example",
    ]
    for settings in (
        RecognitionSettings.load(),
        RecognitionSettings(pk=1, public_domains_added="acme.example", public_domains_excepted="gmail.com"),
    ):
        many = look_up_many(addresses, settings)
        assert many == {address: look_up(address, settings) for address in addresses}


# -- Domain recognition counts as valid --------------------------------------------------------------------------------

DOMAIN_IS_VALID: dict[str, Any] = {
    "preference": "company",
    "allowed_kinds": ["customer", "lead"],
    "domain_counts_as_valid": "on",
}


def test_what_would_become_valid_is_shown_and_may_follow(as_ada: Client, acme: Customer, anna: Any) -> None:
    by_domain, rejected, confirmed, verified = (
        take(mail("new@acme.example", subject)).ticket for subject in ("By domain", "Rejected", "Set", "Verified")
    )
    take(mail("office@acme.example", "Valid anyway"))
    reject_sender(rejected, by=anna)
    accept_sender(confirmed, by=anna)
    Ticket.objects.filter(pk=verified.pk).update(validity="verified")
    shown = as_ada.post(URL, DOMAIN_IS_VALID)
    html = shown.content.decode()
    assert "3 tickets of the last 30 days would be matched differently" in html
    words = " ".join(html.split())
    assert "new@acme.example: Acme GmbH · To verify → Valid" in words
    assert "new@acme.example: Acme GmbH · Verified → Valid" in words
    assert html.count("stays, because an agent decided it") == 1
    assert not {"Rejected", "Valid anyway"} & {each.ticket.subject for each in shown.context["differences"]}
    saved = as_ada.post(URL, DOMAIN_IS_VALID | {"seen": shown.context["shown"]})
    assert saved["Location"] == "/settings/recognition/tickets/"
    as_ada.post(saved["Location"])
    assert validities(by_domain, rejected, confirmed) == ["valid", "rejected", "valid"]
    assert b"set the sender to \xe2\x80\x9cValid\xe2\x80\x9d" in as_ada.get(f"/tickets/{by_domain.pk}/history/").content
    as_ada.post(f"/recipients/undo/{by_domain.moves.get().batch_id}/")
    assert validities(by_domain) == ["to_verify"]


def test_switched_off_again_only_what_nobody_accepted_is_to_verify(as_ada: Client, acme: Customer, anna: Any) -> None:
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"domain_counts_as_valid": True})
    to_follow, accepted = (take(mail("new@acme.example", subject)).ticket for subject in ("To follow", "Accepted"))
    Ticket.objects.filter(pk=accepted.pk).update(validity="to_verify")
    accept_sender(accepted, by=anna)
    off = {name: value for name, value in DOMAIN_IS_VALID.items() if name != "domain_counts_as_valid"}
    shown = as_ada.post(URL, off)
    as_ada.post(URL, off | {"seen": shown.context["shown"]})
    as_ada.post(URL + "tickets/")
    assert validities(to_follow, accepted) == ["to_verify", "valid"]


def validities(*tickets: Ticket) -> list[str]:
    for ticket in tickets:
        ticket.refresh_from_db()
    return [ticket.validity for ticket in tickets]
