"""A whole installation on PostgreSQL whose processes can be killed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

SET_UP = """
from mailboxes.models import Mailbox
from tickets.models import Queue
queue = Queue.objects.create(name="Support", is_default=True)
mailbox = Mailbox(name="Support", imap_host="127.0.0.1", imap_port={port}, imap_security="plain",
    imap_username="{user}", imap_password="sesame", after_fetch="{action}", move_to="Done")
mailbox.save_with_address("support@helpdesk.example", queue)
"""


class House:
    """`manage.py` with a database and a data directory of its own."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "SECRET_KEY": "a secret of this test",
            "WORK_LEASE_SECONDS": "2",
            "LOG_LEVEL": "WARNING",
        }
        self.run("migrate", "--verbosity", "0")

    def run(self, *arguments: str) -> str:
        done = subprocess.run(self.command(*arguments), env=self.environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
        return done.stdout.decode()

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command(*arguments), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def command(self, *arguments: str) -> Sequence[str]:
        return [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]

    def kill_after(self, seconds: float, *arguments: str) -> bool:
        """Run a command, and kill it so long after it said its first word. False if it ended before."""
        process = self.start(*arguments)
        assert process.stdout
        process.stdout.readline()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
        finally:
            process.stdout.close()
        return False

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows of the database, asked behind the helpdesk's back."""
        with psycopg.connect(re.sub("^postgres:", "postgresql:", self.database_url)) as connection:
            return connection.execute(question.encode()).fetchall()
