"""Custom statuses, and what a message does to a status (T19, T20)."""

import re

import pytest
from django.test import Client

from recipients.models import Customer, User
from tickets.conversation.replying import reply
from tickets.models import CannedReply, NotAllowed, Queue, Substatus, Ticket, TicketSettings
from tickets.tests.conftest import Enter, MakeTicket
from tickets.tests.mails import mail, take
from tickets.tests.ticket_list.test_ticket_list import numbers
from tickets.tests.ticket_page.conftest import HTMX
from tickets.tests.ticket_page.test_changing import properties

pytestmark = pytest.mark.django_db

STATUSES = "/settings/statuses/"


@pytest.fixture
def supplier(db: None) -> Substatus:
    return Substatus.objects.create(name="With the supplier", status="waiting", mark="diamond", colour="danger")


def set_to(client: Client, ticket: Ticket, status: str, **more: str) -> str:
    data = properties(ticket, status=status, **more)
    return client.post(f"/tickets/{ticket.number}/properties/", data, headers=HTMX).content.decode()


def write(ticket: Ticket) -> Ticket:
    """Carla answers by mail."""
    take(mail("carla@acme.example", f"[#{ticket.number}] {ticket.subject}"))
    ticket.refresh_from_db()
    return ticket


def test_a_status_of_ones_own_is_made_ordered_and_deleted(as_ada: Client, make_ticket: MakeTicket) -> None:
    form = {"who": "agents", "is_active": "on", "mark": "", "colour": "violet"}
    for name, kind in (("Parts ordered", "waiting"), ("Tested", "open"), ("In transit", "waiting")):
        as_ada.post(f"{STATUSES}new/", form | {"name": name, "status": kind})
    first, second, third = Substatus.objects.all()
    as_ada.post(f"{STATUSES}{third.pk}/move/", {"before": first.pk})
    as_ada.post(f"{STATUSES}{second.pk}/move/")
    assert [str(each) for each in Substatus.objects.all()] == ["In transit", "Tested", "Parts ordered"]
    make_ticket(status="waiting", substatus=first)
    assert "Stop offering it" in as_ada.post(f"{STATUSES}{first.pk}/delete/", follow=True).content.decode()
    as_ada.post(f"{STATUSES}{second.pk}/delete/")
    assert Substatus.objects.count() == 2


def test_it_is_set_shown_filtered_and_taken_back(
    as_anna: Client, ticket: Ticket, supplier: Substatus, make_ticket: MakeTicket, enter: Enter
) -> None:
    shown = set_to(as_anna, ticket, f"waiting:{supplier.pk}")
    assert "Status: With the supplier" in shown
    assert '<span class="status danger" data-mark="diamond">With the supplier</span>' in shown
    other = make_ticket("Other", status="waiting")
    assert numbers(as_anna, f"?status=waiting:{supplier.pk}") == [ticket.pk]
    assert set(numbers(as_anna, "?status=waiting")) == {ticket.pk, other.pk}
    assert "set the status to With the supplier" in as_anna.get(f"/tickets/{ticket.pk}/history/").content.decode()
    portal = enter("carla@acme.example").get(f"/portal/tickets/{ticket.pk}/").content.decode()
    assert "With the supplier" not in portal
    undo = re.search(r'action="(/tickets/undo/[^"]+)"', shown)
    assert undo
    as_anna.post(undo[1])
    ticket.refresh_from_db()
    assert (ticket.status, ticket.substatus) == ("new", None)


def test_many_get_it_at_once_and_a_macro_sets_it(as_anna: Client, make_ticket: MakeTicket, supplier: Substatus) -> None:
    first, second = make_ticket("1"), make_ticket("2")
    as_anna.post("/tickets/bulk/", {"selected": [first.pk], "status": f"waiting:{supplier.pk}"})
    macro = CannedReply.objects.create(name="Order", status=f"waiting:{supplier.pk}")
    as_anna.post(f"/tickets/{second.pk}/macros/{macro.pk}/")
    assert set(Ticket.objects.values_list("status", "substatus")) == {("waiting", supplier.pk)}


def test_one_that_needs_a_reason_asks_for_it_and_keeps_it(as_anna: Client, ticket: Ticket, supplier: Substatus) -> None:
    supplier.needs_reason = True
    supplier.save()
    value = f"waiting:{supplier.pk}"
    assert 'name="reason"' not in as_anna.get(f"/tickets/{ticket.pk}/").content.decode()
    asked = set_to(as_anna, ticket, value)
    assert "requires a reason. Enter one." in asked
    assert 'name="reason"' in asked
    set_to(as_anna, ticket, value, reason="Spare part 7741")
    ticket.refresh_from_db()
    assert ticket.substatus == supplier
    history = as_anna.get(f"/tickets/{ticket.pk}/history/").content.decode()
    assert "set the status to With the supplier: Spare part 7741" in history


def test_who_may_not_set_it_is_not_offered_it_and_refused(
    as_anna: Client, anna: User, ada: User, ticket: Ticket, supplier: Substatus
) -> None:
    supplier.who = "admins"
    supplier.save()
    value = f"waiting:{supplier.pk}"
    assert "Select a valid choice" in set_to(as_anna, ticket, value)
    shown = as_anna.post("/tickets/bulk/", {"selected": [ticket.pk], "status": value}, follow=True).content.decode()
    assert "You cannot set the status" in shown
    ticket.set_status(value, by=ada)
    assert ticket.substatus == supplier
    assert "With the supplier" in as_anna.get(f"/tickets/{ticket.pk}/").content.decode()
    supplier.is_active = False
    supplier.save()
    ticket.set_status("open", by=ada)
    with pytest.raises(NotAllowed, match="no longer offered"):
        ticket.set_status(value, by=ada)


@pytest.mark.parametrize(
    ("before", "target", "after"),
    [
        ("waiting", "open", "open"),
        ("open", "new", "new"),  # the customer wrote last
        ("waiting", "new", "new"),
        ("new", "open", "new"),  # nobody has answered it yet
    ],
)
def test_a_customers_message_sets_the_status_that_is_chosen_for_all_queues(  # T19, T20, SC43
    ticket: Ticket, anna: User, before: str, target: str, after: str
) -> None:
    TicketSettings(pk=1, status_after_reply=target).save()
    if before != "new":
        reply(ticket, by=anna, html="<p>Which one?</p>", status=before)
        answered = ticket.first_response_at
        assert answered
    assert write(ticket).status == after
    assert before == "new" or ticket.first_response_at == answered


def test_a_queue_leaves_the_status_as_it_is_but_reopens(  # T19, S63
    ticket: Ticket, supplier: Substatus, queue: Queue
) -> None:
    Queue.objects.update(reply_changes_status=False)
    ticket.set_status(f"waiting:{supplier.pk}", by=None)
    assert write(ticket).substatus == supplier
    ticket.set_status("closed", by=None)
    assert write(ticket).status == "open"


def test_the_settings_name_a_status_of_ones_own(  # T20
    as_ada: Client, ticket: Ticket, anna: User, supplier: Substatus
) -> None:
    back = Substatus.objects.create(name="Answer to read", status="open", who="nobody")
    form = {"reply_sender_check": "hold", "automatic_mails_per_hour": "20", "undo_seconds": "10"}
    form |= {"status_after_reply": f"open:{back.pk}", "status_after_reopening": f"open:{back.pk}"}
    as_ada.post("/settings/tickets/", form | {"status_after_answer": f"waiting:{supplier.pk}"})
    comment = reply(ticket, by=anna, html="<p>It is ordered.</p>")
    assert comment.ticket.substatus == supplier
    assert write(ticket).substatus == back
    ticket.set_status("solved", by=None)
    assert write(ticket).substatus == back
    TicketSettings.objects.update(status_after_answer="")
    reply(ticket, by=anna, html="<p>Thank you.</p>")
    ticket.refresh_from_db()
    assert ticket.substatus == back


def test_undoing_an_answer_gives_the_status_back(as_anna: Client, ticket: Ticket, supplier: Substatus) -> None:
    ticket.set_status(f"waiting:{supplier.pk}", by=None)
    as_anna.post(f"/tickets/{ticket.pk}/send/", {"kind": "reply", "text": "Done.", "then": "solved"})
    comment = ticket.comments.get(kind="agent")
    as_anna.post(f"/tickets/{ticket.pk}/messages/{comment.pk}/undo/")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.substatus) == ("waiting", supplier)


def test_a_status_that_is_gone_is_not_set_by_a_message(
    ticket: Ticket, anna: User, carla: Customer, supplier: Substatus
) -> None:
    TicketSettings(pk=1, status_after_reply="open:4711").save()
    ticket.set_status("waiting", by=None)
    assert write(ticket).status_value == "open"
