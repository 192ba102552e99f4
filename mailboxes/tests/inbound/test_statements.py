"""A mail costs few statements, however many customers, agents and tickets there are."""

from collections.abc import Callable, Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.database.prepared import SEEN_BEFORE
from helpdesk.demo.mailserver import MailServer
from mailboxes.fetching.fetch import fetch
from mailboxes.inbound import snapshot
from mailboxes.inbound.pipeline import process_batch
from mailboxes.inbound.take_in import take_in
from mailboxes.models import Mailbox
from mailboxes.tests.mails import mail
from recipients.models import Customer, DenyRule, Recipient, User
from tickets.models import Queue, Ticket

pytestmark = pytest.mark.django_db


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


def statements_a_mail(mailbox: Mailbox, mails: Sequence[bytes], outcome: str) -> float:
    """From the ledger row to the outcome, all mails together, with what holds for every batch."""
    waiting = [(take_in(raw, mailbox=mailbox), raw) for raw in mails]
    with CaptureQueriesContext(connection) as captured:
        rows = process_batch(waiting)
    assert {row.outcome for row in rows} == {outcome}, rows[0].traceback
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE")
    return sum(query["sql"].startswith(verbs) for query in captured.captured_queries) / len(mails)


def new_ticket(number: int) -> bytes:
    return mail()


def of_somebody_new(number: int) -> bytes:
    return mail(From=f"new{number}@elsewhere{number}.example")


def a_reply(number: int) -> bytes:
    ticket = Ticket.objects.order_by("pk")[0]
    subject, answered = f"Re: [#{ticket.number}] Printer", "<first@acme.example>"
    return mail(subject=subject, in_reply_to=answered, references=answered)


@pytest.mark.parametrize(
    ("write", "outcome", "most"),
    [(new_ticket, "ticket", 19), (of_somebody_new, "ticket", 18), (a_reply, "comment", 19)],
)
def test_a_mail_alone_takes_few_statements(
    a_busy_helpdesk: Mailbox, write: Callable[[int], bytes], outcome: str, most: int
) -> None:
    """Five of them read addresses, queues, rules and settings."""
    process_batch([(take_in(raw := mail(subject="Printer", message_id="<first@acme.example>")), raw)])
    assert statements_a_mail(a_busy_helpdesk, [write(0)], outcome) <= most


@pytest.mark.parametrize(
    ("write", "outcome"), [(new_ticket, "ticket"), (of_somebody_new, "ticket"), (a_reply, "comment")]
)
def test_fifty_mails_take_two_statements_each_at_most(
    a_busy_helpdesk: Mailbox, write: Callable[[int], bytes], outcome: str
) -> None:
    process_batch([(take_in(raw := mail(subject="Printer", message_id="<first@acme.example>")), raw)])
    assert statements_a_mail(a_busy_helpdesk, [write(number) for number in range(50)], outcome) <= 2


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no plans.")
def test_what_every_mail_asks_is_planned_once(a_busy_helpdesk: Mailbox, mail_server: MailServer) -> None:
    for number in range(SEEN_BEFORE + 2):
        mail_server.deliver("support", mail(From=f"new{number}@elsewhere.example"))
        fetch(a_busy_helpdesk.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = [statement for (statement,) in cursor.fetchall()]
    assert sum("recipients_customeraddress" in statement for statement in kept) == 1
