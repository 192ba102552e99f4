"""Demos, each started as a visitor starts it, in a process of its own."""

import os
import re
import shutil
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from imapclient import IMAPClient

from helpdesk.demo.postoffice import PASSWORD
from helpdesk.tests.database import template
from helpdesk.tests.servers.processes import free_port

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Demo:
    process: subprocess.Popen[str]
    site: str
    welcome: str
    imap_port: int
    smtp_port: int

    def send(self, message: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=60) as client:
            client.send_message(message)

    def received(self, address: str) -> list[bytes]:
        """What a mail program finds in the mailbox of that person."""
        with IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=60) as client:
            client.login(address, PASSWORD)
            client.select_folder("INBOX", readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            # Its number alone comes with new flags, for one that has just arrived: that one is for the next look.
            return [message[b"BODY[]"] for message in found.values() if b"BODY[]" in message]

    def stop(self, how: int = signal.SIGINT) -> str:
        """What it prints until it has ended; it must end by itself and be content."""
        self.process.send_signal(how)
        rest, _ = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, rest
        return rest


@contextmanager
def running(directory: Path, *options: str) -> Iterator[Demo]:
    port = free_port()
    command = [sys.executable, "-u", "manage.py", "demo", "--port", str(port), *options]
    environment = {**os.environ, "DEMO_DIR": str(directory), "LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout
        welcome = ""
        for line in process.stdout:
            welcome += line
            if "Ctrl-C" in line:
                break
        ports = re.search(r"IMAP 127\.0\.0\.1:(\d+),\s+SMTP 127\.0\.0\.1:(\d+)", welcome)
        assert ports, welcome
        yield Demo(process, f"http://localhost:{port}", welcome, int(ports[1]), int(ports[2]))
    finally:
        process.kill()
        process.communicate()


def copy_of_tables(folder: Path, factory: pytest.TempPathFactory) -> Path:
    """`folder`, as that of a demo that has its tables, which take seconds to make, and nothing in them.

    That a demo makes them is tried where one begins anew.
    """
    shutil.copy(template.sqlite_template(template.shared_folder(factory)), folder / "helpdesk.sqlite3")
    return folder


@pytest.fixture(scope="package")
def sample_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo with the sample people and mails, which ends content."""
    with running(copy_of_tables(tmp_path_factory.mktemp("sample"), tmp_path_factory)) as demo:
        yield demo
        assert "Traceback" not in demo.stop()


@pytest.fixture(scope="package")
def empty_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo without sample people, which ends content."""
    folder = copy_of_tables(tmp_path_factory.mktemp("empty"), tmp_path_factory)
    with running(folder, "--no-sample") as demo:
        yield demo
        demo.stop()
