"""Who listens hears of a mail at once, and whatever goes wrong leaves polling as it is."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.mailbox import Mailbox as OnServer
from helpdesk.tests.servers.mailbox import mail
from helpdesk.tests.servers.rude import Proxy, Scripted, imap_replies, plain
from mailboxes.connections.account import Account, ConnectionFailed
from mailboxes.fetching import idle
from mailboxes.fetching.idle import Listeners, NoIdle, wait_for_mail
from mailboxes.models import Mailbox


class Heard:
    """Counts the calls, and stops listening after `most` of them or `seconds`."""

    def __init__(self, most: int = 2, seconds: float = 20.0) -> None:
        self.times, self.most = 0, most
        self.ends = time.monotonic() + seconds
        self.first = threading.Event()

    def arrived(self) -> None:
        self.times += 1
        self.first.set()

    def tick(self) -> bool:
        return self.times < self.most and time.monotonic() < self.ends


@contextmanager
def listening(account: Account, heard: Heard, renew: float = idle.RENEW) -> Iterator[None]:
    thread = threading.Thread(target=wait_for_mail, args=(account, "INBOX", heard.arrived, heard.tick, renew))
    thread.start()
    assert heard.first.wait(20)
    yield
    thread.join(20)


def test_a_mail_is_heard_of_at_once(imap_mailbox: OnServer) -> None:
    heard = Heard()
    with listening(imap_mailbox.account, heard):
        begun = time.monotonic()
        imap_mailbox.deliver(mail("New"))
    assert heard.times == 2
    assert time.monotonic() - begun < 10


@pytest.mark.servers
def test_idle_is_renewed_before_the_server_ends_it(dovecot: Dovecot, dovecot_mailbox: OnServer) -> None:
    heard = Heard(seconds=60)
    with Proxy(dovecot.port) as line, listening(replace(dovecot_mailbox.account, port=line.port), heard, renew=0.1):
        ends = time.monotonic() + 20
        while line.heard.count(b"IDLE") < 3 and time.monotonic() < ends:
            time.sleep(0.02)
        dovecot_mailbox.deliver(mail("New"))
    assert line.heard.count(b"DONE") >= 2
    assert heard.times == 2


@pytest.mark.parametrize(
    "answer", [b"* BYE Closing\r\n", b"* 3 EX", b"\x00\xff\r\n", b""], ids=["bye", "half a line", "noise", "closed"]
)
def test_any_abort_is_a_failure_of_the_connection(answer: bytes) -> None:
    def reply(line: bytes) -> bytes:
        if b"IDLE" in line and b"CAPABILITY" not in line:
            return b"+ idling\r\n" + answer
        return b"" if line == b"DONE\r\n" else imap_replies(b"NOTHING", b"", b"IDLE")(line)

    closing: Callable[[bytes], bytes] = lambda line: reply(line) if b" IDLE" not in line else b""  # noqa: E731
    with (
        Scripted(b"* OK [CAPABILITY IMAP4rev1 IDLE] Hi\r\n", reply if b"\r\n" in answer else closing) as server,
        pytest.raises(ConnectionFailed),
    ):
        wait_for_mail(replace(plain(server.port), timeout=2.0), "INBOX", lambda: None, Heard(9, 3.0).tick, renew=1.0)


def test_a_server_without_idle_is_polled() -> None:
    with Scripted(b"* OK Hi\r\n", imap_replies(b"NOTHING", b"")) as server, pytest.raises(NoIdle):
        wait_for_mail(plain(server.port), "INBOX", lambda: None, lambda: True)


@pytest.mark.django_db(transaction=True)
def test_listeners_follow_the_mailboxes_and_have_them_fetched(
    support: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued = threading.Event()

    class Task:
        def __init__(self, name: str) -> None:
            assert name == "mailboxes.tasks.fetch_mailbox"

        def delay(self, pk: int) -> None:
            assert pk == support.pk
            queued.set()

    monkeypatch.setattr(idle, "signature", Task)
    Mailbox.objects.update(claimed_until=timezone.now() + timedelta(hours=1))
    listeners = Listeners()
    try:
        listeners.look()
        first = listeners.threads[support.pk]
        assert first.listening.wait(20)
        assert not queued.is_set()  # somebody is fetching, and may have looked before
        Mailbox.objects.update(claimed_until=None)
        assert queued.wait(20)
        listeners.look()
        assert listeners.threads[support.pk] is first
        Mailbox.objects.update(folder="Other")
        listeners.look()
        assert listeners.threads[support.pk] is not first
        Mailbox.objects.update(is_active=False)
        listeners.look()
        assert not listeners.threads
        first.join(20)
        assert not first.is_alive()
    finally:
        listeners.close()


@pytest.mark.django_db(transaction=True)
def test_a_queue_of_tasks_that_is_away_is_waited_for_over_the_same_connection(
    support: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, away = threading.Event(), [BrokerError("redis is away"), ValueError("nobody thought of it")]

    class Task:
        def __init__(self, name: str) -> None:
            pass

        def delay(self, pk: int) -> None:
            if away:
                raise away.pop(0)
            tried.set()

    monkeypatch.setattr(idle, "signature", Task)
    monkeypatch.setattr(idle, "PAUSES", (0.01,))
    listeners = Listeners()
    try:
        listeners.look()
        first = listeners.threads[support.pk]
        assert tried.wait(20)
        assert first.is_alive()
    finally:
        listeners.close()
