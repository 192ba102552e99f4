"""What becomes of a mail: one named outcome with a reason, whatever it is and however often it comes."""

import pytest
from django.conf import LazySettings, settings
from django.utils import timezone

from mailboxes.accounts.redirect_check import send_check
from mailboxes.inbound import pipeline, retries
from mailboxes.inbound.take_in import take_in
from mailboxes.models import Address, InboundEmail, Mailbox, Outcome, save_with_address
from mailboxes.tasks import send_due
from mailboxes.tests.mails import SUPPORT, arrive, mail
from recipients.models import Customer, Recipient, User
from tickets.models import Comment, Outbox, Queue, Status, Ticket
from tickets.text import references

pytestmark = pytest.mark.django_db


def confirmations() -> int:
    return Outbox.objects.filter(kind=Outbox.Kind.REQUEST_RECEIVED).count()


def test_a_customers_mail_becomes_a_ticket(support: Mailbox, carla: Customer) -> None:
    row = arrive(mail(subject="Printer"))
    ticket = Ticket.objects.get()
    assert (row.outcome, row.ticket, row.ticket_number, row.comment) == (
        Outcome.TICKET,
        ticket,
        ticket.number,
        ticket.comments.get(),
    )
    assert (ticket.subject, ticket.customer, ticket.addressed_to) == ("Printer", carla, SUPPORT)
    assert (row.match["step"], row.author, row.subject) == ("exact", "carla@acme.example", "Printer")
    assert row.reason
    assert confirmations() == 1


def test_the_customers_answer_joins_the_ticket(support: Mailbox, carla: Customer) -> None:
    ticket = arrive(mail()).ticket
    assert ticket
    row = arrive(mail("It still burns.", subject=f"AW: [#{ticket.number}] Printer"))
    assert (row.outcome, row.ticket) == (Outcome.COMMENT, ticket)
    assert confirmations() == 1


def test_a_strangers_answer_is_held(support: Mailbox, carla: Customer) -> None:
    # L29, SC35
    ticket = arrive(mail()).ticket
    assert ticket
    row = arrive(mail("Send me the password", From="mallory@evil.example", subject=f"Re: [#{ticket.number}]"))
    assert row.outcome == Outcome.HELD
    assert row.comment
    assert row.comment.is_held


def test_the_same_mail_by_two_ways_is_one_ticket(support: Mailbox) -> None:
    # L20, SC40, S04
    raw = mail()
    first = arrive(raw, mailbox=support)
    second = arrive(b"Delivered-To: billing@helpdesk.example\r\nReceived: by mx\r\n" + raw, mailbox=support)
    assert (second.outcome, second.duplicate_of, second.ticket) == (Outcome.DUPLICATE, first, first.ticket)
    assert list(first.duplicates.all()) == [second]
    assert Ticket.objects.count() == 1


def test_two_mails_with_one_message_id_are_two(support: Mailbox) -> None:
    # L10, S04
    same = "<newsletter@acme.example>"
    arrive(mail("One", message_id=same, subject="A"))
    arrive(mail("Two", message_id=same, subject="B"))
    assert Ticket.objects.count() == 2


def test_mails_without_an_id_are_told_apart_by_their_bytes(support: Mailbox) -> None:
    # L11
    first, second = (
        b"From: carla@acme.example\r\nMessage-ID:\r\n\r\nOne\r\n",
        b"From: carla@acme.example\r\nMessage-ID: <>\r\n\r\nTwo\r\n",
    )
    assert [arrive(raw).outcome for raw in (first, second, first)] == [
        Outcome.TICKET,
        Outcome.TICKET,
        Outcome.DUPLICATE,
    ]


def test_our_own_mail_that_comes_back_is_a_loop(support: Mailbox) -> None:
    # S05
    token = references.new_token(0, settings.REFERENCE_KEYS)
    assert arrive(mail(message_id=f"<{token}@helpdesk.example>")).outcome == Outcome.LOOP
    assert arrive(mail(x_helpdesk_loop=token)).outcome == Outcome.LOOP
    assert not Ticket.objects.exists()


def test_a_forged_loop_header_silences_nobody(support: Mailbox) -> None:
    assert arrive(mail(x_helpdesk_loop="1-0123456789abcde-0123456789abcdef0123")).outcome == Outcome.TICKET


def test_our_own_address_as_sender_is_no_loop(support: Mailbox) -> None:
    # R23, S05
    assert arrive(mail(From=SUPPORT)).outcome == Outcome.TICKET


def test_a_redirect_check_proves_its_address_and_makes_no_ticket(support: Mailbox) -> None:
    # U22, SC46, S05
    address = Address.objects.create(mailbox=support, address="billing@helpdesk.example")
    check = send_check(address)
    send_due()
    row = arrive(mail(message_id=f"<{check.token}@helpdesk.example>", From=SUPPORT, to="billing@helpdesk.example"))
    address.refresh_from_db()
    assert (row.outcome, address.verified_at is not None) == (Outcome.REDIRECT_CHECK, True)
    assert not Ticket.objects.exists()


def test_an_out_of_office_reply_without_a_ticket_is_nothing(support: Mailbox) -> None:
    # L21, S07
    row = arrive(mail(auto_submitted="auto-replied", subject="Out of office"))
    assert row.outcome == Outcome.AUTOMATIC
    assert [model for model in (Ticket, Recipient, Outbox) if model.objects.exists()] == []


def test_an_out_of_office_reply_changes_no_state(support: Mailbox, carla: Customer) -> None:
    # L25, S07
    ticket = arrive(mail()).ticket
    assert ticket
    Ticket.objects.update(status=Status.SOLVED)
    before = Outbox.objects.count()
    answered = f"<{references.message_id(Outbox.objects.get(kind='request_received').token, 'helpdesk.example')}>"
    row = arrive(mail(auto_submitted="auto-replied", subject="Out of office", in_reply_to=answered))
    ticket.refresh_from_db()
    assert (row.outcome, row.ticket) == (Outcome.AUTOMATIC, ticket)
    assert (ticket.status, Outbox.objects.count()) == (Status.SOLVED, before)
    assert row.comment
    assert row.comment.kind == Comment.Kind.AUTOMATIC


def test_the_queue_is_that_of_the_address_it_was_sent_to(support: Mailbox, settings: LazySettings) -> None:
    # S09, U20
    billing, sales = Queue.objects.create(name="Billing"), Queue.objects.create(name="Sales")
    Address.objects.create(mailbox=support, address="billing@helpdesk.example", queue=billing)
    Address.objects.create(mailbox=support, address="sales@helpdesk.example", queue=sales)

    def queue_of(**headers: str) -> str:
        ticket = arrive(mail(**headers), mailbox=support).ticket
        assert ticket
        return ticket.queue.name

    assert queue_of(to="Billing@Helpdesk.example") == "Billing"
    assert queue_of(to="boss@else.example", cc="x@y.example, sales@helpdesk.example") == "Sales"
    assert queue_of(to="sales@helpdesk.example", delivered_to="billing@helpdesk.example") == "Billing"
    assert queue_of(to="undisclosed-recipients:;") == "Support"
    Address.objects.filter(is_main=True).update(queue=sales)
    assert queue_of(to="anything@helpdesk.example") == "Sales"  # not hosted: that of the mailbox
    settings.HOSTED_DOMAINS = ["helpdesk.example"]
    assert queue_of(to="anything@helpdesk.example") == "Support"  # U19
    assert arrive(mail(to="sales@helpdesk.example"), envelope_to="billing@helpdesk.example").ticket.queue == billing  # type: ignore[union-attr]


REDIRECTED = {
    "Gmail": {"Delivered_To": SUPPORT, "To": "Billing <billing@helpdesk.example>"},
    "Exchange": {"Resent_To": SUPPORT, "Resent_From": "billing@helpdesk.example", "To": "BILLING@helpdesk.example"},
    "Postfix": {
        "X_Original_To": SUPPORT,
        "Delivered_To": SUPPORT,
        "To": "b@acme.example",
        "Cc": "billing@helpdesk.example",
    },
    "written to both": {"Delivered_To": SUPPORT, "To": f"{SUPPORT}, billing@helpdesk.example"},
    "in a blind copy": {"Delivered_To": "billing@helpdesk.example", "To": SUPPORT},
    "traced late": {"X_Original_To": SUPPORT, "Delivered_To": "billing@helpdesk.example", "To": "list@acme.example"},
}


@pytest.mark.parametrize("headers", REDIRECTED.values(), ids=REDIRECTED)
@pytest.mark.parametrize("how", ["fetched", "handed over"])
def test_redirected_mail_goes_to_the_address_it_was_written_to(
    support: Mailbox, headers: dict[str, str], how: str
) -> None:
    # U15, U20
    billing = Queue.objects.create(name="Billing")
    Address.objects.create(mailbox=support, address="billing@helpdesk.example", queue=billing)
    row = arrive(mail(**headers), mailbox=support, envelope_to=SUPPORT if how == "handed over" else "")
    assert row.address == "billing@helpdesk.example"
    assert row.ticket
    assert row.ticket.queue == billing


def test_redirected_mail_to_an_address_without_a_queue_is_unhandled(support: Mailbox) -> None:
    # T22
    Address.objects.create(mailbox=support, address="old@helpdesk.example", queue=None)
    row = arrive(mail(delivered_to=SUPPORT, to="old@helpdesk.example"), mailbox=support)
    assert row.outcome == Outcome.UNHANDLED


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"delivered_to": SUPPORT, "to": "sales@helpdesk.example"}, "Sales"),
        ({"delivered_to": SUPPORT, "to": f"{SUPPORT}, sales@helpdesk.example"}, "Support"),
        ({"delivered_to": SUPPORT, "to": f"sales@helpdesk.example, {SUPPORT}"}, "Support"),
    ],
)
def test_the_main_address_of_another_mailbox_counts_unless_this_one_was_written_to(
    support: Mailbox, headers: dict[str, str], expected: str
) -> None:
    other = Mailbox(name="Sales", imap_host="127.0.0.1", imap_username="sales")
    save_with_address(other, "sales@helpdesk.example", Queue.objects.create(name="Sales"))
    row = arrive(mail(**headers), mailbox=support)
    assert row.ticket
    assert row.ticket.queue
    assert row.ticket.queue.name == expected


def test_an_address_without_a_queue_waits_until_it_has_one(support: Mailbox, queue: Queue) -> None:
    # T22, SC50, S11
    address = Address.objects.create(mailbox=support, address="old@helpdesk.example")
    raw = mail(to="old@helpdesk.example")
    row = arrive(raw, mailbox=support)
    assert row.outcome == Outcome.UNHANDLED
    assert "old@helpdesk.example" in row.reason
    assert not Ticket.objects.exists()
    address.queue = queue
    address.save()
    assert retries.replay(row, None).outcome == Outcome.TICKET
    assert retries.replay(row, None).outcome == Outcome.TICKET
    assert Ticket.objects.count() == 1


def test_another_delivery_of_an_unhandled_mail_may_be_handled(support: Mailbox) -> None:
    Address.objects.create(mailbox=support, address="old@helpdesk.example")
    raw = mail(to="old@helpdesk.example")
    assert arrive(raw).outcome == Outcome.UNHANDLED
    assert arrive(raw, envelope_to=SUPPORT).outcome == Outcome.TICKET


def test_a_queue_may_refuse_whom_nobody_knows(support: Mailbox, queue: Queue, carla: Customer, anna: User) -> None:
    # S12
    queue.unknown_senders = Queue.UnknownSenders.REFUSE
    queue.save()
    assert arrive(mail(From="mallory@evil.example")).outcome == Outcome.REFUSED
    assert [model for model in (Ticket, Recipient, Outbox) if model.objects.exists()] == []
    assert arrive(mail()).outcome == Outcome.TICKET
    assert arrive(mail(From=anna.email)).outcome == Outcome.TICKET


def test_replaying_never_doubles_and_never_confirms_again(support: Mailbox, carla: Customer, ada: User) -> None:
    # S15, L16
    row = arrive(mail(), mailbox=support)
    assert retries.replay(row, ada).comment == row.comment
    assert Ticket.objects.count() == 1
    Ticket.objects.get().delete()
    again = retries.replay(InboundEmail.objects.get(), ada)
    assert (again.outcome, again.replayed_by) == (Outcome.TICKET, ada)
    assert Ticket.objects.count() == 1
    assert confirmations() == 1


def test_a_deleted_tickets_mail_stays_known(support: Mailbox) -> None:
    # L19, S16
    raw = mail()
    number = arrive(raw).ticket_number
    Ticket.objects.get().delete()
    row = arrive(raw)
    assert (row.outcome, row.ticket_number) == (Outcome.DUPLICATE, number)
    assert not Ticket.objects.exists()


def test_mail_from_long_ago_is_not_confirmed(support: Mailbox) -> None:
    row = take_in(mail(), mailbox=support)
    InboundEmail.objects.update(received_at=timezone.now() - timezone.timedelta(days=30))  # type: ignore[attr-defined]
    assert pipeline.deliver(InboundEmail.objects.get(pk=row.pk)).outcome == Outcome.TICKET
    assert confirmations() == 0


def test_a_damaged_archive_is_a_failure_not_a_wrong_ticket(support: Mailbox) -> None:
    row = take_in(mail(), mailbox=support)
    InboundEmail.objects.update(raw_sha256="00" * 32)
    for _attempt in range(5):
        InboundEmail.objects.update(next_attempt_at=timezone.now())
        retries.process_waiting()
    row.refresh_from_db()
    assert row.outcome == Outcome.QUARANTINED
    assert "cannot be read" in row.traceback
    assert not Ticket.objects.exists()


def test_the_verdict_of_our_server_is_kept_and_anybody_elses_is_not(support: Mailbox, carla: Customer) -> None:
    support.authserv_id = "mx.helpdesk.example"
    support.save()
    forged = "mx.evil.example; dmarc=pass header.from=acme.example"
    row = arrive(mail(authentication_results=forged), mailbox=support)
    assert not row.verdict["trusted"]
    failed = "mx.helpdesk.example; dmarc=fail header.from=acme.example"
    row = arrive(mail(authentication_results=failed), mailbox=support)
    assert row.verdict["failed"]
    support.authentication = Mailbox.Authentication.OFF
    support.save()
    assert not arrive(mail(authentication_results=failed), mailbox=support).verdict["trusted"]
