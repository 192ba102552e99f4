"""Two workers process two mails of one new address at the same moment, on the database of production."""

import pytest

from mailboxes.tests.house import SET_UP, House

pytestmark = pytest.mark.servers
ROUNDS = 8
PROCESS = """
import threading
from django.db import connection
from mailboxes.inbound import pipeline
from mailboxes.inbound.take_in import take_in

def process(number, turn):
    raw = (
        f"From: Nova <nova{number}@new.example>\\r\\nTo: support@helpdesk.example\\r\\n"
        f"Subject: Mail {turn}\\r\\nMessage-ID: <{number}-{turn}@new.example>\\r\\n\\r\\nHello.\\r\\n"
    ).encode()
    row = take_in(raw)
    together.wait(timeout=60)
    pipeline.deliver(row, raw)
    connection.close()

for number in range(%d):
    together = threading.Barrier(3)
    workers = [threading.Thread(target=process, args=(number, turn)) for turn in range(3)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
"""


def test_mails_of_one_new_address_at_once_add_one_person(house: House) -> None:
    # T18
    house.run("shell", "-c", SET_UP.format(port=1, user="support", action="mark_seen"))
    house.run("shell", "-c", "from tickets.models import Queue; Queue.objects.update(auto_add=True)")
    house.run("shell", "-c", PROCESS % ROUNDS)
    assert house.ask("select outcome, count(*) from mailboxes_inboundemail group by 1") == [("ticket", 3 * ROUNDS)]
    assert house.ask("select count(*), count(distinct customer_id) from recipients_customeraddress") == [
        (ROUNDS, ROUNDS)
    ]
    assert house.ask("select count(*) from tickets_event where kind = 'person_added'") == [(ROUNDS,)]
    assert house.ask("select count(distinct customer_id), count(customer_id) from tickets_ticket") == [
        (ROUNDS, 3 * ROUNDS)
    ]
