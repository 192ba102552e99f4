"""What an agent is warned of at a message, because people are taken in by it (A04, L27)."""

import pytest
from django.test import Client
from django.urls import reverse

from helpdesk.tests.servers.name_server import NameServer
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.tests.mails import arrive, mail
from mailboxes.tests.signing import published, signed
from mailboxes.what_if.dry_run import dry_run
from recipients.models import Customer, CustomerAddress, User
from tickets.models import Comment, Ticket

pytestmark = pytest.mark.django_db


def page(client: Client, mailbox: Mailbox, **headers: str) -> str:
    arrive(mail(**headers), mailbox=mailbox)
    return client.get(reverse("tickets:detail", args=[Ticket.objects.latest("pk").pk])).content.decode()


def test_a_second_address_in_from_is_named(as_anna: Client, support: Mailbox, carla: Customer) -> None:
    shown = page(as_anna, support, From="Mallory <mallory@evil.example>, Carla <carla@acme.example>")
    assert Comment.objects.get().other_authors == ["carla@acme.example"]
    assert "From names several people: <strong>mallory@evil.example</strong>, carla@acme.example." in shown
    assert Ticket.objects.get().customer is None  # the second one lends it nothing


def test_a_name_that_is_a_customers_address_is_no_proof(as_anna: Client, support: Mailbox, carla: Customer) -> None:
    shown = page(as_anna, support, From='"carla@acme.example" <mallory@evil.example>')
    assert "The name says <strong>carla@acme.example</strong>" in shown
    assert "the mail is from <strong>mallory@evil.example</strong>" in shown
    assert Ticket.objects.get().customer is None


def test_answers_to_somebody_else_are_told(as_anna: Client, support: Mailbox, carla: Customer) -> None:
    shown = page(as_anna, support, reply_to="mallory@evil.example")
    assert "asks for replies to <strong>mallory@evil.example</strong>" in shown


def test_a_domain_that_looks_like_a_customers_is_told(as_anna: Client, support: Mailbox, acme: Customer) -> None:
    CustomerAddress.objects.create(customer=acme, address="office@acme.de")
    shown = page(as_anna, support, From="Carla Conti <carla@acrne.de>")
    assert shown.count("acrne.de looks like acme.de, the domain of Acme GmbH.") >= 2  # beside the message and in Who
    stored = Ticket.objects.get().match["lookalike"]
    assert (stored["domain"], stored["customer"]) == ("acme.de", acme.pk)


def test_an_ordinary_mail_has_no_warning(as_anna: Client, support: Mailbox, carla: Customer) -> None:
    shown = page(as_anna, support)
    assert "message-band" not in shown


def test_a_decision_stored_before_is_still_read(as_anna: Client, support: Mailbox, carla: Customer) -> None:
    arrive(mail(), mailbox=support)
    ticket, comment = Ticket.objects.get(), Comment.objects.get()
    for row in (ticket, comment):
        row.match.pop("lookalike")
        row.verdict = {"trusted": True, "dmarc": "pass", "authserv_id": "mx.example"}
        row.save()
    shown = as_anna.get(reverse("tickets:detail", args=[ticket.pk]))
    assert shown.status_code == 200
    assert "mx.example says it is authentic" in shown.content.decode()


def test_our_own_check_is_told_at_the_message_and_in_the_log(
    client: Client, superuser: User, support: Mailbox, carla: Customer, name_server: NameServer
) -> None:
    client.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    name_server.texts |= published()
    said = "Our own check of the DKIM signature of acme.example: it is authentic."
    raw = signed(mail())
    row = arrive(raw, mailbox=support)
    assert said in client.get(reverse("tickets:detail", args=[row.ticket_id])).content.decode()
    assert said in client.get(reverse("mailboxes:log_detail", args=[row.pk])).content.decode()
    changed = arrive(raw.replace(b"fire", b"ice").replace(b"<mail-", b"<other-"), mailbox=support)
    shown = client.get(reverse("mailboxes:log_detail", args=[changed.pk])).content.decode()
    assert "proves nothing: the text was changed in transit" in shown


def test_what_would_happen_makes_the_check_that_would_be_made(
    support: Mailbox, carla: Customer, name_server: NameServer
) -> None:
    name_server.texts |= published()
    raw = signed(mail(From="new@acme.example"))
    support.authentication = Mailbox.Authentication.ENFORCE
    support.save()
    foreseen = dry_run(raw)
    assert foreseen.context.verdict.passed
    assert foreseen.ticket
    assert foreseen.ticket.customer == carla.company
    assert not InboundEmail.objects.exists()
