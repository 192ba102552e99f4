"""Does a dry run say what happens, whomever we know and however the helpdesk is set up?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from mailboxes.tests.people import authorise
from mailboxes.what_if.dry_run import DryRun, dry_run
from recipients.models import Customer, CustomerAddress, DenyRule, Recipient, RecognitionSettings, User
from tickets.models import Outbox, Queue, Ticket, TicketSettings

pytestmark = pytest.mark.django_db

ADDRESSES = ["a@one.example", "b@one.example", "c@two.example", "d@gmail.com", "anna@helpdesk.example"]
address = st.sampled_from(ADDRESSES)
sender = address | st.sampled_from(["new@one.example", "new@two.example", "zoe@three.example"])
verdict = st.sampled_from(["", "pass", "fail", "none"])
#: Nobody is known, and whoever writes is added and asked to confirm the address.
CURIOUS: dict[str, Any] = {
    "customers": [],
    "shared": set(),
    "paired": set(),
    "banned": set(),
    "denied": "",
    "recognition": {},
    "queue": {"auto_add": True, "unknown_senders": "verify"},
    "mailbox": {},
    "reply_sender_check": "hold",
}


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "is_company": draw(st.booleans()),
        "kind": draw(st.sampled_from(["customer", "lead", "supplier"])),
        "addresses": draw(st.lists(address, max_size=2, unique=True)),
        "employer": draw(st.integers(0, 2)),  # which of the companies before; 0 is none
        "senders": draw(st.lists(st.sampled_from([*ADDRESSES, "one.example", "two.example"]), max_size=2, unique=True)),
        "added": draw(st.booleans()),
    }


@st.composite
def houses(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "customers": draw(st.lists(customers(), max_size=4)),
        "shared": draw(st.sets(address, max_size=1)),
        "paired": draw(st.sets(address, max_size=2)),
        "banned": draw(st.sets(address, max_size=1)),
        "denied": draw(st.sampled_from(["", "two.example"])),
        "recognition": {
            "preference": draw(st.sampled_from(["company", "person", "none"])),
            "allowed_kinds": draw(st.sampled_from([["customer", "lead"], ["customer"], ["lead"], []])),
            "domain_counts_as_valid": draw(st.booleans()),
        },
        "queue": {
            "auto_add": draw(st.booleans()),
            "unknown_senders": draw(st.sampled_from(["accept", "verify", "refuse"])),
            "bulk_mail": draw(st.sampled_from(["ticket", "quiet", "log"])),
        },
        "mailbox": {"authentication": draw(st.sampled_from(["off", "observe", "enforce"]))},
        "reply_sender_check": draw(st.sampled_from(["hold", "new_ticket", "off"])),
    }


def build(house: dict[str, Any]) -> None:
    made: list[Customer] = []
    for each in house["customers"]:
        firms = [customer for customer in made if customer.is_company]
        employed = not each["is_company"] and 0 < each["employer"] <= len(firms)
        customer = Customer.objects.create(
            name=f"Customer {len(made)}",
            kind=each["kind"],
            is_company=each["is_company"],
            company=firms[each["employer"] - 1] if employed else None,
            added_automatically=each["added"] and not each["is_company"],
        )
        made.append(customer)
        for number, registered in enumerate(each["addresses"]):
            CustomerAddress.objects.create(customer=customer, address=registered, is_primary=number == 0)
        authorise(customer, *each["senders"])
    for known in sorted(house["shared"] | house["paired"] | house["banned"]):
        shared = known in house["shared"]
        owner = made[0] if made and known in house["paired"] and not shared else None
        Recipient.objects.create(address=known, shared=shared, customer=owner, banned=known in house["banned"])
    if house["denied"]:
        DenyRule.objects.create(how="ends", text=house["denied"])
    RecognitionSettings.objects.update_or_create(pk=1, defaults=house["recognition"])
    TicketSettings.objects.update_or_create(pk=1, defaults={"reply_sender_check": house["reply_sender_check"]})
    Queue.objects.update(**house["queue"])
    Mailbox.objects.update(authserv_id="mx.helpdesk.example", **house["mailbox"])


@contextmanager
def taken_back() -> Iterator[None]:
    """Nothing of an example is left for the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(houses(), sender, verdict, st.booleans())
@example(CURIOUS, "zoe@three.example", "", False)
@example(CURIOUS, "first@three.example", "", True)
def test_what_is_foreseen_is_what_happens(
    support: Mailbox, anna: User, house: dict[str, Any], writer: str, dmarc: str, is_reply: bool
) -> None:
    with taken_back():
        answered = arrive(mail(From="first@three.example"), mailbox=support).ticket
        assert answered
        build(house)
        headers = {"authentication_results": f"mx.helpdesk.example; dmarc={dmarc}"} if dmarc else {}
        if is_reply:
            headers["subject"] = f"Re: [#{answered.number}] Printer"
        raw = mail(From=f"Somebody <{writer}>", **headers)
        customers = set(Customer.objects.values_list("pk", flat=True))
        mails = set(Outbox.objects.values_list("pk", flat=True))
        foreseen = dry_run(raw)
        assert set(Outbox.objects.values_list("pk", flat=True)) == mails
        row = arrive(raw, mailbox=Mailbox.objects.get())
        assert row.outcome == foreseen.decision.outcome, row.traceback
        assert row.match == (foreseen.decision.match.as_json() if foreseen.decision.match else {})
        added = Customer.objects.exclude(pk__in=customers)
        assert [each.name for each in added] == ([foreseen.person.name] if foreseen.person else [])
        written = Outbox.objects.exclude(pk__in=mails).values_list("kind", "recipient")
        told = {(str(each.copy.kind), each.copy.address) for each in foreseen.told if not each.withheld}
        assert told == set(written)
        if row.outcome == Outcome.TICKET:
            same_ticket(foreseen, row, added.first())


def same_ticket(foreseen: DryRun, row: InboundEmail, added: Customer | None) -> None:
    """A person who is added is nobody yet when the dry run speaks."""
    made, ticket = foreseen.ticket, row.ticket
    assert made
    assert isinstance(ticket, Ticket)
    assert ticket.customer in ((made.customer, added) if made.customer is None else (made.customer,))
    assert (made.queue, made.validity, made.match) == (ticket.queue, ticket.validity, ticket.match)
