"""Everything that changes addresses, customers and tickets, by many workers at once: `… TURNS WORKERS`.

Says what went wrong, and then how much was done.
"""

import collections
import random
import sys
import threading
import traceback
import uuid
from dataclasses import replace

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import connection, transaction

from helpdesk import limits
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
from tickets.intake.visitor_mail import PortalMail
from tickets.models import Comment, NotAllowed, Queue, Status, Ticket, VerificationRequest
from tickets.sender.acceptance import accept_sender
from tickets.sender.verification import confirm

TURNS, WORKERS = map(int, sys.argv[1:])  # of each worker with each verb; how many workers
PEOPLE = [f"{name}@home.example" for name in ("ada", "bea", "cleo", "dora")]
queue = Queue.objects.create(
    name="Support", is_default=True, auto_add=True, unknown_senders=Queue.UnknownSenders.VERIFY
)
limits.VISITOR_MESSAGES = replace(limits.VISITOR_MESSAGES, amount=10_000)
anna = User.objects.create_superuser("anna@helpdesk.example", "correct horse battery")
companies = [Customer.objects.create(name=f"C{n}", is_company=True) for n in range(3)]
for n, company in enumerate(companies):
    CustomerAddress.objects.create(customer=company, address=f"office@c{n}.example", is_primary=True)
visitors = [Visitor.of(PortalAccount.objects.create(address=each)) for each in PEOPLE[:2]]


def post(*, about="", cc="", by=None):
    name = uuid.uuid4().hex
    raw = (
        f"From: {by or random.choice(PEOPLE)}\r\nTo: support@helpdesk.example\r\nCc: {cc}\r\n"
        f"Subject: {about} Printer\r\nMessage-ID: <{name}@home.example>\r\n\r\nHello {name}.\r\n"
    ).encode()
    row = pipeline.deliver(take_in(raw), raw)
    assert row.is_processed, row.traceback
    assert not row.traceback, row.traceback


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
    turns = list(VERBS) * TURNS
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


for each in PEOPLE * 2:
    post(by=each)
workers = [threading.Thread(target=work) for _ in range(WORKERS)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print(*troubles[:5], "done", sum(done.values()), len(done), "trouble", len(troubles), sep="\n")
