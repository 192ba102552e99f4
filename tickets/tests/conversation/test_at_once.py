"""What agents send at the same moment, on PostgreSQL: one ticket of a form, and one answer to what both have read."""

import pytest

from mailboxes.tests.house import House

pytestmark = pytest.mark.servers

SEND = """
import threading
from django.db import connection
from recipients.models import User
from tickets.conversation.replying import Overtaken, reply
from tickets.intake.by_agent import start
from tickets.models import Queue, Ticket

queue = Queue.objects.create(name="Support", is_default=True)
agents = [User.objects.create_user(f"agent{number}@helpdesk.example") for number in range(4)]
[agent.queues.add(queue) for agent in agents]

def at_once(send):
    together, answers = threading.Barrier(4), []

    def sent(n):
        together.wait(timeout=60)
        try:
            answers.append(str(send(n).pk))
        except Overtaken:
            answers.append("overtaken")
        connection.close()

    threads = [threading.Thread(target=sent, args=[n]) for n in range(4)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    print("|", *answers)

message = dict(queue=queue, to="carla@acme.example", subject="Contract", html="<p>Please sign.</p>")
for round in range(3):
    at_once(lambda n: start(by=agents[0], key=f"form {round}", **message))
    number, seen = Ticket.objects.values_list("pk", "comments").latest("pk")
    at_once(lambda n: reply(Ticket.objects.get(pk=number), by=agents[n], html="<p>Well?</p>", seen=seen))
"""


def test_of_four_that_are_sent_at_once_one_counts(house: House) -> None:
    tickets, answers = [], []
    for said in house.run("shell", "-c", SEND).split("|")[1:]:
        (answers if "overtaken" in said else tickets).append(said.split())
    assert [len(set(each)) for each in tickets] == [1, 1, 1]
    assert [each.count("overtaken") for each in answers] == [3, 3, 3]
    assert house.ask("SELECT count(*) FROM tickets_ticket") == [(3,)]
    assert house.ask("SELECT count(*) FROM tickets_comment") == [(6,)]
    assert house.ask("SELECT count(*) FROM tickets_outbox WHERE kind = 'new_message'") == [(6,)]
