"""Try the helpdesk: web server, workers, beat and mail server in this process, with sample people and mails."""

import fcntl
import shutil
import signal
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application
from django.db import connection

from helpdesk.celery import app
from helpdesk.demo import people, postoffice, processes, story
from helpdesk.demo.environment import add_options
from helpdesk.demo.postoffice import CATCH_ALL, HELPDESK, PASSWORD, PostOffice
from mailboxes.models import InboundEmail, Mailbox

IMAP_PORT, SMTP_PORT = 1143, 1025  # free ones are taken where these are in use


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, *args: Any, port: int, reset: bool, no_sample: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo needs an environment of its own: start it with `python manage.py demo`.")
        _on_signals(_interrupt)
        try:
            with ExitStack() as house:
                server = self._open(house, port, reset, not no_sample)
                self.stdout.write(_welcome(port, postoffice.current(), not no_sample))
                self.stdout.flush()
                server.run()
        except KeyboardInterrupt:  # while it was starting; later the server returns by itself
            pass
        self.stdout.write("Stopped.")

    def _open(self, house: ExitStack, port: int, reset: bool, sample: bool) -> processes.WebServer:
        """Start everything, each thing to be closed when `house` is."""
        house.enter_context(_alone(settings.DATA_DIR / "lock"))
        server = self._web_server(port)
        house.callback(server.close)
        if reset:
            _forget(settings.DATA_DIR)
        call_command("migrate", verbosity=0)
        office = house.enter_context(_post_office(settings.DATA_DIR / "mail"))
        people.create_administrator()
        if sample:
            people.create_everything(office)
        people.reconnect(office)
        house.enter_context(processes.workers(app))
        house.enter_context(processes.beat(app))
        house.enter_context(processes.listening())
        if sample and not InboundEmail.objects.exists():
            house.enter_context(story.told(office))
        return server

    def _web_server(self, port: int) -> processes.WebServer:
        try:
            return processes.WebServer(get_wsgi_application(), port)
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Choose another one: make demo PORT={port + 10}"
            ) from error


def _on_signals(handler: Callable[..., None] | signal.Handlers) -> None:
    """For Ctrl-C and `kill`. Set in either case: a shell lets its background jobs ignore the first."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _interrupt(*_: object) -> None:
    """Stop once; a second Ctrl-C does not disturb the closing."""
    _on_signals(signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of the demo's files, so that two demos do not write into one database."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(f"The demo is running already (its files are in {path.parent}).") from error
        yield


def _forget(directory: Path) -> None:
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name.startswith("helpdesk.sqlite3"):
            path.unlink()


@contextmanager
def _post_office(directory: Path) -> Iterator[PostOffice]:
    arguments = (directory, people.DOMAIN, people.everybody(), _fetch_soon)
    try:
        office = PostOffice(*arguments, imap_port=IMAP_PORT, smtp_port=SMTP_PORT).start()
    except OSError:
        office = PostOffice(*arguments).start()
    with postoffice.opened(office):
        yield office


def _fetch_soon() -> None:
    """Mail is there: do not wait for the next poll. Called in a thread of the mail server."""
    try:
        for mailbox_id in Mailbox.objects.filter(imap_username=HELPDESK, is_active=True).values_list("pk", flat=True):
            app.send_task("mailboxes.tasks.fetch_mailbox", args=[mailbox_id])
    finally:
        connection.close()


def _portal(sample: bool) -> list[str]:
    if not sample:
        return []
    return [
        f"  Customers sign in to the portal by a mailed link, {people.VISITOR} for one: it arrives in /demo/mail/.",
        "",
    ]


def _welcome(port: int, office: PostOffice, sample: bool) -> str:
    staff = people.STAFF if sample else (people.ADMINISTRATOR,)
    reader = f"{people.VISITOR} or another person" if sample else CATCH_ALL
    rows = [f"    {person.email:<28} {PASSWORD:<10} {person.role.label}" for person in staff]
    return "\n".join(
        [
            "",
            f"  The helpdesk runs at        http://localhost:{port}/",
            f"  Write to it as a customer   http://localhost:{port}/demo/mail/",
            f"  The customers' portal       http://localhost:{port}/portal/",
            "",
            "  Sign in with                 password",
            *rows,
            "",
            *_portal(sample),
            f"  An ordinary mail program works too, without encryption: IMAP 127.0.0.1:{office.imap_port},",
            f"  SMTP 127.0.0.1:{office.smtp_port}; user {reader}, password {PASSWORD}.",
            f"  Mail to all other addresses is in the mailbox of {CATCH_ALL}. Nothing leaves this computer.",
            "",
            "  Ctrl-C stops it; what you do is kept for the next start (make demo ARGS=--reset forgets it).",
            "",
        ]
    )
