"""Is what docs/operations.md says of an installation true?"""

import os
import re
import shlex
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.test import Client

from helpdesk.celery import app
from helpdesk.demo import environment
from helpdesk.tests.tokens import without_tokens

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z0-9_]+)"', (ROOT / "helpdesk/settings.py").read_text()))
QUEUES = ("fetching", "processing", "sending", "portal")
DOCUMENTED = (ROOT / "docs/operations.md").read_text()
STARTED = """
import gc, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "helpdesk.settings"
import django
django.setup()
from celery.signals import worker_init
print("helpdesk.urls" in sys.modules)
worker_init.send(sender=None)
print("helpdesk.urls" in sys.modules, gc.get_freeze_count() > 0)
"""


def test_every_setting_is_documented_and_nothing_else() -> None:
    rows = re.findall(r"^\| (`[A-Z].*?) \|", DOCUMENTED, re.MULTILINE)
    assert set(re.findall(r"`([A-Z0-9_]+)`", " ".join(rows))) == SETTINGS


def test_the_example_names_settings_that_exist() -> None:
    names = re.findall(r"^(?:# )?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert names
    assert set(names) <= SETTINGS


def test_the_units_start_what_the_documentation_names() -> None:
    units = {path.stem: path.read_text() for path in (ROOT / "docs/systemd").glob("*.service")}
    workers = {"helpdesk-fetching", "helpdesk-processing", "helpdesk-sending"}
    assert set(units) == {"helpdesk-web", "helpdesk-beat", "helpdesk-listen", *workers}
    assert all(unit in DOCUMENTED for unit in units)
    assert "gunicorn helpdesk.wsgi" in units["helpdesk-web"]
    assert all("celery -A helpdesk worker -Q" in units[worker] for worker in workers)
    assert "celery -A helpdesk beat" in units["helpdesk-beat"]
    assert "manage.py listen" in units["helpdesk-listen"]
    (upgrade,) = re.findall(r"^systemctl restart (.*)$", DOCUMENTED, re.MULTILINE)
    assert set(upgrade.split()) == set(units)


def test_a_worker_takes_every_queue_and_what_waits_for_servers_has_its_own() -> None:
    assert {(name, queue.routing_key) for name, queue in app.amqp.queues.items()} == {(name, name) for name in QUEUES}

    def queue_of(task: str) -> str:
        return str(app.amqp.router.route({}, task)["queue"].name)

    assert {queue_of(f"mailboxes.tasks.{task}") for task in ("fetch_due", "fetch_mailbox")} == {"fetching"}
    assert {queue_of(f"mailboxes.tasks.{task}") for task in ("send_due", "send_mail")} == {"sending"}
    assert {queue_of(f"mailboxes.tasks.{task}") for task in ("process_due", "watch")} == {"processing"}
    assert queue_of("recipients.tasks.send_sign_in_link") == "portal"


def test_a_worker_has_loaded_every_page_before_its_processes_part() -> None:
    """A process of its own: in this one pages are loaded, and its garbage collection stays as it is."""
    said = subprocess.run([sys.executable, "-c", STARTED], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "True", "True"]


@pytest.mark.parametrize("path", ["docs/systemd", "compose.yaml", "docs/operations.md"])
def test_each_queue_is_taken_by_one_worker_and_sending_by_one_alone(path: str) -> None:
    files = sorted((ROOT / path).glob("*.service")) or [ROOT / path]
    taken = re.findall(r"helpdesk worker -Q ([a-z,]+)", "".join(file.read_text() for file in files))
    assert sorted(taken) == ["fetching", "processing,portal", "sending"]


def test_sqlite_is_copied_whole_while_it_is_written_to(tmp_path: Path) -> None:
    """Each transaction moves one from the first account to the second: in no copy is one missing or doubled."""
    (command,) = re.findall(r"^\.venv/bin/python (-c .*VACUUM INTO.*)$", DOCUMENTED, re.MULTILINE)
    given = [each.replace("var/", f"{tmp_path}/") for each in shlex.split(command)]
    database = sqlite3.connect(tmp_path / "helpdesk.sqlite3", check_same_thread=False, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE account (name TEXT PRIMARY KEY, amount INTEGER)")
    database.execute("INSERT INTO account VALUES ('first', 0), ('second', 0)")
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            database.execute("BEGIN IMMEDIATE")
            database.execute("UPDATE account SET amount = amount - 1 WHERE name = 'first'")
            database.execute("UPDATE account SET amount = amount + 1 WHERE name = 'second'")
            database.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            copy = tmp_path / f"copy-{number}.sqlite3"
            subprocess.run([sys.executable, *given[:-1], copy], check=True)
            restored = sqlite3.connect(copy)
            assert restored.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            first, second = (amount for (amount,) in restored.execute("SELECT amount FROM account ORDER BY name"))
            assert first + second == 0
            assert second > 0
    finally:
        ended.set()
        writer.join()


def settings_with(show: str = "SECRET_KEY", **given: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own, with this environment; it prints the one to `show`."""
    command = f"from helpdesk import settings; print(settings.{show})"
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, env={**kept, **given}, capture_output=True, text=True, check=False
    )


def test_the_demo_is_refused_under_a_public_address(tmp_path: Path) -> None:
    result = settings_with(DEMO="1", SITE_URL="https://helpdesk.example", DATA_DIR=str(tmp_path))
    assert result.returncode != 0
    assert "cannot be used with an https SITE_URL" in result.stderr


@pytest.mark.django_db
def test_the_demo_mail_client_exists_in_the_demo_alone(client: Client) -> None:
    assert client.get("/demo/mail/").status_code == 404
    assert "demo" not in without_tokens(client.get("/accounts/login/").content.decode()).lower()


def test_the_demo_leaves_a_real_installation_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = {
        "DATABASE_URL": "postgres:///helpdesk",
        "CELERY_BROKER_URL": "redis://localhost/0",
        "S3_BUCKET": "mails",
        "EMAIL_URL": "smtp://mail.helpdesk.example",
        "HOSTED_DOMAINS": "helpdesk.example",
        "SECRET_KEY": "real",
        "DATA_DIR": "/var/lib/helpdesk",
        "SITE_URL": "https://helpdesk.example",
        "DEMO_DIR": str(tmp_path),
    }
    for name in SETTINGS:
        monkeypatch.setenv(name, real.get(name, ""))
    monkeypatch.setenv("DEMO_DIR", str(tmp_path))
    environment.enter(["--port", "8123", "--reset"])
    assert os.environ["DATABASE_URL"] == f"sqlite:///{tmp_path}/helpdesk.sqlite3"
    assert os.environ["CELERY_BROKER_URL"].startswith("memory://")
    assert os.environ["SITE_URL"] == "http://localhost:8123"
    assert os.environ["DATA_DIR"] == str(tmp_path)
    assert [name for name in ("S3_BUCKET", "EMAIL_URL", "HOSTED_DOMAINS", "SECRET_KEY") if os.environ[name]] == []


def test_the_address_of_the_database_may_ask_for_an_encrypted_connection(tmp_path: Path) -> None:
    url = "postgres://helpdesk@db.example/helpdesk?sslmode=require"
    result = settings_with("DATABASES['default']['OPTIONS']", DATABASE_URL=url, DATA_DIR=str(tmp_path))
    assert "'sslmode': 'require'" in result.stdout


def test_a_mail_server_that_is_left_empty_is_none(tmp_path: Path) -> None:
    result = settings_with(EMAIL_URL="", DATA_DIR=str(tmp_path))
    assert result.returncode == 0, result.stderr


def test_the_demo_command_refuses_to_run_in_a_real_installation() -> None:
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError, match="an environment of its own"):
        call_command("demo")


def test_processes_that_start_for_the_first_time_at_once_agree_on_the_secret_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch(mode=0o600)  # one that was stopped before it wrote
    with ThreadPoolExecutor(4) as starts:
        read = list(starts.map(lambda _: settings_with(SECRET_KEY="", DATA_DIR=str(tmp_path)).stdout.strip(), range(4)))

    assert set(read) == {(tmp_path / "secret_key").read_text()}
    assert len(read[0]) > 50
