"""`kill -9` of workers, and several workers at once: every mail is in the ledger once and is one ticket or comment."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from helpdesk.tests.database.template import shared_folder
from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.fixtures import need
from helpdesk.tests.servers.postgresql import PostgreSQL, prepared
from mailboxes.tests.house import SET_UP, House
from mailboxes.tests.mails import mail

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.xdist_group("kill")]
CONVERSATIONS = 20  # of three mails each: more than the fifty of a batch
KILLS = 5
STATEMENTS = 70  # about as many as a batch of fifty mails takes
SECONDS = 1
LEASE = {"WORK_LEASE_SECONDS": SECONDS}
_names = (f"killed_{number}" for number in count(1))


@pytest.fixture(scope="module")
def durable_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One whose PostgreSQL is as careful as in production."""
    need(PostgreSQL.missing())
    like = prepared(shared_folder(tmp_path_factory))
    with PostgreSQL(like, durable=True) as server, House(server, tmp_path_factory.mktemp("durable")) as house:
        yield house


@pytest.fixture
def house(durable_house: House) -> House:
    durable_house.empty()
    return durable_house


def conversations() -> list[bytes]:
    """60 mails: each conversation is a question and, later on, two answers to it."""
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
def test_killed_at_random_points_each_mail_still_comes_in_once(house: House, dovecot: Dovecot, action: str) -> None:
    # L12, L13, S13
    user = next(_names)
    dovecot.create_folder(user, "Done")
    mails = conversations()
    dovecot.deliver(user, *mails)
    house.run("shell", "-c", SET_UP.format(port=dovecot.port, user=user, action=action))

    dice, kills = random.Random(f"{action} 1"), 0
    for _round in range(KILLS):
        end = dice.randint(1, STATEMENTS), dice.uniform(0.0001, 0.02)
        code, said = house.start("fetch", changed=LEASE, end=end).end()
        assert code in (0, -signal.SIGALRM), said
        kills += code != 0
        time.sleep(SECONDS)  # the lease of the one that was killed
    assert kills > KILLS / 2
    for _round in range(20):
        house.run("fetch", changed=LEASE)
        if done(house) == len(mails):
            break
        time.sleep(SECONDS)

    assert house.ask("SELECT count(*), count(DISTINCT uid) FROM mailboxes_inboundemail") == [(60, 60)]
    outcomes = Counter(dict(house.ask("SELECT outcome, count(*) FROM mailboxes_inboundemail GROUP BY outcome")))
    assert outcomes == {"ticket": 20, "comment": 40}
    assert house.ask("SELECT count(*) FROM tickets_ticket") == [(20,)]
    assert house.ask("SELECT count(*), count(DISTINCT message_id) FROM tickets_comment") == [(60, 60)]
    assert house.ask("SELECT min(n), max(n) FROM (SELECT count(*) n FROM tickets_comment GROUP BY ticket_id) x") == [
        (3, 3)
    ]
    twice = "SELECT ticket_id FROM tickets_outbox WHERE kind = 'request_received' GROUP BY 1 HAVING count(*) > 1"
    assert house.ask(twice) == []
    assert (
        server_state(dovecot, user)
        == {
            "mark_seen": (60, 60, 0),
            "move": (0, 0, 60),
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
    for worker in [house.start("deliver", *files) for _worker in range(4)]:
        worker.said()
    outcomes = dict(house.ask("SELECT outcome, count(*) FROM mailboxes_inboundemail GROUP BY outcome"))
    assert outcomes == {"ticket": 20, "duplicate": 60}
    assert house.ask("SELECT count(*) FROM tickets_ticket") == [(20,)]
    assert house.ask("SELECT count(*) FROM recipients_recipient WHERE domain = 'acme.example'") == [(1,)]


def test_two_workers_on_one_mailbox_fetch_each_mail_once(house: House, dovecot: Dovecot) -> None:
    # L12
    user = next(_names)
    dovecot.deliver(user, *(mail() for _each in range(60)))
    house.run("shell", "-c", SET_UP.format(port=dovecot.port, user=user, action="delete"))
    for worker in [house.start("fetch") for _worker in range(3)]:
        worker.said()
    assert house.ask("SELECT count(*), count(DISTINCT uid) FROM mailboxes_inboundemail") == [(60, 60)]
    assert house.ask("SELECT count(*) FROM tickets_ticket") == [(60,)]
    assert dovecot.messages(user) == []
