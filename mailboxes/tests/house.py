"""A whole installation on PostgreSQL whose processes can be killed."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import psycopg
from django.conf import settings

from mailboxes.tests import forks, run_script

SET_UP = """
from mailboxes.models import Mailbox, save_with_address
from tickets.models import Queue
queue = Queue.objects.create(name="Support", is_default=True)
mailbox = Mailbox(name="Support", imap_host="127.0.0.1", imap_port={port}, imap_security="plain",
    imap_username="{user}", imap_password="sesame", after_fetch="{action}", move_to="Done")
save_with_address(mailbox, "support@helpdesk.example", queue)
"""


class House:
    """`manage.py` with a database and a data directory of its own."""

    def __init__(self, database_url: str, folder: Path, *, lease_seconds: int = 120) -> None:
        self.database_url = database_url
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "SECRET_KEY": "a secret of this test",
            "WORK_LEASE_SECONDS": str(lease_seconds),
            "LOG_LEVEL": "WARNING",
        }
        self._forks: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._forks:
            self._forks.communicate()

    def run(self, *arguments: str) -> str:
        """What a command of `manage.py` says; it must succeed."""
        return self._said(self.command(*arguments))

    def script(self, module: str, *arguments: str) -> str:
        """What a module that is a script says, in a process that has Django set up; it must succeed."""
        return self._said([sys.executable, "-m", run_script.__name__, module, *arguments])

    def _said(self, command: Sequence[str]) -> str:
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=self.environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
        return done.stdout.decode()

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command(*arguments), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def command(self, *arguments: str) -> Sequence[str]:
        return [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]

    def fork(self, *arguments: str) -> None:
        """Run a command to its end, in a process that has Django loaded."""
        self._fork(arguments)
        code, said = self._ended()
        assert code == 0, said

    def kill_after(self, seconds: float, *arguments: str) -> bool:
        """Run a command, and kill it so long after it said its first word. False if it ended before."""
        process = self._fork(arguments)
        first = self._line()
        timer = threading.Timer(seconds, _kill, [process])
        timer.start()
        code, said = self._ended(first)
        timer.cancel()
        assert code in (0, -signal.SIGKILL), said
        return code != 0

    def _fork(self, arguments: Sequence[str]) -> int:
        """The id of the process."""
        if not self._forks:
            command = [sys.executable, "-u", "-m", forks.__name__]
            pipe = subprocess.PIPE
            self._forks = subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=self.environment, stdin=pipe, stdout=pipe, text=True
            )
        assert self._forks.stdin
        print(shlex.join(arguments), file=self._forks.stdin, flush=True)
        word, process = self._line().split()
        assert word == forks.STARTED
        return int(process)

    def _ended(self, line: str = "") -> tuple[int, str]:
        """The exit code, and what was said until then, beginning with `line`."""
        said = ""
        while not line.startswith(forks.ENDED):
            said += line
            line = self._line()
        return int(line.split()[1]), said

    def _line(self) -> str:
        """The next line that is not empty."""
        assert self._forks
        assert self._forks.stdout
        while not (line := self._forks.stdout.readline()).strip():
            assert line, "The process that forks has ended."
        return line

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows of the database, asked behind the helpdesk's back."""
        with psycopg.connect(re.sub("^postgres:", "postgresql:", self.database_url)) as connection:
            return connection.execute(question.encode()).fetchall()


def _kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
