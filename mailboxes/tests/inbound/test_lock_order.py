"""Everything that changes addresses, customers and tickets at the same moment, on PostgreSQL: nobody waits in a circle.

The database itself counts the deadlocks, also those after which a mail was tried again and nobody noticed.
"""

import pytest

from mailboxes.tests.house import House

pytestmark = [pytest.mark.servers, pytest.mark.slow]

SCRIPTS = "mailboxes.tests.inbound.lock_order"
TURNS = 3  # of each worker with each verb
WORKERS = 6


#: Who waits so long for a lock looks for a circle.
LOOK_SOON, LOOK_LATER = ({"PGOPTIONS": f"-c deadlock_timeout={after}"} for after in ("20ms", "2s"))


def test_nobody_waits_in_a_circle(house: House) -> None:
    said = house.script(f"{SCRIPTS}.everything_at_once", str(TURNS), str(WORKERS), environment=LOOK_SOON)
    deadlocks = house.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks == [(0,)], house.server.log.read_text()[-20_000:]  # there it is who waited for whom
    assert said.endswith("trouble\n0\n"), said
    done, kinds = map(int, said.partition("done\n")[2].split()[:2])
    assert done > 200, said
    assert kinds > 20, said


def test_a_page_that_loses_asks_to_try_again(house: House) -> None:
    said = house.script(f"{SCRIPTS}.collision", environment=LOOK_LATER)
    assert "answered 503" in said, said
    assert "Somebody changed the same thing at the same moment" in said
    assert house.ask("SELECT banned FROM recipients_recipient") == [(False,)]


def test_whoever_locks_several_keeps_to_the_order(house: House) -> None:
    said = house.script(f"{SCRIPTS}.in_order", environment=LOOK_LATER)
    assert "notes Newer Newer" in said, said
    assert "answered 302" in said, said
    assert "left One None carla@acme.example" in said, said
    assert "mails True" in said, said
    assert "given True" in said, said
    assert house.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(0,)]


def test_who_is_paired_while_the_customer_goes_is_not_left_behind(house: House) -> None:
    said = house.script(f"{SCRIPTS}.paired_meanwhile", environment=LOOK_LATER)
    assert "paired Two None Two" in said, said
    assert "refused The customer no longer exists." in said


def test_a_mail_that_waited_for_its_ticket_sees_what_became_of_it(house: House) -> None:
    said = house.script(f"{SCRIPTS}.changed_meanwhile")
    assert said.split("\n")[:2] == ["mail comment True ", "mail comment True "], said
