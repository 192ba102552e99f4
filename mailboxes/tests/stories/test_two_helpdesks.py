"""Do two installations of this product that write to each other stop by themselves?"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.database import template
from mailboxes.tests.mails import mail
from mailboxes.tests.stories import helpdesk_process

pytestmark = pytest.mark.any_database

NORTH, SOUTH = "support@north.example", "support@south.example"
MOST = 3


class Helpdesk:
    """A process with a database and keys of its own."""

    def __init__(self, name: str, folder: Path, server: MailServer, template_file: Path, admin: str = "") -> None:
        file = folder / f"{name}.sqlite3"
        shutil.copy(template_file, file)
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            "DATABASE_URL": f"sqlite:///{file}",
            "DATA_DIR": str(folder / name),
            "SECRET_KEY": f"the secret of {name}",
            "SITE_URL": f"http://{name}.example",
            "LOG_LEVEL": "WARNING",
        }
        ports = [str(server.imap_account(name).port), str(server.smtp_account().port)]
        command = [sys.executable, "-m", helpdesk_process.__name__, name, *ports, admin]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)

    def work(self) -> tuple[int, int]:
        """Fetch and send once: how many mails have left until now, and how many tickets there are."""
        assert self.process.stdin
        assert self.process.stdout
        print("work", file=self.process.stdin, flush=True)
        sent, tickets = self.process.stdout.readline().split()
        return int(sent), int(tickets)

    def end(self) -> None:
        self.process.communicate()


@pytest.fixture
def both_servers() -> Iterator[MailServer]:
    users = {"north": "sesame", "south": "sesame"}
    with MailServer(users, {NORTH: "north", SOUTH: "south"}) as server:
        yield server


def test_two_helpdesks_that_write_to_each_other_stop_within_three_mails(
    both_servers: MailServer, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each is the admin address of the other, so that notices go there; an absence and a forged sender begin it."""
    file = template.sqlite_template(template.shared_folder(tmp_path_factory))
    north = Helpdesk("north", tmp_path, both_servers, file, SOUTH)
    south = Helpdesk("south", tmp_path, both_servers, file, NORTH)
    try:
        both_servers.deliver("north", mail(From="nora@bank.example", to=NORTH, subject="Printer"))  # a notice to South
        both_servers.deliver("north", mail(From=SOUTH, to=NORTH, subject="Scanner"))  # forged: a confirmation
        both_servers.deliver("south", mail(From=NORTH, to=SOUTH, subject="Out of office: Printer"))
        counts = [(north.work(), south.work()) for _round in range(4)]
    finally:
        north.end()
        south.end()
    (by_north, opened_by_north), (by_south, opened_by_south) = counts[-1]
    to_nora = len(both_servers.messages(both_servers.catch_all))
    assert to_nora == 1
    assert 0 < by_north + by_south - to_nora <= MOST
    assert counts[-1] == counts[1]  # nothing has left since, and nothing was opened
    assert (opened_by_north, opened_by_south) == (2, 1)
