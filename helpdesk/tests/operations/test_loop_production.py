"""Does the main job work as docs/operations.md sets it up? Each server and each process is the real one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from helpdesk.tests import loop
from helpdesk.tests.browser.visitor import Page, Visitor
from helpdesk.tests.database.template import shared_folder
from helpdesk.tests.loop import Stage, wait_for
from helpdesk.tests.servers import dovecot, submission
from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.fixtures import need
from helpdesk.tests.servers.postgresql import PostgreSQL, prepared
from helpdesk.tests.servers.processes import free_port
from helpdesk.tests.servers.redis import Redis
from helpdesk.tests.servers.submission import Received, Submission

pytestmark = [pytest.mark.slow, pytest.mark.servers, pytest.mark.xdist_group("production")]

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
SUPPORT = "support@helpdesk.example"
SUE = ("sue@helpdesk.example", "correct horse battery")


class House:
    """The processes of an installation, with the environment they share."""

    def __init__(self, folder: Path, database: str, broker: str, port: int) -> None:
        self.folder, self.site, self.port = folder, f"http://localhost:{port}", port
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "DATA_DIR": str(folder),
            "STATIC_ROOT": str(folder / "static"),
            "SITE_URL": self.site,
            "SECRET_KEY": "only-for-this-test",
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker,
            "BEAT_SECONDS": "1",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SUPERUSER_PASSWORD": SUE[1],
        }

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def install(self) -> None:
        """As the documentation says. `migrate` finds its tables there: it has made them for all tests already."""
        self.manage("migrate", "-v", "0")
        self.manage("collectstatic", "--noinput", "-v", "0")
        self.manage("createsuperuser", "--noinput", "--email", SUE[0])

    @contextmanager
    def running(self) -> Iterator[None]:
        gunicorn = ["gunicorn", "helpdesk.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--threads", "2"]
        worker = ["celery", "-A", "helpdesk", "worker", "-Q"]
        workers = [[*worker, queues, "-n", f"{queues}@%h"] for queues in ("fetching", "processing,portal", "sending")]
        with ExitStack() as processes:
            for command in (gunicorn, *workers, ["celery", "-A", "helpdesk", "beat"]):
                processes.enter_context(self._process(command))
            yield

    @contextmanager
    def _process(self, command: list[str]) -> Iterator[None]:
        log = self.folder / f"{'-'.join(command[:1] + command[3:6:2])}.log"
        with log.open("ab") as file:
            process = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]], cwd=ROOT, env=self.environment, stdout=file, stderr=file
            )
        try:
            yield
            assert process.poll() is None, log.read_text()
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def mail_servers() -> Iterator[tuple[Dovecot, Submission]]:
    """Dovecot, and an SMTP server that delivers into it: mail for the helpdesk to `support`, else by address."""
    need(Dovecot.missing())
    with Dovecot() as imap:

        def keep(mail: Received) -> None:
            for recipient in mail.recipients:
                ours = recipient.partition("@")[2] == SUPPORT.partition("@")[2] and recipient.startswith("support")
                imap.deliver("support" if ours else recipient, mail.content)

        with Submission(then=keep) as smtp:
            yield imap, smtp


def set_up(sue: Visitor, imap: Dovecot, smtp: Submission) -> None:
    """What the first administrator does in the browser: a mailbox for the queue that is there."""
    form = sue.get("/settings/mailboxes/new/")
    queue = next(node.attributes["value"] for node in form.tree.css("#id_queue option") if node.text() == "Support")
    mailbox = {
        "address": SUPPORT,
        "name": "Support",
        "queue": str(queue),
        "imap_host": "127.0.0.1",
        "imap_port": str(imap.port),
        "imap_security": "plain",
        "imap_username": "support",
        "imap_password": dovecot.PASSWORD,
        "poll_seconds": "5",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(smtp.port),
        "smtp_security": "plain",
    }
    assert dovecot.PASSWORD == submission.PASSWORD, "the form is told to use one login for both"
    saved(sue.submit(form, "main form.form", **mailbox))


def saved(page: Page) -> None:
    assert page.status == 200, page.text
    assert "/new/" not in page.url, page.text


def test_the_loop_on_dovecot_postgresql_redis_with_processes_of_their_own(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    need(PostgreSQL.missing())
    need(Redis.missing())
    like = prepared(shared_folder(tmp_path_factory))
    with PostgreSQL(like) as database, Redis() as broker, mail_servers() as (imap, smtp):
        house = House(tmp_path, database.migrated_database("house"), broker.url, free_port())
        house.install()
        with house.running():
            sue = Visitor(house.site)
            wait_for(lambda: answers(sue), "gunicorn")
            sue.sign_in(*SUE)
            set_up(sue, imap, smtp)

            def send(message: EmailMessage) -> None:
                imap.deliver("support", message.as_bytes())

            loop.play(Stage(house.site, SUE, SUPPORT, send, lambda address: imap.messages(address)))
            wait_for(lambda: sue.get("/readyz").status == 200, "a helpdesk that calls itself ready")
            assert b"helpdesk_mails_received_day" in sue.get("/metrics").body
            assert sue.get("/demo/mail/").status == 404


def answers(visitor: Visitor) -> bool:
    try:
        return visitor.get("/healthz").status == 200
    except OSError:
        return False
