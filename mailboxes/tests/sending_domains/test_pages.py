"""Do the pages of sending domains say what name servers say, and do agents write from domains that allow it?"""

import pytest
from django.test import Client
from django.urls import reverse

from helpdesk.tests.servers.name_server import NameServer
from mailboxes.models import Mailbox, SendingDomain
from mailboxes.sending.identities import Identities
from mailboxes.sending_domains.report import Report, report
from mailboxes.tasks import check_sending_domains
from mailboxes.tests.sending_domains.test_records import GOOD
from recipients.models import User
from tickets.models import Outbox, Queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

OURS = "helpdesk.example"


@pytest.fixture(autouse=True)
def _by_gmail(support: Mailbox) -> None:
    Mailbox.objects.update(smtp_host="smtp.gmail.com")


def url(name: str, domain: str = OURS) -> str:
    return reverse(f"settings:{name}", args=[domain])


def from_of(address: str) -> str:
    """Whose address stands in From of an agent's message, if the queue wants the agent's own."""
    outbox = Outbox(kind=Outbox.Kind.NEW_MESSAGE, token="t", from_name="Anna Berg", from_address=address)
    found = Identities.load().of(outbox).author
    assert found.name == "Anna Berg"
    return found.address


def test_a_domain_shows_what_was_found_and_the_record_to_add(as_ada: Client, name_server: NameServer) -> None:
    # U14, U17
    name_server.texts = {f"{OURS}.": ["v=spf1 mx ~all"], f"google._domainkey.{OURS}.": [GOOD]}
    assert "Not checked yet" in as_ada.get(url("sending_domain")).content.decode()
    assert name_server.asked == []
    page = as_ada.post(url("sending_domain_check"), follow=True).content.decode()
    assert "v=spf1 mx include:_spf.google.com ~all" in page
    assert "google: a usable key" in page
    assert f"v=DMARC1; p=none; rua=mailto:postmaster@{OURS}" in page
    asked = len(name_server.asked)
    assert "Errors" in as_ada.get(reverse("settings:sending_domains")).content.decode()
    assert len(name_server.asked) == asked  # a page view asks nobody


def test_where_no_name_server_answers_the_page_says_so(as_ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # U17
    monkeypatch.setattr("mailboxes.sending_domains.checks.SECONDS", 0.0)
    page = as_ada.post(url("sending_domain_check"), follow=True).content.decode()
    assert page.count("It cannot be looked up here") == 3


def test_nobody_is_asked_about_domains_of_others(as_ada: Client) -> None:
    assert as_ada.post(url("sending_domain_check", "acme.example")).status_code == 404


def test_an_agents_own_address_stands_in_from_if_its_domain_lets_us_send(
    as_ada: Client, anna: User, queue: Queue, name_server: NameServer
) -> None:
    # T05
    User.objects.filter(pk=anna.pk).update(sender_email="anna@branch.example")
    queue.agents.add(anna)
    Queue.objects.update(sender=Queue.Sender.AGENT)
    check_sending_domains()
    assert from_of(f"anna@{OURS}") == f"anna@{OURS}"
    assert from_of("anna@branch.example") == f"support@{OURS}"
    assert "Nothing shows that we may send" in as_ada.get(url("sending_domain", "branch.example")).content.decode()
    name_server.texts = {"mail26._domainkey.branch.example.": [GOOD]}
    as_ada.post(url("sending_domain", "branch.example"), {"selectors": "Mail26"})
    assert from_of("anna@branch.example") == "anna@branch.example"


def test_an_administrator_may_vouch_for_a_domain_and_nobody_for_a_mail_provider(as_ada: Client) -> None:
    # T05
    SendingDomain.objects.create(domain="branch.example", is_trusted=True)
    SendingDomain.objects.create(domain="gmail.com", is_trusted=True)
    assert from_of("anna@branch.example") == "anna@branch.example"
    assert from_of("anna@gmail.com") == f"support@{OURS}"


def test_what_an_administrator_says_while_name_servers_are_asked_stays(
    name_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: object, **options: object) -> Report:
        SendingDomain.objects.update(selectors="mail26", is_trusted=True)
        return report(*args, **options)  # type: ignore[arg-type]  # whatever it was called with

    SendingDomain.objects.create(domain=OURS)
    monkeypatch.setattr("mailboxes.sending_domains.checks.report", slow)
    check_sending_domains()
    row = SendingDomain.objects.get(domain=OURS)
    assert row.checked_at
    assert (row.selectors, row.is_trusted) == ("mail26", True)


def test_a_selector_that_is_none_is_refused(as_ada: Client) -> None:
    page = as_ada.post(url("sending_domain"), {"selectors": "a/b"})
    assert "Enter at most five selectors" in page.content.decode()
