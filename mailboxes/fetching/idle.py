"""Listening to mailboxes (IMAP IDLE, RFC 2177): a new mail is fetched within a second or two, not at the next poll.

A listener changes nothing but when the next fetch is: whatever goes wrong with it, polling goes on as without it.
"""

import threading
import time
from collections.abc import Callable

import structlog
from celery import signature
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from mailboxes.connections.account import Account, ConnectionFailed, LoginRefused
from mailboxes.fetching.imap_session import Session
from mailboxes.models import Mailbox
from mailboxes.oauth.tokens import account_for

log = structlog.get_logger(__name__)
FETCH = "mailboxes.tasks.fetch_mailbox"
TICK = 0.5  # seconds between two looks at what else is to be done
RENEW = 25 * 60.0  # servers end an IDLE of 29 minutes and more
PAUSES = (5.0, 15.0, 60.0, 300.0)  # after an abort, the last one again and again
PAUSE_WITHOUT_IDLE = 3600.0  # also after a refused login: asking more often locks accounts
CHANGES = 5.0  # seconds until another mailbox, or another account of one, is noticed


class NoIdle(Exception):  # noqa: N818 - an answer
    """The server does not offer IDLE."""


def wait_for_mail(
    account: Account, folder: str, arrived: Callable[[], None], tick: Callable[[], bool], renew: float = RENEW
) -> None:
    """Call `arrived` at once, and whenever the folder gets a message, until `tick` says no. One connection.

    Raises `ConnectionFailed` when it breaks, and `NoIdle`.
    """
    with Session(account) as session:
        if not session.can_idle():
            raise NoIdle
        session.select(folder, readonly=True)
        session.begin_idle()
        arrived()  # what came while nobody listened
        while True:
            ends = time.monotonic() + renew
            while time.monotonic() < ends:
                if not tick():
                    return
                if session.heard(TICK):
                    arrived()
            came = session.end_idle()
            session.begin_idle()
            if came:
                arrived()


class Listener(threading.Thread):
    """Listens to one mailbox until it is told to stop. `signed` is the account that it was begun with."""

    def __init__(self, mailbox: Mailbox, renew: float = RENEW) -> None:
        super().__init__(name=f"listen {mailbox.pk}", daemon=True)
        self.pk, self.signed = mailbox.pk, signed(mailbox)
        self.listening = threading.Event()
        self._renew = renew
        self._stop_asked = threading.Event()
        self._wanted = False  # a fetch, as soon as nobody fetches
        self._trouble = ""  # why it cannot be asked for

    def stop(self) -> None:
        self._stop_asked.set()

    def run(self) -> None:
        failures = 0
        while not self._stop_asked.is_set():
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            try:
                mailbox = Mailbox.objects.get(pk=self.pk)
                account = account_for(mailbox, mailbox.imap_account)
                connection.close()  # hours may pass until the next question
                wait_for_mail(account, mailbox.folder, self._arrived, self._tick, self._renew)
            except (NoIdle, LoginRefused) as refusal:
                pause = PAUSE_WITHOUT_IDLE
                log.info("not listened to", mailbox=self.pk, reason=str(refusal) or "The server does not offer IDLE.")
            except (ConnectionFailed, DatabaseError, Mailbox.DoesNotExist) as error:
                log.info("listening broke off", mailbox=self.pk, reason=str(error))
            except Exception:  # another thread would begin at once, and sign in again every few seconds
                log.exception("listening failed", mailbox=self.pk)
            failures = 0 if self.listening.is_set() else failures + 1
            self.listening.clear()
            self._stop_asked.wait(pause)
        connection.close()

    def _arrived(self) -> None:
        self.listening.set()
        self._wanted = True
        self._tick()

    def _tick(self) -> bool:
        """Ask for the fetch that is wanted: later, if one is under way, which may have looked before the mail came.

        A database or a queue of tasks that is away is waited for, over the same connection to the mail server.
        """
        if self._wanted:
            try:
                self._wanted = not fetch_now(self.pk)
                self._trouble = ""
            except (DatabaseError, BrokerError) as error:
                if not self._trouble:
                    log.warning("a new mail waits for the next poll", mailbox=self.pk, reason=str(error))
                self._trouble = str(error)
            connection.close()
        return not self._stop_asked.is_set()


class Listeners:
    """A listener for each mailbox that is fetched by IMAP, begun and ended as mailboxes come, change and go."""

    def __init__(self, renew: float = RENEW) -> None:
        self.threads: dict[int, Listener] = {}
        self._renew = renew

    def run(self, stop: threading.Event) -> None:
        """Until `stop`. A database that is away is waited for."""
        while not stop.wait(0 if not self.threads else CHANGES):
            try:
                self.look()
            except DatabaseError as error:
                log.warning("listening waits for the database", reason=str(error))
            finally:
                connection.close()
            if not self.threads and stop.wait(CHANGES):
                break
        self.close()

    def look(self) -> None:
        """Begin and end listeners, so that there is one for each mailbox as it is now."""
        wanted = {each.pk: each for each in Mailbox.objects.filter(is_active=True, protocol=Mailbox.Protocol.IMAP)}
        for pk, thread in list(self.threads.items()):
            if pk not in wanted or thread.signed != signed(wanted[pk]) or not thread.is_alive():
                thread.stop()
                del self.threads[pk]
        for pk, mailbox in wanted.items():
            if pk not in self.threads:
                self.threads[pk] = Listener(mailbox, self._renew)
                self.threads[pk].start()

    def close(self) -> None:
        for thread in self.threads.values():
            thread.stop()
        for thread in self.threads.values():
            thread.join(5)


def signed(mailbox: Mailbox) -> tuple[object, ...]:
    """What a listener depends on."""
    return mailbox.imap_account, mailbox.folder, mailbox.sign_in


def fetch_now(pk: int) -> bool:
    """Queue a fetch of a mailbox; False while a worker is fetching it."""
    now = timezone.now()
    busy = Mailbox.objects.filter(pk=pk, claimed_until__gt=now)
    if busy.exists():
        return False
    signature(FETCH).delay(pk)
    return True
