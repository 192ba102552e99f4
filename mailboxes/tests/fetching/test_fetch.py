"""Each message of the server comes in once, whatever happens on the way, and the server is told only afterwards."""

import time
from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.servers.dovecot import PASSWORD, Dovecot
from mailboxes.fetching import folder, reconciliation
from mailboxes.fetching.fetch import fetch
from mailboxes.fetching.imap_session import Session
from mailboxes.inbound import decision, pipeline, unreadable
from mailboxes.inbound.take_in import take_in
from mailboxes.models import InboundEmail, Mailbox, Outcome, save_with_address
from mailboxes.parsing import ParsedEmail
from mailboxes.storage import archive
from mailboxes.tasks import fetch_due, fetch_mailbox, process_due, watch
from mailboxes.tests.mails import mail
from recipients.models import User
from tickets.models import Attachment, Outbox, Queue, Ticket

pytestmark = pytest.mark.django_db
_users = iter(range(10_000))


@pytest.fixture
def box(dovecot: Dovecot, queue: Queue) -> Mailbox:
    """A mailbox on a real IMAP server, empty."""
    mailbox = Mailbox(
        name="Support",
        imap_host="127.0.0.1",
        imap_port=dovecot.port,
        imap_security=Mailbox.Security.PLAIN,
        imap_username=f"fetching-{next(_users)}",
        imap_password=PASSWORD,
    )
    save_with_address(mailbox, "support@helpdesk.example", queue)
    return mailbox


def outcomes() -> list[str]:
    return list(InboundEmail.objects.order_by("pk").values_list("outcome", flat=True))


def flags(dovecot: Dovecot, box: Mailbox) -> list[set[bytes]]:
    with dovecot.client(box.imap_username) as client:
        client.select_folder("INBOX", readonly=True)
        found = client.fetch(client.search(), ["FLAGS"])
        return [set(each[b"FLAGS"]) - {b"\\Recent"} for each in found.values()]


def test_mail_becomes_tickets_and_stays_as_it_is(support: Mailbox, mail_server: MailServer) -> None:
    mail_server.deliver("support", mail())
    mail_server.deliver("support", mail())
    fetch_due()
    fetch_mailbox(support.pk)
    fetch_mailbox(support.pk)
    assert outcomes() == [Outcome.TICKET, Outcome.TICKET]
    assert Ticket.objects.count() == 2
    support.refresh_from_db()
    assert (support.state, support.server_messages, support.missing_messages) == (Mailbox.State.OK, 2, 0)


def test_a_mail_that_was_read_in_webmail_arrives(box: Mailbox, dovecot: Dovecot) -> None:
    # L05, S02
    dovecot.deliver(box.imap_username, mail())
    with dovecot.client(box.imap_username) as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(), [b"\\Seen"])
    fetch(box.pk)
    assert outcomes() == [Outcome.TICKET]


def test_a_backlog_of_any_age_is_drained(box: Mailbox, dovecot: Dovecot) -> None:
    # L06
    dovecot.deliver(box.imap_username, *(mail(Date="Mon, 02 Jan 2023 12:00:00 +0000") for _each in range(60)))
    report = fetch(box.pk)
    assert (report.waiting, report.taken_in) == (60, 60)
    assert outcomes() == [Outcome.TICKET] * 60


@pytest.mark.parametrize("action", ["keep", "mark_seen", "move", "delete"])
def test_the_server_does_with_each_mail_what_was_chosen(box: Mailbox, dovecot: Dovecot, action: str) -> None:
    # L01, L13
    box.after_fetch, box.move_to = action, "Done"
    box.save()
    dovecot.create_folder(box.imap_username, "Done")
    dovecot.deliver(box.imap_username, *(mail() for _each in range(5)))
    fetch(box.pk)
    assert outcomes() == [Outcome.TICKET] * 5
    kept = {"keep": 5, "mark_seen": 5, "move": 0, "delete": 0}[action]
    assert len(dovecot.messages(box.imap_username)) == kept
    assert len(dovecot.messages(box.imap_username, "Done")) == (5 if action == "move" else 0)
    if kept:
        assert flags(dovecot, box) == [{b"\\Seen"} if action == "mark_seen" else set()] * 5
    left = InboundEmail.objects.order_by().values_list("server_action", flat=True).distinct()
    assert list(left) == ["none" if action == "keep" else "done"]


@pytest.mark.parametrize(("largest", "ahead"), [(folder.BATCH_BYTES, 1), (10, 0)])
def test_the_next_batch_alone_is_archived_while_one_is_processed(
    box: Mailbox, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, largest: int, ahead: int
) -> None:
    # L01: a large mail waits until the one before it can be forgotten
    monkeypatch.setattr(folder, "BATCH_MESSAGES", 1)
    monkeypatch.setattr(folder, "BATCH_BYTES", largest)
    raws = [mail(subject=f"Number {n}") for n in range(4)]
    for raw in raws:
        dovecot.deliver(box.imap_username, raw)
    begun: list[str] = []
    begun_at_each: list[int] = []
    save, process = archive.save, folder.process_batch

    def saved(raw: bytes) -> str:
        begun.append(save(raw))
        return begun[-1]

    def processed(batch: Iterable[tuple[InboundEmail, bytes | None]]) -> list[InboundEmail]:
        limit = time.monotonic() + 5
        expected = min(len(begun_at_each) + 1 + ahead, len(raws))
        while len(begun) < expected and time.monotonic() < limit:
            time.sleep(0.001)
        begun_at_each.append(len(begun))
        return process(batch)

    monkeypatch.setattr(archive, "save", saved)
    monkeypatch.setattr(folder, "process_batch", processed)
    fetch(box.pk)
    assert begun_at_each == [min(n + 1 + ahead, len(raws)) for n in range(len(raws))]
    assert outcomes() == [Outcome.TICKET] * len(raws)
    assert all(archive.load(row.raw_sha256) for row in InboundEmail.objects.all())


def test_what_is_not_processed_is_not_touched(box: Mailbox, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    # L02, L03, L13, S02, S14
    box.after_fetch = Mailbox.AfterFetch.DELETE
    box.save()
    dovecot.deliver(box.imap_username, mail(), mail(subject="poison"), mail())
    receive = pipeline.receive

    def poisoned(context: pipeline.InboundContext) -> pipeline.Conclusion:
        if context.mail.subject == "poison":
            raise ZeroDivisionError("poison")
        return receive(context)

    monkeypatch.setattr(pipeline, "receive", poisoned)
    fetch(box.pk)
    assert outcomes() == [Outcome.TICKET, Outcome.FAILED, Outcome.TICKET]
    assert [b"poison" in raw for raw in dovecot.messages(box.imap_username)] == [True]

    monkeypatch.undo()  # somebody has mended the program
    InboundEmail.objects.update(next_attempt_at=timezone.now())
    process_due()
    fetch(box.pk)
    assert outcomes() == [Outcome.TICKET] * 3
    assert dovecot.messages(box.imap_username) == []


def test_a_poison_mail_is_quarantined_after_some_tries_and_still_makes_a_ticket(
    box: Mailbox, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # L03, S14
    poison = mail(subject="poison")
    dovecot.deliver(box.imap_username, poison, mail())

    def broken(mail: ParsedEmail, *args: object, **options: object) -> None:
        if mail.subject == "poison":
            raise ZeroDivisionError("poison")
        return find_thread(mail, *args, **options)  # type: ignore[arg-type]

    find_thread = decision.find_thread
    monkeypatch.setattr(decision, "find_thread", broken)
    fetch(box.pk)
    for _attempt in range(5):
        InboundEmail.objects.filter(processed_at=None).update(next_attempt_at=timezone.now())
        process_due()
    row = InboundEmail.objects.order_by("pk")[0]
    assert outcomes() == [Outcome.QUARANTINED, Outcome.TICKET]
    assert "ZeroDivisionError: poison" in row.traceback
    assert Attachment.objects.get(comment=row.comment).read() == poison


def test_what_the_parser_cannot_read_becomes_a_ticket_with_the_raw_mail(
    box: Mailbox, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # S03
    raw = mail()
    dovecot.deliver(box.imap_username, raw)
    monkeypatch.setattr(unreadable, "parse", lambda raw, say: 1 / 0)
    fetch(box.pk)
    row = InboundEmail.objects.get()
    assert (row.outcome, row.author) == (Outcome.TICKET, "carla@acme.example")
    assert "ZeroDivisionError" in row.traceback
    assert Attachment.objects.get(comment=row.comment).read() == raw


def test_the_ugly_ones_are_all_visible_and_the_next_one_arrives(box: Mailbox, dovecot: Dovecot) -> None:
    large = mail("x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 430_000, subject="30 MB")
    dovecot.deliver(box.imap_username, b"no header at all", b"\r\n", b"\xff\x00" * 50, large, mail(subject="next"))
    fetch(box.pk)
    assert outcomes()[:3] == [Outcome.TICKET] * 3
    assert sorted(outcomes()[3:]) == [Outcome.TICKET, Outcome.TOO_LARGE]
    assert Ticket.objects.filter(subject="next").count() == 1


def test_a_mail_that_is_too_large_is_kept_as_header_and_told(box: Mailbox, dovecot: Dovecot, anna: User) -> None:
    # L04
    box.max_message_bytes, box.after_fetch = 5000, Mailbox.AfterFetch.DELETE
    box.save()
    dovecot.deliver(box.imap_username, mail("x" * 6000, subject="Plans"), mail())
    fetch(box.pk)
    fetch(box.pk)
    row = InboundEmail.objects.get(outcome=Outcome.TOO_LARGE)
    assert (row.author, row.subject, row.headers_only) == ("carla@acme.example", "Plans", True)
    assert row.size > 6000
    assert row.raw.endswith(b"\r\n\r\n")
    told = Outbox.objects.get(kind=Outbox.Kind.NOTICE)
    assert (told.recipient, told.subject) == (anna.email, "A mail from carla@acme.example is too large")
    for form in (told.text, told.html):
        assert "the subject “Plans”" in form
        assert "accepts at most 4.9\xa0KB." in form.replace("&nbsp;", "\xa0")
    assert len(dovecot.messages(box.imap_username)) == 1  # it was not taken in, so it is not deleted


def test_a_banned_senders_large_mail_tells_nobody(box: Mailbox, dovecot: Dovecot, anna: User) -> None:
    from recipients.models import Recipient

    Recipient.objects.create(address="carla@acme.example", banned=True)
    box.max_message_bytes = 5000
    box.save()
    dovecot.deliver(box.imap_username, mail("x" * 6000))
    fetch(box.pk)
    assert outcomes() == [Outcome.BANNED]
    assert not Outbox.objects.exists()


def test_a_renumbered_folder_brings_nothing_twice(box: Mailbox, dovecot: Dovecot) -> None:
    dovecot.deliver(box.imap_username, mail(), mail())
    fetch(box.pk)
    dovecot.renumber(box.imap_username)
    dovecot.deliver(box.imap_username, mail())
    fetch(box.pk)
    fetch(box.pk)
    assert sorted(outcomes()) == [Outcome.DUPLICATE] * 2 + [Outcome.TICKET] * 3
    assert Ticket.objects.count() == 3
    box.refresh_from_db()
    assert box.state == Mailbox.State.OK
    assert "renumbered the folder" in box.state_message


def test_a_deleted_ticket_does_not_come_back(box: Mailbox, dovecot: Dovecot) -> None:
    # L19, S16
    dovecot.deliver(box.imap_username, mail())
    fetch(box.pk)
    Ticket.objects.get().delete()
    dovecot.renumber(box.imap_username)
    fetch(box.pk)
    assert not Ticket.objects.exists()
    first, second = InboundEmail.objects.order_by("pk")
    assert first.ticket_number == second.ticket_number
    assert second.duplicate_of == first


def test_what_is_missing_in_the_ledger_is_seen_and_fetched(box: Mailbox, dovecot: Dovecot) -> None:
    # L08
    dovecot.deliver(box.imap_username, mail(), mail(), mail())
    fetch(box.pk)
    Ticket.objects.all().delete()
    InboundEmail.objects.filter(uid=2).delete()
    with Session(box.imap_account) as session:
        folder = session.select(box.folder, readonly=True)
        assert reconciliation.compare(box, folder, session) == [2]
    assert (box.server_messages, box.missing_messages) == (3, 1)
    fetch(box.pk)
    assert set(InboundEmail.objects.values_list("uid", flat=True)) == {1, 2, 3}
    box.refresh_from_db()
    assert (box.server_messages, box.missing_messages) == (3, 0)


def test_a_worker_that_was_killed_before_it_processed_is_followed_by_another(box: Mailbox, dovecot: Dovecot) -> None:
    dovecot.deliver(box.imap_username, mail())
    raw = dovecot.messages(box.imap_username)[0]
    row = take_in(raw, mailbox=box)
    process_due()
    assert outcomes() == [""]  # its worker has the lease
    InboundEmail.objects.update(next_attempt_at=timezone.now())
    process_due()
    row.refresh_from_db()
    assert row.outcome == Outcome.TICKET


def test_a_mail_that_ends_its_worker_each_time_is_given_up(support: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    row = take_in(mail(), mailbox=support)

    def killed(*_arguments: object, **_options: object) -> None:
        raise SystemExit

    monkeypatch.setattr(pipeline, "read", killed)
    for _attempt in range(19):
        InboundEmail.objects.update(next_attempt_at=timezone.now())
        with pytest.raises(SystemExit):
            process_due()
    InboundEmail.objects.update(next_attempt_at=timezone.now())
    process_due()
    row.refresh_from_db()
    assert row.outcome == Outcome.QUARANTINED
    assert row.ticket is not None


def test_a_server_action_that_was_cut_off_is_finished_next_time(box: Mailbox, dovecot: Dovecot) -> None:
    box.after_fetch = Mailbox.AfterFetch.DELETE
    box.save()
    dovecot.deliver(box.imap_username, mail())
    fetch(box.pk)
    dovecot.deliver(box.imap_username, mail())
    box.after_fetch = Mailbox.AfterFetch.KEEP
    box.save()
    fetch(box.pk)
    InboundEmail.objects.filter(uid=2).update(server_action="pending")  # killed between commit and server
    box.after_fetch = Mailbox.AfterFetch.DELETE
    box.save()
    fetch(box.pk)
    assert dovecot.messages(box.imap_username) == []
    assert not InboundEmail.objects.exclude(server_action="done").exists()


def test_a_folder_to_move_to_that_is_gone_stops_no_mail(box: Mailbox, dovecot: Dovecot) -> None:
    box.after_fetch, box.move_to = Mailbox.AfterFetch.MOVE, "Gone"
    box.save()
    dovecot.deliver(box.imap_username, mail())
    fetch(box.pk)
    dovecot.deliver(box.imap_username, mail())
    fetch(box.pk)
    box.refresh_from_db()
    assert outcomes() == [Outcome.TICKET] * 2
    assert (box.state, "Gone" in box.state_message) == (Mailbox.State.FOLDER, True)
    dovecot.create_folder(box.imap_username, "Gone")
    fetch(box.pk)
    box.refresh_from_db()
    assert box.state == Mailbox.State.OK
    assert len(dovecot.messages(box.imap_username, "Gone")) == 2


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"imap_password": "wrong"}, Mailbox.State.LOGIN),
        ({"folder": "Nowhere"}, Mailbox.State.FOLDER),
        ({"imap_port": 1}, Mailbox.State.CONNECTION),
        ({"imap_host": "no.such.host.invalid"}, Mailbox.State.CONNECTION),
    ],
)
def test_each_trouble_is_a_state_and_ends_by_itself(
    box: Mailbox, dovecot: Dovecot, ada: User, change: dict[str, object], state: str
) -> None:
    dovecot.deliver(box.imap_username, mail())
    right = {name: getattr(box, name) for name in change}
    for name, value in change.items():
        setattr(box, name, value)
    box.save()
    report = fetch(box.pk)
    assert (report.state, InboundEmail.objects.count()) == (state, 0)
    box.refresh_from_db()
    assert box.state == state
    assert box.state_message
    assert box.next_poll_at > timezone.now() + timedelta(seconds=box.poll_seconds)
    for name, value in right.items():
        setattr(box, name, value)
    box.save()
    fetch(box.pk)
    box.refresh_from_db()
    assert (box.state, box.failures) == (Mailbox.State.OK, 0)
    assert outcomes() == [Outcome.TICKET]


def test_a_mailbox_is_queued_once_each_poll(support: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[int] = []
    monkeypatch.setattr(fetch_mailbox, "delay", queued.append)
    fetch_due()
    fetch_due()
    assert queued == [support.pk]


def test_a_mailbox_that_nobody_fetches_is_told_once(support: Mailbox, ada: User) -> None:
    # L07
    now = timezone.now()
    Mailbox.objects.update(fetched_at=now - timedelta(hours=1), state_since=now - timedelta(days=1))
    watch()
    watch()
    (told,) = Outbox.objects.filter(kind=Outbox.Kind.NOTICE)
    assert told.subject == "The mailbox “Support” has not been fetched"
