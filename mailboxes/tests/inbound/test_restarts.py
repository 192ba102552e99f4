"""Restarts of workers harm no mail; a mail that ends its workers is given up (L03)."""

import os
import signal
import time

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.database import isolation, recovery
from helpdesk.tests.servers.dovecot import Dovecot
from mailboxes.fetching import fetch as fetching
from mailboxes.fetching.fetch import fetch
from mailboxes.inbound import pipeline, retries
from mailboxes.inbound.take_in import take_in
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.house import SET_UP, House
from mailboxes.tests.mails import mail
from tickets.models import Ticket


def test_what_a_child_does_not_survive_is_told_from_what_it_does() -> None:
    assert isolation.survives(lambda: None, 5)
    assert not isolation.survives(lambda: os.kill(os.getpid(), signal.SIGKILL), 5)
    assert not isolation.survives(lambda: time.sleep(60), 0.1)


@pytest.fixture
def _children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attempt is made by a child, as in a worker."""
    monkeypatch.setattr(retries, "can_isolate", lambda: True)
    monkeypatch.setattr(retries, "MOMENT_SECONDS", 0.0)


@pytest.mark.django_db
@pytest.mark.usefixtures("_children")
def test_a_mail_that_kills_two_workers_by_itself_is_given_up(support: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def killed(work: object, seconds: float) -> bool:
        tried.append("killed")
        return False

    row = take_in(mail(), mailbox=support)
    monkeypatch.setattr(retries, "survives", killed)
    retries.process_left_behind(support)
    row.refresh_from_db()
    assert tried == ["killed", "killed"]
    assert row.outcome == Outcome.QUARANTINED
    assert row.ticket is not None


@pytest.mark.django_db
@pytest.mark.usefixtures("_children")
def test_a_mail_that_another_worker_processed_after_all_is_not_given_up(
    support: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(work: object, seconds: float) -> bool:
        pipeline.deliver(InboundEmail.objects.get())
        return False

    take_in(mail(), mailbox=support)
    monkeypatch.setattr(retries, "survives", too_slow)
    retries.process_left_behind(support)
    assert InboundEmail.objects.get().outcome == Outcome.TICKET


@pytest.mark.django_db
@pytest.mark.parametrize("attempts", [1, 100])
def test_an_attempt_that_failed_is_written_while_nobody_else_can_process_the_mail(
    support: Mailbox, monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    def crash(*_arguments: object) -> None:
        raise RuntimeError("of the parser")

    row = take_in(mail(), mailbox=support)
    InboundEmail.objects.update(attempts=attempts)
    monkeypatch.setattr(pipeline, "process", crash)
    monkeypatch.setattr(pipeline, "unreadable", crash)
    with CaptureQueriesContext(connection) as said:
        pipeline.failed(row, "RuntimeError: of the parser")
    asked = [each["sql"] for each in said if "inboundemail" in each["sql"] or "SAVEPOINT" in each["sql"]]
    assert [sql.split()[0] for sql in asked[-4:]] == ["SAVEPOINT", "SELECT", "UPDATE", "RELEASE"]
    assert "FOR UPDATE" in asked[-3] or not connection.features.has_select_for_update
    assert row.outcome == (Outcome.FAILED if attempts == 1 else Outcome.QUARANTINED)


@pytest.mark.django_db
def test_a_mail_that_another_worker_processed_keeps_its_outcome(support: Mailbox) -> None:
    row = take_in(mail(), mailbox=support)
    pipeline.deliver(InboundEmail.objects.get())
    assert pipeline.failed(row, "it crashed").outcome == Outcome.TICKET
    assert pipeline.postponed(row, "no room").outcome == Outcome.TICKET
    assert InboundEmail.objects.get().outcome == Outcome.TICKET


@pytest.mark.django_db
def test_twelve_restarts_put_no_mail_into_quarantine(support: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    class Restarted(BaseException):
        """The worker, and with it the child, is told to stop."""

    def restarted(*_arguments: object, **_options: object) -> None:
        raise Restarted

    for isolated in (True, False):
        row = take_in(mail(), mailbox=support)
        with monkeypatch.context() as patched:
            patched.setattr(retries, "can_isolate", lambda isolated=isolated: isolated)
            patched.setattr(retries, "survives", restarted)
            patched.setattr(pipeline, "read", restarted)
            for _restart in range(12):
                with pytest.raises(Restarted):
                    retries.process_left_behind(support)
        retries.process_left_behind(support)
        row.refresh_from_db()
        assert row.outcome == Outcome.TICKET


@pytest.fixture
def box(support: Mailbox, dovecot: Dovecot) -> Mailbox:
    support.imap_port, support.imap_username = dovecot.port, "restarts"
    support.save()
    return support


@pytest.mark.servers
@pytest.mark.django_db
def test_a_database_that_restarts_in_a_fetch_leaves_no_lease_behind(
    box: Mailbox, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reporting and releasing fail as well, for a moment; the mailbox is free at the next poll all the same."""
    gone = iter([True] * 4)

    def down(*_arguments: object, **_options: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    class Restarting:
        def __call__(self, execute: object, sql: str, *arguments: object) -> object:
            if next(gone, False):
                down()
            return execute(sql, *arguments)  # type: ignore[operator]

    slept: list[float] = []
    monkeypatch.setattr(recovery, "time", type("Clock", (), {"sleep": slept.append}))
    monkeypatch.setattr(recovery, "_is_in_transaction", lambda: False)
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)

    def restart(*_arguments: object) -> None:
        connection.execute_wrappers.append(Restarting())
        down()

    dovecot.deliver(box.imap_username, mail())
    with monkeypatch.context() as patched:
        patched.setattr(fetching, "_fetch", restart)
        with pytest.raises(OperationalError):
            fetch(box.pk)
    connection.execute_wrappers.clear()

    box.refresh_from_db()
    assert (box.claim, box.claimed_until) == ("", None)
    assert box.state == Mailbox.State.FETCH
    assert slept
    fetch(box.pk)
    assert InboundEmail.objects.get().outcome == Outcome.TICKET
    assert Ticket.objects.get().created_at <= timezone.now()


@pytest.mark.servers
def test_after_a_restart_of_postgresql_a_mailbox_goes_on_at_the_next_poll(house: House, dovecot: Dovecot) -> None:
    """The real thing: the server ends in the middle of a fetch, and the next one finds no lease."""
    user, mails = "restarted", 120  # three batches
    dovecot.deliver(user, *(mail() for _number in range(mails)))
    house.run("shell", "-c", SET_UP.format(port=dovecot.port, user=user, action="keep"))
    fetching = house.start("fetch")
    while not house.ask("SELECT 1 FROM mailboxes_inboundemail WHERE processed_at IS NOT NULL"):
        assert fetching.is_running()
        time.sleep(0.01)
    house.server.restart()
    _code, said = fetching.end()

    assert "OperationalError" in said or "AdminShutdown" in said  # else it was over before
    assert house.ask("SELECT claim, claimed_until FROM mailboxes_mailbox") == [("", None)]
    house.run("fetch")
    assert house.ask("SELECT count(*), count(DISTINCT uid) FROM mailboxes_inboundemail") == [(mails, mails)]
    assert house.ask("SELECT outcome, count(*) FROM mailboxes_inboundemail GROUP BY 1") == [("ticket", mails)]
    assert house.ask("SELECT count(*) FROM tickets_ticket") == [(mails,)]
