"""A form that is sent four times at once, on PostgreSQL: one message, and never more in an hour than are allowed."""

import pytest

from mailboxes.tests.house import House

pytestmark = pytest.mark.servers

SEND = """
import threading
from django.db import connection
from recipients.models import PortalAccount
from recipients.portal.access import Visitor
from tickets.models import NotAllowed, Queue, Ticket
from tickets.intake.visitor_mail import PortalMail
from tickets.intake.by_visitor import answer, ask

queue = Queue.objects.create(name="Support", is_default=True)
visitor = Visitor.of(PortalAccount.objects.create(address="carla@acme.example"))

def at_once(number, send):
    together, answers = threading.Barrier(number), []

    def sent(n):
        together.wait(timeout=60)
        try:
            answers.append(str(send(n).pk))
        except NotAllowed:
            answers.append("refused")
        connection.close()

    threads = [threading.Thread(target=sent, args=[n]) for n in range(number)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    print(*answers)

print("first")
for round in range(3):
    mail = PortalMail.by(visitor, f"new {round}", subject="Printer", text="It is broken.")
    at_once(4, lambda n: ask(visitor, mail, queue))
    ticket = Ticket.objects.latest("pk")
    mail = PortalMail.by(visitor, f"reply {round}", subject="Printer", text="Still.")
    at_once(4, lambda n: answer(visitor, ticket, mail))
print("then")
for round in range(22):
    answer(visitor, ticket, PortalMail.by(visitor, f"more {round}", subject="Printer", text="Still."))
at_once(4, lambda n: answer(visitor, ticket, PortalMail.by(visitor, f"last {n}", subject="Printer", text="Still.")))
"""


def test_a_form_sent_at_once_makes_one_message(house: House) -> None:
    said = house.run("shell", "-c", SEND).partition("first")[2]
    same, last = (part.split() for part in said.split("then"))
    assert len(same) == 24
    assert len(set(same)) == 6
    assert last.count("refused") == 2  # thirty were written before the last two
    assert house.ask("SELECT count(*) FROM tickets_ticket") == [(3,)]
    assert house.ask("SELECT count(*) FROM tickets_comment WHERE in_portal") == [(30,)]
