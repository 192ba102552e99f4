"""What enforcing would have changed, seen before somebody switches to it (A04)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from helpdesk.tests.servers.name_server import NameServer
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from mailboxes.tests.signing import published, signed
from mailboxes.what_if.authentication_impact import consequences, impact_of_enforcing
from recipients.models import AuthorisedSender, Customer, Partner, Role, User
from tickets.models import Queue, Ticket

pytestmark = pytest.mark.django_db
OURS = "mx.helpdesk.example"


@pytest.fixture
def observed(support: Mailbox, carla: Customer, acme: Customer) -> Mailbox:
    AuthorisedSender.objects.create(customer=acme, kind="domain", value="partner.example")
    support.authserv_id = OURS
    support.save()
    return support


def said(results: str, **headers: str) -> bytes:
    return f"Authentication-Results: {OURS}; {results}\r\n".encode() + mail(**headers)


def reply(results: str, ticket: Ticket, **headers: str) -> bytes:
    return said(results, subject=f"Re: [#{ticket.number}] Printer", **headers)


@pytest.fixture
def month(observed: Mailbox) -> Mailbox:
    """A month of mail: (1) good, (2) forged and a reply, (3) by domain, (4) authorised domain, (5) the same vouched."""
    arrive(said("dmarc=pass header.from=acme.example"), mailbox=observed)
    ticket = Ticket.objects.get()
    arrive(reply("dmarc=fail header.from=acme.example", ticket), mailbox=observed)
    arrive(said("dmarc=none", From="new@acme.example"), mailbox=observed)
    arrive(reply("dmarc=none", ticket, From="boss@partner.example"), mailbox=observed)
    arrive(said("dmarc=pass header.from=partner.example", From="boss@partner.example"), mailbox=observed)
    arrive(said("dmarc=fail header.from=nobody.example", From="x@nobody.example"), mailbox=observed)
    return observed


def page(client: Client, mailbox: Mailbox, **query: str) -> str:
    response = client.get(reverse("settings:authentication_impact", args=[mailbox.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_counts_and_lists_what_would_have_been_different(as_ada: Client, ada: User, month: Mailbox) -> None:
    impact = impact_of_enforcing(month, ada)
    assert (impact.total, impact.by_server, impact.found) == (6, 6, 3)
    assert (impact.held, impact.by_domain, impact.hidden) == (2, 1, 0)
    shown = page(as_ada, month)
    assert "It would have been held: mx.helpdesk.example says that its sender is not authentic." in shown
    assert "nobody vouches for it, and only its number names the ticket." in shown
    assert "acme.example would not have counted as a domain of Acme GmbH" in shown
    assert "It would have been held, unless its sender takes part in the ticket in some other way." in shown
    assert f'href="{reverse("tickets:detail", args=[Ticket.objects.earliest("pk").pk])}"' in shown


def test_what_is_listed_is_what_the_deciding_functions_say(ada: User, month: Mailbox) -> None:
    listed = {row.pk for row in impact_of_enforcing(month, ada).shown}
    assert listed == {row.pk for row in InboundEmail.objects.all() if list(consequences(row))}


def test_enforcing_does_what_the_page_said(ada: User, month: Mailbox) -> None:
    month.authentication = Mailbox.Authentication.ENFORCE
    ticket = Ticket.objects.earliest("pk")
    held = arrive(reply("dmarc=fail header.from=acme.example", ticket), mailbox=month)
    stranger = arrive(reply("dmarc=none", ticket, From="boss@partner.example"), mailbox=month)
    arrive(said("dmarc=none", From="newer@acme.example"), mailbox=month)
    assert (held.outcome, stranger.outcome) == (Outcome.HELD, Outcome.HELD)
    assert Ticket.objects.latest("pk").customer is None
    assert impact_of_enforcing(month, ada).found == 3  # what was enforced would not be different


def test_our_own_check_counts_as_it_did_at_receipt(
    as_ada: Client, ada: User, observed: Mailbox, name_server: NameServer
) -> None:
    name_server.texts |= published("partner.example")
    arrive(signed(mail(From="boss@partner.example"), "partner.example"), mailbox=observed)
    arrive(mail(From="boss@partner.example"), mailbox=observed)
    asked = len(name_server.asked)
    impact = impact_of_enforcing(observed, ada)
    assert (impact.by_us, impact.by_domain) == (1, 1)
    page(as_ada, observed)
    assert len(name_server.asked) == asked


def test_a_queue_that_refuses_strangers_would_have_refused(as_ada: Client, month: Mailbox, queue: Queue) -> None:
    Queue.objects.update(unknown_senders=Queue.UnknownSenders.REFUSE)
    assert "it would have opened no ticket" in page(as_ada, month)


def test_what_is_older_than_thirty_days_is_left_out(ada: User, month: Mailbox) -> None:
    InboundEmail.objects.update(fetched_at=timezone.now() - timedelta(days=31))
    assert impact_of_enforcing(month, ada).total == 0


def test_tickets_of_other_partners_are_only_counted(
    client: Client, month: Mailbox, acme: Customer, carla: Customer, main_partner: Partner
) -> None:
    other = Partner.objects.create(name="Other")
    Customer.objects.update(partner=other)
    limited = User.objects.create_user("ugo@helpdesk.example", "x", role=Role.ADMINISTRATOR, partner=main_partner)
    client.force_login(limited, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = page(client, month)
    assert "carla@acme.example" not in shown
    assert "and 3 more on tickets that you cannot see" in shown


def test_only_administrators_see_it(as_anna: Client, month: Mailbox) -> None:
    assert as_anna.get(reverse("settings:authentication_impact", args=[month.pk])).status_code in (302, 403, 404)


def test_it_takes_the_same_queries_for_any_number_of_mails(as_ada: Client, month: Mailbox) -> None:
    page(as_ada, month)
    with CaptureQueriesContext(connection) as few:
        page(as_ada, month)
    for _each in range(12):
        arrive(said("dmarc=none", From="new@acme.example"), mailbox=month)
    with CaptureQueriesContext(connection) as many:
        page(as_ada, month)
    assert len(many) == len(few)
    assert page(as_ada, month, page="2")


def test_without_a_name_it_says_so_and_who_writes_results(as_ada: Client, support: Mailbox, acme: Customer) -> None:
    arrive(said("dmarc=fail header.from=acme.example", From="new@acme.example"), mailbox=support)
    arrive(b"Authentication-Results: spf=pass; compauth=pass reason=100\r\n" + mail(), mailbox=support)
    shown = page(as_ada, support)
    assert "The mailbox names no authserv-id" in shown
    assert f"<code>{OURS}</code>" in shown
    assert "<code>mx.microsoft.com</code>" in shown


def test_switched_off_it_says_that_nothing_is_known(as_ada: Client, support: Mailbox, carla: Customer) -> None:
    support.authentication = Mailbox.Authentication.OFF
    support.save()
    arrive(mail(), mailbox=support)
    assert "Sender authentication is switched off" in page(as_ada, support)


def test_the_mode_of_a_mailbox_links_to_it(as_ada: Client, support: Mailbox) -> None:
    shown = as_ada.get(reverse("settings:mailbox", args=[support.pk])).content.decode()
    assert reverse("settings:authentication_impact", args=[support.pk]) in shown
    assert "authentication-impact/" not in as_ada.get(reverse("settings:mailbox_add")).content.decode()
