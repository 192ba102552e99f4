"""A mail costs few statements, however many customers, agents and tickets there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.database.prepared import SEEN_BEFORE
from helpdesk.demo.mailserver import MailServer
from mailboxes.fetching.fetch import fetch
from mailboxes.inbound import snapshot
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import mail
from recipients.models import Customer, DenyRule, Recipient, User
from tickets.models import Queue, Ticket

pytestmark = pytest.mark.django_db
MAILS = 20


@pytest.fixture
def a_busy_helpdesk(
    support: Mailbox, carla: Customer, ada: User, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> Mailbox:
    """Agents who are told of everything, deny rules that match nothing, senders we have met; all in one moment."""
    monkeypatch.setattr(snapshot, "OLDEST_SECONDS", 3600)
    for number in range(5):
        user = User.objects.create_user(f"agent{number}@helpdesk.example", "correct horse battery")
        user.queues.add(queue)
        DenyRule.objects.create(text=f"nobody{number}@example.com")
    Recipient.objects.create(address="carla@acme.example", name="Carla")
    return support


def statements_a_mail(mailbox: Mailbox, outcome: str) -> float:
    """The whole way: fetched, archived, processed; the fetch itself is shared by all of them."""
    with CaptureQueriesContext(connection) as captured:
        fetch(mailbox.pk)
    newest = InboundEmail.objects.order_by("-pk")[:MAILS]
    assert {row.outcome for row in newest} == {outcome}, newest[0].traceback
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE")
    return sum(query["sql"].startswith(verbs) for query in captured.captured_queries) / MAILS


def test_a_new_ticket_takes_15_statements(a_busy_helpdesk: Mailbox, mail_server: MailServer) -> None:
    for _each in range(MAILS):
        mail_server.deliver("support", mail())
    assert statements_a_mail(a_busy_helpdesk, Outcome.TICKET) <= 15


def test_a_new_ticket_of_somebody_new_takes_14_statements(a_busy_helpdesk: Mailbox, mail_server: MailServer) -> None:
    for number in range(MAILS):
        mail_server.deliver("support", mail(From=f"new{number}@elsewhere.example"))
    assert statements_a_mail(a_busy_helpdesk, Outcome.TICKET) <= 14


def test_a_reply_takes_15_statements(a_busy_helpdesk: Mailbox, mail_server: MailServer) -> None:
    mail_server.deliver("support", mail(subject="Printer", message_id="<first@acme.example>"))
    fetch(a_busy_helpdesk.pk)
    ticket = Ticket.objects.get()
    for _each in range(MAILS):
        subject, answered = f"Re: [#{ticket.number}] Printer", "<first@acme.example>"
        mail_server.deliver("support", mail(subject=subject, in_reply_to=answered, references=answered))
    assert statements_a_mail(a_busy_helpdesk, Outcome.COMMENT) <= 15


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no plans.")
def test_what_every_mail_asks_is_planned_once(a_busy_helpdesk: Mailbox, mail_server: MailServer) -> None:
    for number in range(SEEN_BEFORE + 2):
        mail_server.deliver("support", mail(From=f"new{number}@elsewhere.example"))
    fetch(a_busy_helpdesk.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = [statement for (statement,) in cursor.fetchall()]
    assert sum("recipients_customeraddress" in statement for statement in kept) == 1
