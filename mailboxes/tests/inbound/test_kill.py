"""`kill -9` of workers, and several workers at once: every mail is in the ledger once and is one ticket or comment."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.fixtures import need
from helpdesk.tests.servers.postgresql import PostgreSQL
from mailboxes.tests.house import SET_UP, House
from mailboxes.tests.mails import mail

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.xdist_group("kill")]
CONVERSATIONS = 50
KILLS = 7
_names = (f"killed_{number}" for number in count(1))


@pytest.fixture(scope="module")
def durable_postgres() -> Iterator[PostgreSQL]:
    """A PostgreSQL that is as careful as in production."""
    need(PostgreSQL.missing())
    with PostgreSQL(durable=True) as server:
        yield server


@pytest.fixture
def house(durable_postgres: PostgreSQL, tmp_path: Path) -> House:
    return House(durable_postgres.migrated_database(next(_names)), tmp_path)


@pytest.fixture
def house_of_killed(durable_postgres: PostgreSQL, tmp_path: Path) -> Iterator[House]:
    """One in which nobody waits long for what a killed worker was doing."""
    with House(durable_postgres.migrated_database(next(_names)), tmp_path, lease_seconds=2) as house:
        yield house


def conversations() -> list[bytes]:
    """150 mails: each conversation is a question and, later on, two answers to it."""
    questions = [
        mail(subject=f"Case {number}", message_id=f"<q{number}@acme.example>") for number in range(CONVERSATIONS)
    ]
    answers = [
        mail(
            f"Answer {turn}",
            subject=f"Re: Case {number}",
            message_id=f"<a{turn}-{number}@acme.example>",
            in_reply_to=f"<q{number}@acme.example>",
        )
        for turn in (1, 2)
        for number in range(CONVERSATIONS)
    ]
    return questions + answers


@pytest.mark.parametrize("action", ["mark_seen", "move", "delete"])
def test_killed_at_random_points_each_mail_still_comes_in_once(
    house_of_killed: House, dovecot: Dovecot, action: str
) -> None:
    # L12, L13, S13
    house, user = house_of_killed, next(_names)
    dovecot.create_folder(user, "Done")
    mails = conversations()
    dovecot.deliver(user, *mails)
    house.run("shell", "-c", SET_UP.format(port=dovecot.port, user=user, action=action))

    dice, kills = random.Random(f"{action} 1"), 0
    for _round in range(KILLS):
        kills += house.kill_after(dice.uniform(0.1, 1.5), "fetch")
    assert kills
    for _round in range(20):
        house.fork("fetch")
        if done(house) == len(mails):
            break
        time.sleep(1)  # the lease of the last one that was killed

    assert house.ask("SELECT count(*), count(DISTINCT uid) FROM mailboxes_inboundemail") == [(150, 150)]
    outcomes = Counter(dict(house.ask("SELECT outcome, count(*) FROM mailboxes_inboundemail GROUP BY outcome")))
    assert outcomes == {"ticket": 50, "comment": 100}
    assert house.ask("SELECT count(*) FROM tickets_ticket") == [(50,)]
    assert house.ask("SELECT count(*), count(DISTINCT message_id) FROM tickets_comment") == [(150, 150)]
    assert house.ask("SELECT min(n), max(n) FROM (SELECT count(*) n FROM tickets_comment GROUP BY ticket_id) x") == [
        (3, 3)
    ]
    twice = "SELECT ticket_id FROM tickets_outbox WHERE kind = 'request_received' GROUP BY 1 HAVING count(*) > 1"
    assert house.ask(twice) == []
    assert (
        server_state(dovecot, user)
        == {
            "mark_seen": (150, 150, 0),
            "move": (0, 0, 150),
            "delete": (0, 0, 0),
        }[action]
    )


def done(house: House) -> int:
    """Mails that need nothing more, neither here nor on the server."""
    processed = "processed_at IS NOT NULL AND server_action <> 'pending'"
    return int(house.ask(f"SELECT count(*) FROM mailboxes_inboundemail WHERE {processed}")[0][0])


def server_state(dovecot: Dovecot, user: str) -> tuple[int, int, int]:
    """Messages in the inbox, those of them that are marked as read, and different messages in the folder “Done”."""
    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        everything, seen = len(client.search()), len(client.search("SEEN"))
    return everything, seen, len(set(dovecot.messages(user, "Done")))


def test_several_workers_with_the_same_mails_make_one_ticket_of_each(house: House, tmp_path: Path) -> None:
    # L12
    house.run("shell", "-c", 'from tickets.models import Queue; Queue.objects.create(name="Support", is_default=True)')
    files = []
    for number in range(20):
        file = tmp_path / f"{number}.eml"
        file.write_bytes(mail())
        files.append(str(file))
    workers = [house.start("deliver", *files) for _worker in range(4)]
    said = [worker.communicate()[0].decode() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4, said
    outcomes = dict(house.ask("SELECT outcome, count(*) FROM mailboxes_inboundemail GROUP BY outcome"))
    assert outcomes == {"ticket": 20, "duplicate": 60}
    assert house.ask("SELECT count(*) FROM tickets_ticket") == [(20,)]
    assert house.ask("SELECT count(*) FROM recipients_recipient WHERE domain = 'acme.example'") == [(1,)]


def test_two_workers_on_one_mailbox_fetch_each_mail_once(house: House, dovecot: Dovecot) -> None:
    # L12
    user = next(_names)
    dovecot.deliver(user, *(mail() for _each in range(60)))
    house.run("shell", "-c", SET_UP.format(port=dovecot.port, user=user, action="delete"))
    workers = [house.start("fetch") for _worker in range(3)]
    said = [worker.communicate()[0].decode() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 3, said
    assert house.ask("SELECT count(*), count(DISTINCT uid) FROM mailboxes_inboundemail") == [(60, 60)]
    assert house.ask("SELECT count(*) FROM tickets_ticket") == [(60,)]
    assert dovecot.messages(user) == []
