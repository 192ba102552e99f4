"""Do we ever answer a machine without end, or ourselves?"""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.utils import timezone

from helpdesk import limits
from mailboxes.models import Mailbox
from mailboxes.sending import outbox as sending
from mailboxes.tests.mails import arrive, mail
from recipients.models import Customer
from tickets import tasks
from tickets.models import Event, Outbox, Ticket, TicketSettings, WithheldNotice
from tickets.tests.mails import id_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]


def confirmed(address: str) -> bool:
    """Whether a new request of `address` is confirmed."""
    row = arrive(mail(From=address), mailbox=Mailbox.objects.get())
    assert row.ticket, row.traceback
    return Outbox.objects.filter(ticket=row.ticket, kind="request_received").exists()


def test_a_machine_that_answers_from_a_new_tag_each_time_is_left_alone() -> None:
    amount = limits.ANSWERS_TAGGED.amount
    written = [confirmed(f"help+{number}@robots.example") for number in range(amount + 5)]
    assert written == [True] * amount + [False] * 5
    withheld = Event.objects.get(ticket=Ticket.objects.latest("pk"), kind="opened").data["withheld"]
    assert [f"help+{amount + 4}@robots.example", "too_many"] in withheld


def test_a_machine_that_answers_from_a_new_name_each_time_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ANSWERS_STRANGERS", limits.Limit("strangers", 3, "registered domain", 3600, ""))
    written = [confirmed(f"help{number}@{number}.robots.example") for number in range(5)]
    assert written == [True] * 3 + [False] * 2
    assert confirmed("somebody@else.example")
    assert all(confirmed(f"somebody{number}@gmail.com") for number in range(5))


def test_customers_of_one_company_are_all_answered(monkeypatch: pytest.MonkeyPatch, carla: Customer) -> None:
    monkeypatch.setattr(limits, "ANSWERS_STRANGERS", limits.Limit("strangers", 1, "registered domain", 3600, ""))
    assert all(confirmed("carla@acme.example") for _number in range(3))


@pytest.mark.parametrize("address", ["support+x@helpdesk.example", '"support"@helpdesk.example'])
def test_our_own_address_in_another_form_is_never_written_to(address: str) -> None:
    assert not confirmed(address)
    assert not Outbox.objects.filter(to_staff=False).exists()


def test_a_quoted_name_is_quoted_once() -> None:
    assert confirmed('"a@b"@robots.example')
    outbox = Outbox.objects.get(kind="request_received")
    assert outbox.recipient == '"a@b"@robots.example'
    sent = message_from_bytes(sending.compose(outbox), policy=policy.default)
    assert sent["To"].addresses[0].addr_spec == '"a@b"@robots.example'


def test_an_automatic_reply_to_a_summary_of_notices_calls_for_nothing() -> None:
    TicketSettings(pk=1, admin_email="admin@staff.example").save()
    ticket = arrive(mail(From="somebody@else.example"), mailbox=Mailbox.objects.get()).ticket
    long_ago = timezone.now() - timedelta(hours=1)
    WithheldNotice.objects.create(ticket=ticket, address="admin@staff.example", at=long_ago)
    tasks.summarise_notices()
    summary = Outbox.objects.get(kind=Outbox.Kind.NOTICE_SUMMARY)
    before = Outbox.objects.count()
    away = mail(
        From="admin@staff.example",
        Subject=f"Away: {summary.subject}",
        In_Reply_To=f"<{id_of(summary)}>",
        Auto_Submitted="auto-replied",
    )
    assert arrive(away, mailbox=Mailbox.objects.get()).outcome == "automatic"
    assert (Outbox.objects.count(), WithheldNotice.objects.count()) == (before, 0)
