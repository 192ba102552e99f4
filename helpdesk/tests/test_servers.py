"""The servers that tests talk to start, answer, and leave nothing behind; what is missing is named."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import redis

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.servers import chromium, fixtures
from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.mailbox import mail
from helpdesk.tests.servers.postgresql import PostgreSQL
from helpdesk.tests.servers.processes import Server
from helpdesk.tests.servers.redis import Redis
from mailboxes.connections.account import LoginRefused
from mailboxes.fetching.imap_session import Session
from mailboxes.sending.smtp import Sender

ROOT = Path(__file__).parents[2]
US, CARLA = "support@helpdesk.example", "carla@acme.example"


def test_the_demo_server_stops_without_a_trace_and_starts_again_on_its_ports() -> None:
    before = set(threading.enumerate())
    server = MailServer({"support": "sesame"}, {US: "support"})

    with server:
        ports = server.imap_port, server.smtp_port
        with Session(server.imap_account("support")), Sender(server.smtp_account("support")):
            server.stop()
    assert set(threading.enumerate()) <= before

    with server:
        assert (server.imap_port, server.smtp_port) == ports
        assert server.messages("support") == []
        with Session(server.imap_account("support")) as session:
            assert session.select("INBOX", readonly=True).exists == 0


def test_a_taken_port_is_reported_and_leaves_nothing_running(mail_server: MailServer) -> None:
    before = set(threading.enumerate())

    with pytest.raises(OSError, match="in use"):
        MailServer({}, imap_port=mail_server.imap_port).start()

    assert set(threading.enumerate()) <= before


def test_uidvalidity_changes_when_the_mail_of_the_last_start_is_gone() -> None:
    server = MailServer({"support": "sesame"})
    seen = set()

    for _start in range(2):
        with server, Session(server.imap_account("support")) as session:
            seen.add(session.select("INBOX", readonly=True).uidvalidity)

    assert len(seen) == 2


def test_accounts_and_addresses_can_be_added_while_it_runs(mail_server: MailServer) -> None:
    mail_server.host("sales@helpdesk.example", "sales", "open")

    with Sender(mail_server.smtp_account()) as sender:
        sender.send(CARLA, ["Sales+spring@Helpdesk.example"], mail("Hello"))

    assert len(mail_server.messages("sales")) == 1
    with Session(mail_server.imap_account("sales")) as session:
        assert session.select("INBOX", readonly=True).exists == 1


def test_strangers_cannot_read_or_send_with_a_wrong_password(mail_server: MailServer) -> None:
    imap, smtp = mail_server.imap_account("support"), mail_server.smtp_account("support")

    for account in (replace(imap, password="guess"), replace(imap, username="mallory"), replace(imap, password="")):
        with pytest.raises(LoginRefused), Session(account):
            pass
    for account in (replace(smtp, password="guess"), replace(smtp, username="mallory")):
        with pytest.raises(LoginRefused), Sender(account):
            pass


def test_a_refusal_can_be_shown(mail_server: MailServer) -> None:
    mail_server.refused[CARLA] = "550 5.1.1 No such user"

    with Sender(mail_server.smtp_account()) as sender:
        refusals = sender.send(US, [CARLA, "erik@acme.example"], mail("Hello"))

    assert list(refusals) == [CARLA]
    assert len(mail_server.messages(mail_server.catch_all)) == 1


@pytest.mark.servers
def test_postgresql_is_ours_alone(postgres: PostgreSQL) -> None:
    with psycopg.connect(postgres.url()) as connection:
        (tables,) = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() or (
            None,
        )
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        connection.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
        connection.rollback()

    assert tables == 0


@pytest.mark.servers
def test_redis_is_ours_alone(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


@pytest.mark.browser
def test_the_browser_runs(chromium_path: str) -> None:
    told = subprocess.run([chromium_path, "--version"], capture_output=True, check=True, text=True)

    assert "Chrom" in told.stdout


@pytest.mark.servers
@pytest.mark.parametrize("kind", [Dovecot, PostgreSQL, Redis])
def test_a_server_leaves_no_file_and_no_process(kind: type[Server]) -> None:
    fixtures.need(kind.missing())

    with kind() as server:
        folder, process = server.folder, server.process
        assert folder.exists()

    assert not folder.exists()
    assert process
    assert process.poll() is not None


@pytest.mark.servers
def test_a_command_can_be_run_with_servers_around_it() -> None:
    fixtures.need(PostgreSQL.missing() or Redis.missing())
    told = "import os; print(os.environ['DATABASE_URL'], os.environ['CELERY_BROKER_URL']); raise SystemExit(3)"
    command = [sys.executable, "-m", "helpdesk.tests.servers", "postgresql", "redis", "--", sys.executable, "-c", told]

    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False, text=True)

    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("postgres://helpdesk@127.0.0.1:")
    assert " redis://127.0.0.1:" in done.stdout


@pytest.mark.parametrize(
    ("missing", "package"),
    [(Redis.missing, "redis-server"), (chromium.missing, "chromium")],
)
def test_a_missing_server_skips_here_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, missing: Callable[[], str], package: str
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert f"(package {package})" in missing()

    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="install-servers"):
        fixtures.need(missing())
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="install-servers"):
        fixtures.need(missing())


def test_the_summary_names_what_is_missing_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    reporter = type("Reporter", (), {"write_line": lambda self, line, **markup: lines.append(line)})()

    monkeypatch.setattr(fixtures, "MISSING", (lambda: "", lambda: "Redis is not installed (package redis-server)."))
    fixtures.pytest_terminal_summary(reporter)
    monkeypatch.setattr(fixtures, "MISSING", (lambda: "",))
    fixtures.pytest_terminal_summary(reporter)

    assert lines == ["Some tests did not run. Redis is not installed (package redis-server). Run .ci/install-servers."]


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_the_installer_names_what_is_missing_where_it_cannot_install(tmp_path: Path, ci: str, code: int) -> None:
    for program in ("bash", "grep", "sort", "fc-list"):
        for folder in ("/usr/bin", "/bin"):
            if (Path(folder) / program).exists() and not (tmp_path / program).exists():
                (tmp_path / program).symlink_to(Path(folder) / program)
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)

    done = subprocess.run(
        ["/bin/bash", ROOT / ".ci/install-servers"],
        env={"PATH": str(tmp_path), "CI": ci, "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == code
    assert "redis-server" in done.stderr
    assert "chromium" in done.stderr
