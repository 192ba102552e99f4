"""Everything that changes addresses, customers and tickets at the same moment, on PostgreSQL: nobody waits in a circle.

The database itself counts the deadlocks, also those after which a mail was tried again and nobody noticed.
"""

from pathlib import Path

import pytest

from helpdesk.tests.servers.postgresql import PostgreSQL
from mailboxes.tests.house import House

pytestmark = [pytest.mark.servers, pytest.mark.slow]

TURNS = 3  # of each worker with each verb
WORKERS = 6
AT_ONCE = """
import collections, random, threading, traceback, uuid
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import connection, transaction
from mailboxes.inbound import pipeline
from mailboxes.inbound.take_in import take_in
from recipients.decisions import actions
from recipients.models import Batch, Customer, CustomerAddress, CustomerMerge, PortalAccount, Recipient, User
from recipients.portal.access import Visitor
from tickets.conversation.merge_tickets import merge_ticket
from tickets.conversation.replying import reply
from tickets.customers import merge_customers, pairing, rematching, transfer
from tickets.customers.assignment import change_customer
from tickets.intake import by_visitor
from tickets.models import Comment, NotAllowed, Queue, Status, Ticket, VerificationRequest
from tickets.intake.visitor_mail import PortalMail
from tickets.sender.acceptance import accept_sender
from tickets.sender.verification import confirm

PEOPLE = [f"{name}@home.example" for name in ("ada", "bea", "cleo", "dora")]
queue = Queue.objects.create(
    name="Support", is_default=True, auto_add=True, unknown_senders=Queue.UnknownSenders.VERIFY
)
by_visitor.MOST_AN_HOUR = 10_000
anna = User.objects.create_superuser("anna@helpdesk.example", "correct horse battery")
companies = [Customer.objects.create(name=f"C{n}", is_company=True) for n in range(3)]
for n, company in enumerate(companies):
    CustomerAddress.objects.create(customer=company, address=f"office@c{n}.example", is_primary=True)
visitors = [Visitor.of(PortalAccount.objects.create(address=each)) for each in PEOPLE[:2]]

def post(*, about="", cc="", by=None):
    name = uuid.uuid4().hex
    raw = (
        f"From: {by or random.choice(PEOPLE)}\\r\\nTo: support@helpdesk.example\\r\\nCc: {cc}\\r\\n"
        f"Subject: {about} Printer\\r\\nMessage-ID: <{name}@home.example>\\r\\n\\r\\nHello {name}.\\r\\n"
    ).encode()
    row = pipeline.deliver(take_in(raw), raw)
    assert row.is_processed and not row.traceback, row.traceback

def some(rows, most=1):
    found = list(rows.order_by("?")[:most])
    if not found:
        raise ObjectDoesNotExist
    return found if most > 1 else found[0]

def a_ticket():
    return some(Ticket.objects.exclude(status=Status.MERGED))

def addresses():
    return Recipient.objects.filter(address__in=random.sample(PEOPLE, 2))

def a_customer():
    return some(Customer.objects.present())

def a_batch():
    latest = [*Batch.objects.order_by("-at")[:12]]
    if not latest:
        raise ObjectDoesNotExist
    return random.choice(latest)

def click():
    link = some(VerificationRequest.objects.filter(used_at=None))
    confirm(link)

def rematch():
    with transaction.atomic():
        answers, batch = rematching.answers(rematching.today(anna)), Batch(kind="rematched", by=anna)
        transfer.rematch(Ticket.objects.all(), answers, batch=batch)

def merge_two_customers():
    found = some(Customer.objects.present().filter(is_company=random.random() < 0.5), 2)
    if len(found) == 2:
        merge_customers.merge(*found, by=anna)

def answer_in_portal():
    visitor = random.choice(visitors)
    ticket = some(Ticket.objects.visible_to_visitor(visitor))
    by_visitor.answer(visitor, ticket, PortalMail.by(visitor, uuid.uuid4().hex, subject="Printer", text="Still."))

def solve_in_portal():
    visitor = random.choice(visitors)
    by_visitor.solve(visitor, some(Ticket.objects.visible_to_visitor(visitor)))

def merge_tickets():
    found = some(Ticket.objects.exclude(status=Status.MERGED), 2)
    if len(found) == 2:
        merge_ticket(found[0], into=found[1], by=anna)

VERBS = {
    "mail": lambda: post(cc=random.choice(PEOPLE)),
    "reply": lambda: post(about=f"[#{some(Ticket.objects.all()).number}]"),
    "reply of the requester": lambda: reply_of_requester(),
    "reply with cc": lambda: post(about=f"[#{a_ticket().number}]", cc=", ".join(random.sample(PEOPLE, 2))),
    "mail of somebody new": lambda: post(by=f"{uuid.uuid4().hex[:8]}@new.example", cc=random.choice(PEOPLE)),
    "pair": lambda: pairing.pair(addresses(), a_customer(), by=anna),
    "pair the requester": lambda: pairing.pair_requester(a_ticket(), a_customer(), by=anna, older=True),
    "unpair": lambda: pairing.unpair(addresses(), by=anna, clear=True),
    "undo": lambda: pairing.undo(a_batch(), by=anna),
    "accept and pair": lambda: pairing.accept_and_pair(some(Comment.objects.filter(is_held=True)), by=anna),
    "ban": lambda: actions.ban(addresses(), by=anna),
    "unban": lambda: actions.unban(Recipient.objects.filter(address__in=PEOPLE), by=anna),
    "ban the requester": lambda: pairing.ban_requester(a_ticket(), by=anna, close=True),
    "share": lambda: actions.share(addresses(), by=anna),
    "unshare": lambda: actions.unshare(Recipient.objects.filter(address__in=PEOPLE), by=anna),
    "change the customer": lambda: change_customer(a_ticket(), a_customer(), by=anna),
    "accept the sender": lambda: accept_sender(a_ticket(), by=anna),
    "answer": lambda: reply(a_ticket(), by=anna, html="Yes.", cc=random.sample(PEOPLE, 2)),
    "merge tickets": merge_tickets,
    "merge customers": merge_two_customers,
    "undo a merge": lambda: merge_customers.undo(some(CustomerMerge.objects.filter(undone_at=None)), by=anna),
    "answer in the portal": answer_in_portal,
    "solve in the portal": solve_in_portal,
    "click": click,
    "match again": rematch,
}
REFUSALS = (NotAllowed, ValidationError, ObjectDoesNotExist)
done, troubles = collections.Counter(), []

def reply_of_requester():
    ticket = a_ticket()
    post(about=f"[#{ticket.number}]", by=ticket.requester.address, cc=random.choice(PEOPLE))

def work():
    turns = list(VERBS) * {turns}
    random.shuffle(turns)
    for name in turns:
        try:
            VERBS[name]()
            done[name] += 1
        except REFUSALS:
            pass
        except Exception:
            troubles.append(f"{name}: {traceback.format_exc()}")
    connection.close()

for each in PEOPLE:
    post(by=each), post(by=each)
workers = [threading.Thread(target=work) for _ in range({workers})]
[each.start() for each in workers]
[each.join() for each in workers]
print(*troubles[:5], "done", sum(done.values()), len(done), "trouble", len(troubles), sep="\\n")
"""
#: What makes two meet at the very moment.
MEETING = """
import threading, time
from django.db import connection, transaction

def until_somebody_waits():
    for _look in range(4_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)

def meet(first, then):
    ready = threading.Event()

    def other():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '1h'")
            first(ready.set)
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    ready.wait()
    then()
    thread.join()
"""
#: Somebody who locks the wrong way round, and a page that notices first.
COLLISION = (
    MEETING
    + """
from django.test import Client
from django.urls import reverse
from recipients.models import Recipient, User
from tickets.models import Queue, Ticket

anna = User.objects.create_superuser("anna@helpdesk.example", "correct horse battery")
writer = Recipient.objects.known("carla@acme.example")
queue = Queue.objects.create(name="Support", is_default=True)
ticket = Ticket.objects.create(subject="Printer", bare_subject="printer", queue=queue, requester=writer)
browser = Client(headers={"host": "localhost"})
browser.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")

def the_wrong_way_round(ready):
    list(Ticket.objects.filter(pk=ticket.pk).locked())
    ready()
    until_somebody_waits()
    list(Recipient.objects.filter(pk=writer.pk).locked())

def ban():
    page = browser.post(reverse("tickets:ban_requester", args=[ticket.pk]), {"close": "on"})
    print("answered", page.status_code, page.content.decode())

meet(the_wrong_way_round, ban)
"""
)
#: Somebody who locks the right way round, and what must not come from the other side meanwhile.
IN_ORDER = (
    MEETING
    + """
from django.test import Client
from recipients.customers.import_file.carry_out import carry_out
from recipients.customers.import_file.plan import plan
from recipients.decisions import actions
from recipients.models import Customer, Recipient, User
from tickets.models import Queue, Ticket

anna = User.objects.create_superuser("anna@helpdesk.example", "correct horse battery")
queue = Queue.objects.create(name="Support", is_default=True)
one, two = (Customer.objects.create(name=name, number=name, is_company=True) for name in ("One", "Two"))
writer = Recipient.objects.known("carla@acme.example")
actions.pair(Recipient.objects.filter(pk=writer.pk), two, by=anna)
Ticket.objects.create(subject="Printer", bare_subject="printer", queue=queue, requester=writer, customer=two)
Customer.objects.filter(pk=one.pk).update(notes="Written last, so that it is read last.")
browser = Client(headers={"host": "localhost"})
browser.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")

def locking(*rows):
    def lock_in_order(ready):
        list(rows[0].locked())
        ready()
        until_somebody_waits()
        for each in rows[1:]:
            list(each.locked())

    return lock_in_order

def bring_in():
    carry_out(plan(["number", "notes"], [["Two", "Newer"], ["One", "Newer"]], by=anna))

def delete():
    chosen = {"action": "delete_selected", "_selected_action": [two.pk], "post": "yes"}
    print("answered", browser.post("/admin/recipients/customer/", chosen).status_code)

meet(locking(Customer.objects.filter(pk=one.pk), Customer.objects.filter(pk=two.pk)), bring_in)
print("notes", *Customer.objects.order_by("pk").values_list("notes", flat=True))
meet(locking(Recipient.objects.all(), Customer.objects.filter(pk=two.pk), Ticket.objects.all()), delete)
print("left", *Customer.objects.values_list("name", flat=True), Ticket.objects.get().customer, Recipient.objects.get())
"""
)
#: Addresses that are paired with a customer in the moment in which that one goes.
PAIRED_MEANWHILE = (
    MEETING
    + """
from recipients.decisions import actions
from recipients.models import Customer, Recipient, User
from tickets.customers import delete_customers, merge_customers

anna = User.objects.create_superuser("anna@helpdesk.example", "correct horse battery")
one, two, three = (Customer.objects.create(name=name, is_company=True) for name in ("One", "Two", "Three"))
ada, bea, cleo = (Recipient.objects.known(f"{name}@acme.example") for name in ("ada", "bea", "cleo"))
actions.pair(Recipient.objects.filter(pk=cleo.pk), one, by=anna)

def pairing(recipient, customer):
    def pair(ready):
        actions.pair(Recipient.objects.filter(pk=recipient.pk), customer, by=anna)
        ready()
        until_somebody_waits()

    return pair

meet(pairing(ada, one), lambda: merge_customers.merge(one, two, by=anna))
meet(pairing(bea, three), lambda: delete_customers.delete(Customer.objects.filter(pk=three.pk)))
print("paired", *Recipient.objects.order_by("pk").values_list("customer__name", flat=True))
print("refused", *actions.pair(Recipient.objects.filter(pk=bea.pk), one, by=anna).refused.values())
"""
)


@pytest.fixture
def house(postgres: PostgreSQL, tmp_path: Path) -> House:
    """An empty one on PostgreSQL."""
    return House(postgres.create_database(f"lock_order_{tmp_path.name}"), tmp_path).migrated()


def test_nobody_waits_in_a_circle(house: House, postgres: PostgreSQL) -> None:
    house.environment["PGOPTIONS"] = "-c deadlock_timeout=20ms"  # who waits so long looks for a circle
    script = AT_ONCE.replace("{turns}", str(TURNS)).replace("{workers}", str(WORKERS))
    said = house.run("shell", "-c", script)
    deadlocks = house.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks == [(0,)], postgres.log.read_text()[-20_000:]  # there it is who waited for whom
    assert said.endswith("trouble\n0\n"), said
    done, kinds = map(int, said.partition("done\n")[2].split()[:2])
    assert done > 200, said
    assert kinds > 20, said


def test_a_page_that_loses_asks_to_try_again(house: House) -> None:
    house.environment |= {"PGOPTIONS": "-c deadlock_timeout=2s", "STATIC_FROM_SOURCE": "true"}
    said = house.run("shell", "-c", COLLISION)
    assert "answered 503" in said, said
    assert "Somebody changed the same thing at the same moment" in said
    assert house.ask("SELECT banned FROM recipients_recipient") == [(False,)]


def test_an_import_and_a_deletion_keep_to_the_order(house: House) -> None:
    house.environment |= {"PGOPTIONS": "-c deadlock_timeout=2s", "STATIC_FROM_SOURCE": "true"}
    said = house.run("shell", "-c", IN_ORDER)
    assert "notes Newer Newer" in said, said
    assert "answered 302" in said, said
    assert "left One None carla@acme.example" in said, said


def test_who_is_paired_while_the_customer_goes_is_not_left_behind(house: House) -> None:
    house.environment |= {"PGOPTIONS": "-c deadlock_timeout=2s"}
    said = house.run("shell", "-c", PAIRED_MEANWHILE)
    assert "paired Two None Two" in said, said
    assert "refused The customer is not there any more." in said
