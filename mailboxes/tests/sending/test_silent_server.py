"""An SMTP server that hangs holds up nobody for long, and nobody gets a mail more than three times because of it."""

import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.tests.servers.rude import Scripted
from helpdesk.tests.servers.submission import Submission
from mailboxes.connections.account import Account
from mailboxes.models import Mailbox
from mailboxes.sending import outbox as sending
from mailboxes.tasks import send_due
from mailboxes.tests.sending.test_outbox import waiting
from tickets.models import Event, Outbox, Queue, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def hanging(support: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Submission]:
    """The mailbox's server takes mails in and falls silent; somebody who asks waits for a second in all."""
    account = Mailbox.smtp_account.fget  # type: ignore[attr-defined]

    def impatient(mailbox: Mailbox) -> Account:
        given = account(mailbox)
        return Account(given.host, given.port, given.security, given.username, given.password, timeout=0.25)

    monkeypatch.setattr(Mailbox, "smtp_account", property(impatient))
    with Submission() as server:
        server.silent_after_data = True
        Mailbox.objects.update(smtp_port=server.port)
        yield server


def due_again() -> None:
    """Time has passed: the pauses of mail and server are over."""
    Outbox.objects.update(next_attempt_at=timezone.now())
    Mailbox.objects.update(sending_paused_until=timezone.now())


def test_a_server_that_falls_silent_is_left_alone_with_all_that_waits_for_it(hanging: Submission) -> None:
    mails = [waiting() for _number in range(5)]
    begun = time.monotonic()
    send_due()
    send_due()
    for mail in mails[1:]:
        sending.send(mail.pk)  # as an answer does that was just written

    assert time.monotonic() - begun < 5
    assert hanging.unanswered == 1
    first, *others = Outbox.objects.order_by("pk")
    assert (first.attempts, first.unconfirmed) == (1, 1)
    assert {(each.attempts, each.unconfirmed, each.state) for each in others} == {(0, 0, Outbox.State.WAITING)}
    assert all(each.next_attempt_at > timezone.now() + timedelta(minutes=1) for each in others)
    assert all("did not answer" in each.error for each in others)


def test_what_may_have_arrived_is_sent_three_times_and_says_so(hanging: Submission, queue: Queue) -> None:
    mail = waiting(ticket=Ticket.objects.create(subject="Printer", queue=queue))
    for _number in range(12):
        send_due()
        due_again()

    assert hanging.unanswered == 3
    mail.refresh_from_db()
    assert mail.state == Outbox.State.FAILED
    assert mail.error.startswith("It may have arrived")
    assert Event.objects.get(kind=Event.Kind.DELIVERY_FAILURE).data["error"] == mail.error


def test_the_outbox_says_that_a_mail_may_have_arrived(hanging: Submission, admin_client: Client) -> None:
    mail = waiting()
    send_due()
    for url in (reverse("mailboxes:outbox"), reverse("mailboxes:outbox_detail", args=[mail.pk])):
        assert "It may have arrived" in admin_client.get(url).content.decode()
    page = admin_client.get(f"/settings/mailboxes/{Mailbox.objects.get().pk}/").content.decode()
    assert "Nothing is handed to its SMTP server until" in page


def test_a_worker_that_is_killed_while_it_hands_over_counts_as_well(
    support: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """As if by the kernel: nothing is written down any more."""

    def die(*_arguments: object) -> None:
        raise Killed

    mail = waiting()
    monkeypatch.setattr("mailboxes.sending.smtp.Sender.send", die)
    for _number in range(3):
        with pytest.raises(Killed):
            send_due()
        due_again()
    send_due()

    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (Outbox.State.FAILED, 4)
    assert mail.error.startswith("It may have arrived")


def test_a_mail_that_is_given_up_says_what_the_last_attempt_said(support: Mailbox) -> None:
    mail = waiting()
    Outbox.objects.update(unconfirmed=3, attempts=3, error="The server hung up.")
    due_again()
    send_due()
    mail.refresh_from_db()
    assert mail.state == Outbox.State.FAILED
    assert mail.error.startswith("It may have arrived")
    assert mail.error.endswith("The server hung up.")


def test_once_the_server_answers_again_the_mails_leave(hanging: Submission) -> None:
    mails = [waiting() for _number in range(3)]
    send_due()
    hanging.silent_after_data = False
    due_again()
    send_due()

    assert len(hanging.received) == len(mails)
    assert set(Outbox.objects.values_list("state", "unconfirmed")) == {
        (Outbox.State.SENT, 0),
        (Outbox.State.SENT, 1),
    }


@pytest.mark.parametrize("silent_at", [None, b"RCPT", b"EHLO"])
def test_silence_at_the_greeting_or_at_a_recipient_pauses_the_server_too(
    hanging: Submission, silent_at: bytes | None
) -> None:
    def reply(line: bytes) -> bytes | None:
        known = {b"EHLO": b"250 AUTH PLAIN\r\n", b"AUTH": b"235 Welcome\r\n"}
        verb = line.split()[0].upper()
        return None if verb == silent_at else known.get(verb, b"250 OK\r\n")

    mails = [waiting() for _number in range(3)]
    with Scripted(b"220 Hi\r\n" if silent_at else None, reply) as server:
        Mailbox.objects.update(smtp_port=server.port)
        begun = time.monotonic()
        send_due()
        for mail in mails:
            sending.send(mail.pk)

    assert time.monotonic() - begun < 3
    assert set(Outbox.objects.values_list("unconfirmed", flat=True)) == {0}
    assert Mailbox.objects.get().sending_is_paused


def test_a_server_that_says_a_byte_now_and_then_does_not_hold_a_worker(hanging: Submission) -> None:
    class Dripping(Scripted):
        def serve(self, connection: socket.socket) -> None:
            for _number in range(100):
                connection.sendall(b"220-more\r\n")
                time.sleep(0.1)

    waiting()
    with Dripping(None) as server:
        Mailbox.objects.update(smtp_port=server.port)
        begun = time.monotonic()
        send_due()

    assert time.monotonic() - begun < 4
    assert Mailbox.objects.get().sending_is_paused


def test_correcting_the_settings_ends_the_pause(support: Mailbox, as_ada: Client) -> None:
    mail = waiting()
    until = timezone.now() + timedelta(minutes=10)
    Mailbox.objects.update(sending_paused_until=until, sending_trouble="It fell silent.")
    long_ago = timezone.now() - timedelta(minutes=5)
    Outbox.objects.update(next_attempt_at=until, attempts=1, error="It fell silent.", created_at=long_ago)
    url = reverse("settings:mailbox", args=[support.pk])
    form = as_ada.get(url).context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    as_ada.post(url, typed | {"name": "Desk", "do": "save"})
    assert Mailbox.objects.get().sending_is_paused

    as_ada.post(url, typed | {"smtp_port": 2525, "smtp_password": "sesame", "do": "save"})
    mailbox = Mailbox.objects.get()
    assert (mailbox.smtp_port, mailbox.sending_is_paused, mailbox.sending_trouble) == (2525, False, "")
    mail.refresh_from_db()
    assert mail.next_attempt_at <= timezone.now()


def test_one_connection_takes_every_claim_and_a_server_that_ends_it_delays_no_mail(
    support: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "AT_ONCE", 4)
    with Submission() as server:
        Mailbox.objects.update(smtp_port=server.port, smtp_username="support", smtp_password="sesame")
        for number in range(12):
            waiting(recipient=f"person{number}@acme.example")
        assert sending.send_due() == 12
        assert server.sign_ins == 1
        server.most = 5
        for number in range(12):
            waiting(recipient=f"person{number}@acme.example")
        assert sending.send_due() == 12
        assert server.sign_ins == 1 + 3
    assert set(Outbox.objects.values_list("state", "attempts", "unconfirmed")) == {(Outbox.State.SENT, 1, 0)}
