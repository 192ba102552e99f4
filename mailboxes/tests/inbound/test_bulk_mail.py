"""Newsletters and notices of programs: the queue decides what becomes of them. And mail that is called important."""

import pytest

from mailboxes.models import Mailbox, Outcome
from mailboxes.tests.mails import SUPPORT, arrive, mail
from recipients.models import Customer, User
from tickets.models import Outbox, Priority, Queue, Ticket

pytestmark = pytest.mark.django_db

NEWSLETTER = {"List_Id": "<news.shop.example>", "List_Unsubscribe": "<mailto:off@shop.example>"}
SIGNS = [NEWSLETTER, {"Precedence": "bulk"}, {"Auto_Submitted": "auto-generated"}]


@pytest.mark.parametrize("signs", SIGNS)
@pytest.mark.parametrize(
    ("wanted", "outcome", "priority"),
    [
        ("ticket", Outcome.TICKET, Priority.NORMAL),
        ("quiet", Outcome.TICKET, Priority.LOW),
        ("log", Outcome.AUTOMATIC, 0),
    ],
)
def test_the_queue_decides_what_becomes_of_bulk_mail(
    support: Mailbox, queue: Queue, anna: User, signs: dict[str, str], wanted: str, outcome: Outcome, priority: int
) -> None:
    # S08
    Queue.objects.update(bulk_mail=wanted)
    row = arrive(mail("Buy now!", subject="Offers", **signs))
    assert row.outcome == outcome
    assert (row.ticket.priority if row.ticket else 0) == priority
    assert not Outbox.objects.filter(kind=Outbox.Kind.REQUEST_RECEIVED).exists()
    assert Outbox.objects.filter(kind=Outbox.Kind.NEW_TICKET).exists() == (wanted == "ticket")
    if wanted == "log":
        assert "only in the mail log" in row.reason


def test_what_answers_a_ticket_joins_it_all_the_same(support: Mailbox, queue: Queue, carla: Customer) -> None:
    Queue.objects.update(bulk_mail="log")
    ticket = arrive(mail()).ticket
    assert ticket
    row = arrive(mail("Yes.", subject=f"Re: [#{ticket.number}] x", Precedence="bulk"))
    assert (row.outcome, row.ticket) == (Outcome.COMMENT, ticket)


def test_a_group_behind_an_address_of_ours_makes_nobody_a_program(support: Mailbox, queue: Queue) -> None:
    Queue.objects.update(bulk_mail="log")
    ours = SUPPORT.replace("@", ".", 1)
    row = arrive(mail(List_Id=f"<{ours}>", List_Unsubscribe="<mailto:off@helpdesk.example>"))
    assert row.outcome == Outcome.TICKET


@pytest.mark.parametrize(
    "header",
    [{"Importance": "high"}, {"X_Priority": "1 (Highest)"}, {"Priority": "urgent"}, {"X_MSMail_Priority": "High"}],
)
def test_what_its_writer_calls_important_has_high_priority(support: Mailbox, header: dict[str, str]) -> None:
    assert arrive(mail(**header)).ticket.priority == Priority.HIGH  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "header", [{}, {"Importance": "low"}, {"X_Priority": "3"}, {"Importance": "High", **NEWSLETTER}]
)
def test_nothing_else_changes_the_priority_of_the_queue(support: Mailbox, header: dict[str, str]) -> None:
    assert arrive(mail(**header)).ticket.priority == Priority.NORMAL  # type: ignore[union-attr]


def test_an_urgent_queue_stays_urgent(support: Mailbox, queue: Queue) -> None:
    Queue.objects.update(default_priority=Priority.URGENT)
    arrive(mail(Importance="high"))
    assert Ticket.objects.get().priority == Priority.URGENT
