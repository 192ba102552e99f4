"""A dry run says what the real one does, and changes nothing at all."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.conf import LazySettings

from mailboxes.accounts.redirect_check import send_check
from mailboxes.models import Address, InboundEmail, Mailbox, Outcome
from mailboxes.tasks import send_due
from mailboxes.tests.mails import SUPPORT, arrive, bounce, mail
from mailboxes.what_if.dry_run import dry_run
from recipients.models import Customer, DenyRule, OwnAddress, Recipient, User
from tickets.models import Outbox, Queue, Ticket, TicketSettings

pytestmark = pytest.mark.django_db


def everything(settings: LazySettings) -> list[object]:
    """Every row of every table, and every file."""
    rows: list[object] = [
        sorted(map(str, model._base_manager.values())) for model in apps.get_models(include_auto_created=True)
    ]
    return [*rows, sorted(str(path) for path in settings.MEDIA_ROOT.rglob("*"))]


Check = Callable[[bytes], InboundEmail]


@pytest.fixture
def dry_and_real(settings: LazySettings) -> Check:
    """Ask what would happen, see that nothing did, let it happen, and compare."""

    def both(raw: bytes) -> InboundEmail:
        before = everything(settings)
        foreseen = dry_run(raw)
        assert everything(settings) == before
        newest = Outbox.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        row = arrive(raw, mailbox=foreseen.context.inbound.mailbox)
        decision = foreseen.decision
        assert decision.outcome == row.outcome, row.traceback
        assert row.match == (decision.match.as_json() if decision.match else {})
        if row.outcome in (Outcome.TICKET, Outcome.COMMENT, Outcome.HELD):
            written = Outbox.objects.filter(pk__gt=newest).values_list("kind", "recipient")
            told = {(str(each.copy.kind), each.copy.address) for each in foreseen.told if not each.withheld}
            assert told == set(written)
        if row.outcome == Outcome.TICKET:
            made, ticket = foreseen.ticket, row.ticket
            assert made
            assert ticket
            for name in ("subject", "customer", "queue", "priority", "validity", "match", "verdict", "addressed_to"):
                assert getattr(made, name) == getattr(ticket, name), name
        else:
            assert decision.reason == row.reason
        return row

    return both


def test_a_new_ticket(dry_and_real: Check, support: Mailbox, carla: Customer, anna: User) -> None:
    row = dry_and_real(mail(subject="Printer"))
    assert row.outcome == Outcome.TICKET


def test_attachments_are_not_stored(dry_and_real: Check, support: Mailbox, carla: Customer) -> None:
    body = "--B\r\n\r\nSee below\r\n--B\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nA file\r\n--B--"
    row = dry_and_real(mail(body, content_type='multipart/mixed; boundary="B"'))
    assert row.comment
    assert row.comment.attachments.count() == 1


def test_replies_of_customer_stranger_and_colleague(
    dry_and_real: Check, support: Mailbox, carla: Customer, anna: User
) -> None:
    ticket = arrive(mail()).ticket
    assert ticket
    tagged = f"Re: [#{ticket.number}] Printer"
    assert dry_and_real(mail(subject=tagged, cc="Boss <boss@acme.example>")).outcome == Outcome.COMMENT
    assert dry_and_real(mail(subject=tagged, From="mallory@evil.example")).outcome == Outcome.HELD
    assert dry_and_real(mail(subject=tagged, From=anna.email)).outcome == Outcome.HELD
    notice = Outbox.objects.filter(recipient=anna.email).first()
    assert notice
    answer = mail(
        subject=tagged,
        From=anna.email,
        cc="new@acme.example",
        in_reply_to=f"<{notice.token}@helpdesk.example>",
    )
    assert dry_and_real(answer).outcome == Outcome.COMMENT


def test_a_stranger_when_a_new_ticket_is_wanted(dry_and_real: Check, support: Mailbox, carla: Customer) -> None:
    ticket = arrive(mail()).ticket
    assert ticket
    TicketSettings.objects.update_or_create(pk=1, defaults={"reply_sender_check": "new_ticket"})
    row = dry_and_real(mail(subject=f"Re: [#{ticket.number}]", From="mallory@evil.example"))
    assert (row.outcome, Ticket.objects.count()) == (Outcome.TICKET, 2)


def test_what_no_screen_lets_in(dry_and_real: Check, support: Mailbox, carla: Customer) -> None:
    raw = mail()
    arrive(raw)
    assert dry_and_real(raw).outcome == Outcome.DUPLICATE
    DenyRule.objects.create(text="spam@evil.example")
    assert dry_and_real(mail(From="spam@evil.example")).outcome == Outcome.DENIED
    Recipient.objects.create(address="banned@evil.example", banned=True)
    assert dry_and_real(mail(From="banned@evil.example")).outcome == Outcome.BANNED
    send_due()
    assert dry_and_real(bounce("carla@acme.example")).outcome == Outcome.BOUNCE
    assert dry_and_real(mail(auto_submitted="auto-replied")).outcome == Outcome.AUTOMATIC


def test_a_redirect_is_not_confirmed_and_a_size_not_reported(dry_and_real: Check, support: Mailbox, ada: User) -> None:
    check = send_check(Address.objects.create(mailbox=support, address="billing@helpdesk.example"))
    assert dry_and_real(mail(message_id=f"<{check.token}@helpdesk.example>")).outcome == Outcome.REDIRECT_CHECK
    Mailbox.objects.update(max_message_bytes=300)
    assert dry_and_real(mail("x" * 400)).outcome == Outcome.TOO_LARGE
    DenyRule.objects.create(where=DenyRule.Where.BODY, how=DenyRule.How.CONTAINS, text="casino")
    assert dry_and_real(mail("casino " * 80)).outcome == Outcome.TOO_LARGE


def test_queues_that_refuse_and_addresses_without_one(dry_and_real: Check, support: Mailbox, queue: Queue) -> None:
    Address.objects.create(mailbox=support, address="jobs@helpdesk.example")
    assert dry_and_real(mail(to="jobs@helpdesk.example")).outcome == Outcome.UNHANDLED
    Queue.objects.update(unknown_senders=Queue.UnknownSenders.REFUSE)
    assert dry_and_real(mail(From="mallory@evil.example")).outcome == Outcome.REFUSED


def test_an_address_that_could_not_be_reached_stays_so(support: Mailbox, settings: LazySettings) -> None:
    Recipient.objects.create(address="carla@acme.example", undeliverable=True)
    before = everything(settings)
    assert [each.withheld for each in dry_run(mail()).told] != [None]
    assert everything(settings) == before


def test_a_mail_that_an_agent_passes_on(
    dry_and_real: Check, support: Mailbox, carla: Customer, anna: User, settings: LazySettings
) -> None:
    Mailbox.objects.update(authentication="observe", authserv_id="mx.helpdesk.example")
    text = (
        "---------- Forwarded message ---------\r\nFrom: Carla Conti <carla@acme.example>\r\n"
        "Date: Fri, 20 Nov 2026\r\nSubject: Invoice\r\nTo: Anna <anna@helpdesk.example>\r\n\r\nPlease help."
    )
    row = dry_and_real(
        mail(text, From=anna.email, subject="Fwd: Invoice", authentication_results="mx.helpdesk.example; dmarc=pass")
    )
    assert row.ticket
    assert row.ticket.customer == carla


def test_a_mail_that_is_none_and_a_mail_of_the_log(dry_and_real: Check, support: Mailbox, carla: Customer) -> None:
    dry_and_real(b"")
    row = arrive(mail(), mailbox=support)
    again = dry_run(row.raw, row)
    assert again.decision.outcome == Outcome.TICKET
    assert OwnAddress.objects.filter(address=SUPPORT).exists()
