"""A whole installation on PostgreSQL whose processes can be killed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from django.conf import settings

from helpdesk.tests.servers.postgresql import PostgreSQL
from mailboxes.tests import forks

SET_UP = """
from mailboxes.models import Mailbox, save_with_address
from tickets.models import Queue
queue = Queue.objects.create(name="Support", is_default=True)
mailbox = Mailbox(name="Support", imap_host="127.0.0.1", imap_port={port}, imap_security="plain",
    imap_username="{user}", imap_password="sesame", after_fetch="{action}", move_to="Done")
save_with_address(mailbox, "support@helpdesk.example", queue)
"""
CHEAP = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class House:
    """The helpdesk with a database and a data directory of its own; Django is loaded once for all that it runs."""

    def __init__(self, server: PostgreSQL, folder: Path) -> None:
        self.server, self.folder, self._numbers = server, folder, count(1)
        self.database_url = server.url("house")
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            "DATABASE_URL": self.database_url,
            "DATA_DIR": str(folder / "data"),
            "SECRET_KEY": "a secret of this test",
            "STATIC_FROM_SOURCE": "true",
            "LOG_LEVEL": "WARNING",
        }

    def __enter__(self) -> Self:
        command = [sys.executable, "-u", "-m", forks.__name__]
        pipe = subprocess.PIPE
        self._forks = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=self.environment, stdin=pipe, stdout=pipe, text=True
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self._forks.communicate()

    def empty(self) -> None:
        """Nothing of an earlier test is in it any more."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        (self.folder / "data").mkdir()
        self.server.drop_database("house")
        self.server.migrated_database("house")

    def run(self, *arguments: str, **how: Any) -> str:
        """What a command of `manage.py` says; it must succeed."""
        return self.start(*arguments, **how).said()

    def script(self, module: str, *arguments: str, **how: Any) -> str:
        """What a module that is a script says; it must succeed."""
        return self.start(*arguments, module=module, **how).said()

    def start(
        self,
        *arguments: str,
        module: str = "",
        environment: Mapping[str, str] | None = None,
        changed: Mapping[str, Any] | None = None,
        end: tuple[int, float] | None = None,
    ) -> "Process":
        """A process with variables of its environment and settings of Django of its own.

        `end` kills it so many seconds after it begins a statement of that number.
        """
        words = self.folder / f"said{next(self._numbers)}"
        process = self.ask_forks(
            arguments=arguments,
            module=module,
            said=str(words),
            environment=environment or {},
            changed={"PASSWORD_HASHERS": CHEAP, **(changed or {})},
            end=end,
        )
        assert process
        return Process(self, process, words)

    def ask_forks(self, **question: object) -> int | None:
        """What the process answers that has Django loaded."""
        assert self._forks.stdin
        assert self._forks.stdout
        print(json.dumps(question), file=self._forks.stdin, flush=True)
        answer: int | None = json.loads(self._forks.stdout.readline())
        return answer

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Rows of the database, asked behind the helpdesk's back."""
        with psycopg.connect(re.sub("^postgres:", "postgresql:", self.database_url)) as connection:
            return connection.execute(question.encode()).fetchall()


@dataclass(frozen=True)
class Process:
    """One of a house."""

    house: House
    id: int
    words: Path

    def is_running(self) -> bool:
        """To be asked until it is not."""
        return self.house.ask_forks(process=self.id, until_it_ends=False) is None

    def end(self) -> tuple[int | None, str]:
        """Its exit code, negative for a signal, and what it has said."""
        return self.house.ask_forks(process=self.id, until_it_ends=True), self.words.read_text(errors="replace")

    def said(self) -> str:
        """What it says to its end, which is a good one."""
        code, words = self.end()
        assert code == 0, words
        return words


@pytest.fixture(scope="session")
def one_house(postgres: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(postgres, tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def house(one_house: House) -> House:
    """An empty installation on PostgreSQL."""
    one_house.empty()
    return one_house
