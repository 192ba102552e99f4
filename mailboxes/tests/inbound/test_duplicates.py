"""Does a copy that comes first, with other headers, ever shadow the genuine mail?"""

import errno

import pytest
from django.utils import timezone

from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.storage import archive
from mailboxes.tasks import process_due
from mailboxes.tests.mails import arrive, mail
from mailboxes.tests.people import trusting
from mailboxes.what_if.dry_run import dry_run
from tickets.models import Outbox, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("carla")]

PASSED = b"Authentication-Results: mx.helpdesk.example; dmarc=pass header.from=acme.example\r\n"
FAILED = b"Authentication-Results: mx.helpdesk.example; dmarc=fail header.from=acme.example\r\n"


def came(raw: bytes, mailbox: Mailbox) -> InboundEmail:
    """Outcome; the dry run said the same before."""
    foreseen = dry_run(raw)
    row = arrive(raw, mailbox=mailbox)
    assert row.outcome == foreseen.decision.outcome, row.traceback
    return row


@pytest.mark.parametrize("results", [b"", PASSED])
def test_a_copy_that_says_it_is_automatic_does_not_shadow_the_mail(support: Mailbox, results: bytes) -> None:
    # S68
    trusting(support, "observe")
    genuine = mail("My order is missing.")
    forged = came(FAILED + b"Auto-Submitted: auto-replied\r\n" + genuine, support)
    assert (forged.outcome, forged.ticket) == (Outcome.AUTOMATIC, None)
    row = came(results + genuine, support)
    assert (row.outcome, row.duplicate_of) == (Outcome.TICKET, None)
    assert came(results + genuine, support).duplicate_of == row
    assert came(FAILED + b"Auto-Submitted: auto-replied\r\n" + genuine, support).duplicate_of == row
    assert Ticket.objects.count() == 1


def test_a_held_copy_does_not_shadow_the_genuine_reply(support: Mailbox) -> None:
    # S68
    trusting(support, "enforce")
    ticket = came(PASSED + mail(), support).ticket
    assert ticket
    answer = mail("It burns again.", subject=f"Re: [#{ticket.number}] Printer")
    assert came(FAILED + answer, support).outcome == Outcome.HELD
    row = came(PASSED + answer, support)
    assert (row.outcome, row.ticket) == (Outcome.COMMENT, ticket)
    assert came(PASSED + answer, support).duplicate_of == row


def test_a_copy_under_our_loop_header_does_not_shadow_the_mail(support: Mailbox) -> None:
    came(mail(), support)
    token = Outbox.objects.get(kind="request_received").token
    genuine = mail("Another one.")
    assert came(f"X-Helpdesk-Loop: {token}\r\n".encode() + genuine, support).outcome == Outcome.LOOP
    assert came(genuine, support).outcome == Outcome.TICKET


def test_a_forged_copy_that_names_others_does_not_shadow_the_proved_mail(support: Mailbox) -> None:
    trusting(support, "observe")
    genuine = mail("My order is missing.")
    first = came(FAILED + b"Cc: mallory@evil.example\r\n" + genuine, support)
    second = came(PASSED + genuine, support)
    assert second.outcome == Outcome.TICKET
    assert second.ticket != first.ticket
    assert second.ticket is not None
    assert not second.ticket.participants.exists()


def test_the_proved_mail_waits_while_the_archive_is_out_of_reach(
    support: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(sha256: str) -> bytes:
        raise archive.Lost(sha256) from OSError(errno.ESTALE, "Stale file handle")

    trusting(support, "observe")
    genuine = mail("My order is missing.")
    came(FAILED + b"Cc: mallory@evil.example\r\n" + genuine, support)
    with monkeypatch.context() as outage:
        outage.setattr(archive, "load", unreachable)
        row = arrive(PASSED + genuine, mailbox=support)
    assert row.outcome == Outcome.FAILED
    InboundEmail.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())
    process_due()
    row.refresh_from_db()
    assert row.outcome == Outcome.TICKET


def test_the_same_mail_by_a_way_that_broke_its_proof_is_a_duplicate_all_the_same(support: Mailbox) -> None:
    trusting(support, "observe")
    genuine = mail("My order is missing.")
    first = came(FAILED + genuine, support)
    assert came(PASSED + genuine, support).duplicate_of == first


def test_a_copy_whose_body_is_read_in_another_way_is_another_mail(support: Mailbox) -> None:
    genuine = mail("The answer is QUJD, as ever.")
    came(genuine.replace(b"Content-Type:", b"Content-Transfer-Encoding: base64\r\nContent-Type:"), support)
    row = came(genuine, support)
    assert row.outcome == Outcome.TICKET
    assert row.comment
    assert "QUJD" in row.comment.text


def test_what_gave_way_is_a_duplicate_when_it_comes_again(support: Mailbox) -> None:
    genuine = mail("My order is missing.")
    forged = came(b"Auto-Submitted: auto-replied\r\n" + genuine, support)
    row = came(genuine, support)
    forged.refresh_from_db()
    assert forged.fingerprint == ""
    again = arrive(b"Auto-Submitted: auto-replied\r\n" + genuine, mailbox=support)
    assert (again.outcome, again.duplicate_of) == (Outcome.DUPLICATE, row)
