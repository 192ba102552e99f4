"""Properties, customer, people in copy and subject are changed on the ticket page, and its history tells of it."""

import re
from collections.abc import Callable

from django.test import Client

from recipients.models import Customer, Recipient, User
from tickets.conversation.merge_tickets import merge_ticket
from tickets.customers.assignment import change_customer
from tickets.models import Event, Outbox, Queue, Ticket
from tickets.tests import mails
from tickets.tests.conftest import MakeTicket
from tickets.tests.ticket_page.conftest import HTMX, said


def properties(ticket: Ticket, **changed: object) -> dict[str, object]:
    """The form beside the ticket, as it stands or with changes."""
    values: dict[str, object] = {
        "status": ticket.status,
        "priority": ticket.priority,
        "queue": ticket.queue_id,
        "assignee": ticket.assignee_id or "",
        "tags": "",
    }
    return values | changed


def test_properties_are_changed_and_only_those_that_differ(as_anna: Client, ticket: Ticket, anna: User) -> None:
    address = f"/tickets/{ticket.number}/properties/"
    assert said(as_anna, address, properties(ticket)) == ""
    assert not Event.objects.exists()
    data = properties(ticket, status="waiting", priority=4, assignee=anna.pk, tags="vip, invoice,, vip")
    told = "Status: Waiting · Priority: Urgent · Assignee: Anna Berg · Tags: vip, invoice"
    assert said(as_anna, address, data) == told
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority, ticket.assignee) == ("waiting", 4, anna)
    assert set(ticket.tags.values_list("name", flat=True)) == {"vip", "invoice"}


def test_a_change_of_properties_can_be_taken_back(as_anna: Client, ticket: Ticket, anna: User) -> None:
    address = f"/tickets/{ticket.number}/properties/"
    data = properties(ticket, status="solved", priority=4, assignee=anna.pk, tags="vip")
    shown = as_anna.post(address, data, headers=HTMX).content.decode()
    undo = re.search(r'action="(/tickets/undo/[^"]+)"', shown)
    assert undo
    assert "Undone." in as_anna.post(undo[1], follow=True).content.decode()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority, ticket.assignee, ticket.tags.count()) == ("new", 2, None, 0)


def test_properties_are_changed_together_or_not_at_all(as_anna: Client, ticket: Ticket, anna: User) -> None:
    ticket.merged_into, ticket.status = Ticket.objects.create(queue=ticket.queue, subject="Other"), "merged"
    ticket.save()
    response = as_anna.post(f"/tickets/{ticket.number}/properties/", properties(ticket, status="open", tags="vip"))
    assert response.status_code == 422
    ticket.refresh_from_db()
    assert (ticket.status, ticket.tags.count()) == ("merged", 0)


def test_what_a_colleague_changed_meanwhile_stays(as_anna: Client, ticket: Ticket, ada: User) -> None:
    page = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    shown = dict(re.findall(r'name="(shown_\w+)" value="([^"]*)"', page))
    stale = properties(ticket, priority=4, **shown)
    ticket.assign(ada, by=ada)
    ticket.set_tags(["vip"], by=ada)
    assert said(as_anna, f"/tickets/{ticket.number}/properties/", stale) == "Priority: Urgent"
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.tags.count(), ticket.priority) == (ada, 1, 4)


def test_only_those_who_may_see_the_ticket_can_get_it(as_anna: Client, ticket: Ticket, main_partner: object) -> None:
    """R31"""
    ben = User.objects.create_user("ben@helpdesk.example", "x", first_name="Ben", partner=main_partner)
    response = as_anna.post(f"/tickets/{ticket.number}/properties/", properties(ticket, assignee=ben.pk))
    assert response.status_code == 422
    assert "Select a valid choice" in response.content.decode()
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_with_htmx_only_the_right_side_comes_back(as_anna: Client, ticket: Ticket) -> None:
    response = as_anna.post(f"/tickets/{ticket.number}/properties/", properties(ticket, status="solved"), headers=HTMX)
    shown = response.content.decode()
    assert 'id="panel"' in shown
    assert 'data-mark="check"' in shown
    assert "Status: Solved" in shown
    assert "<html" not in shown


def test_moving_a_ticket_out_of_sight_leads_to_the_list(as_anna: Client, ticket: Ticket) -> None:
    sales = Queue.objects.create(name="Sales")
    address = f"/tickets/{ticket.number}/properties/"
    assert "belongs to others now" in said(as_anna, address, properties(ticket, queue=sales.pk))
    assert as_anna.get(f"/tickets/{ticket.number}/").status_code == 404


def test_the_customer_is_searched_and_changed(
    as_anna: Client, make_ticket: MakeTicket, acme: Customer, carla: Customer
) -> None:
    ticket = make_ticket()
    address = f"/tickets/{ticket.number}/customer/"
    for text in ("acme gmb", "office@acme.example"):
        assert f'value="{acme.pk}"' in as_anna.get(address, {"text": text}).content.decode()
    assert "No customer has the name, number or address" in as_anna.get(address, {"text": "nobody"}).content.decode()
    assert said(as_anna, address, {"customer": acme.pk}) == "The customer was changed."
    assert "Current customer" in as_anna.get(address, {"text": "acme gmb"}).content.decode()
    said(as_anna, address, {"customer": ""})
    ticket.refresh_from_db()
    assert ticket.customer is None


def test_customers_of_other_partners_cannot_be_chosen(
    as_anna: Client, anna: User, ticket: Ticket, acme: Customer, carla: Customer, main_partner: object
) -> None:
    """R30"""
    Customer.objects.filter(pk=carla.pk).update(partner=main_partner)
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    address = f"/tickets/{ticket.number}/customer/"
    assert f'value="{acme.pk}"' not in as_anna.get(address, {"text": "acme"}).content.decode()
    assert as_anna.post(address, {"customer": acme.pk}).status_code == 404


def test_people_in_copy_are_changed(as_anna: Client, ticket: Ticket) -> None:
    address = f"/tickets/{ticket.number}/participants/"
    assert said(as_anna, address, {"addresses": "boss@acme.example\nchief@acme.example"}).startswith("The people")
    assert ticket.participants.count() == 2
    assert "not an email address" in said(as_anna, address, {"addresses": "nonsense"})
    assert ticket.participants.count() == 2


def test_answers_to_the_old_subject_and_to_the_new_one_find_the_ticket(  # R29
    as_anna: Client, queue: Queue, carla: Customer
) -> None:
    ticket = mails.take(mails.mail("carla@acme.example", "Printer", mid="first@acme.example")).ticket
    address = f"/tickets/{ticket.number}/subject/"
    assert 'value="Printer"' in as_anna.get(address).content.decode()
    empty = as_anna.post(address, {"subject": " "})
    assert (empty.status_code, "This field is required" in empty.content.decode()) == (422, True)
    assert said(as_anna, address, {"subject": "Printer"}) == ""
    assert "The subject was changed" in said(as_anna, address, {"subject": "Printer on floor 2"})
    assert "<h1>Printer on floor 2</h1>" in as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    seen = ticket.comments.get().pk
    as_anna.post(f"/tickets/{ticket.number}/send/", {"html": "<p>Which one?</p>", "kind": "reply", "seen": seen})
    answer = Outbox.objects.get(comment__kind="agent", recipient="carla@acme.example")
    assert "Printer on floor 2" in answer.subject
    assert mails.reply_to(answer, sender="carla@acme.example").ticket == ticket
    again = mails.mail("carla@acme.example", "Re: Printer", answers="first@acme.example")
    assert mails.take(again).ticket == ticket


def test_a_ticket_is_merged_and_says_where_it_goes_on(
    as_anna: Client, ticket: Ticket, make_ticket: MakeTicket, show: Callable[[], str]
) -> None:
    survivor = make_ticket("The same again")
    address = f"/tickets/{ticket.number}/merge/"
    assert "no ticket with this number" in as_anna.post(address, {"number": "999"}).content.decode()
    assert "into itself" in as_anna.post(address, {"number": str(ticket.number)}).content.decode()
    assert "Enter a whole number" in as_anna.post(address, {"number": "abc"}).content.decode()
    assert "was merged into this ticket" in said(as_anna, address, {"number": f"#{survivor.number}"})
    shown = show()
    assert f"It continues as #{survivor.number}." in shown
    assert "data-composer" not in shown
    assert "Merged with" in as_anna.get(f"/tickets/{survivor.number}/").content.decode()


def test_follow_ups_and_other_tickets_are_linked(
    as_anna: Client, ticket: Ticket, make_ticket: MakeTicket, show: Callable[[], str]
) -> None:
    later = make_ticket("Once more", follow_up_of=ticket)
    shown = show()
    assert "Followed by" in shown
    assert "Other tickets" in shown
    assert f"#{later.number} Once more" in shown
    assert "Follows up on" in as_anna.get(f"/tickets/{later.number}/").content.decode()


def test_the_history_tells_everything(as_anna: Client, ticket: Ticket, anna: User, acme: Customer) -> None:
    ticket.set_status("solved", by=anna)
    change_customer(ticket, acme, by=anna)
    Event.objects.create(ticket=ticket, kind="opened", recipient=ticket.requester, data={})
    shown = as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "set the status to Solved" in shown
    assert "changed the customer from Carla Conti to Acme GmbH" in shown
    assert re.search(r"<strong>Carla Conti</strong>\s+opened the ticket", shown)


def test_the_history_names_the_mails_that_were_not_written(as_anna: Client, queue: Queue) -> None:
    Recipient.objects.known("gone@x.example").mark_undeliverable("No such user.")
    ticket = mails.take(mails.mail("gone@x.example")).ticket
    shown = as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "Not sent to gone@x.example: Mail to this address could not be delivered." in shown


def test_the_history_tells_of_mails_for_a_reason_of_the_future(as_anna: Client, ticket: Ticket) -> None:
    Event.objects.create(ticket=ticket, kind="opened", data={"withheld": [["a@b.example", "full_moon"]]})
    assert "Not sent to a@b.example: full_moon" in as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()


def test_the_latest_tickets_of_the_same_people_are_offered_to_merge_into(
    as_anna: Client, make_ticket: MakeTicket, ticket: Ticket, acme: Customer
) -> None:
    same, other = make_ticket("The same printer"), make_ticket("Of another customer", customer=acme)
    gone = make_ticket("Merged before", status="merged", merged_into=same)
    address = f"/tickets/{ticket.number}/merge/"
    shown = as_anna.get(address).content.decode()
    assert [f'name="offered" value="{each.pk}"' in shown for each in (same, other, gone)] == [True, False, False]
    assert "was merged into this ticket" in said(as_anna, address, {"number": "", "offered": same.pk})
    ticket.refresh_from_db()
    assert ticket.merged_into == same


def test_the_history_says_who_took_a_ticket_and_who_gave_it_away(
    as_anna: Client, ticket: Ticket, anna: User, ada: User
) -> None:
    ticket.assign(anna, by=anna)
    ticket.assign(None, by=anna)
    ticket.assign(anna, by=ada)
    ticket.assign(None, by=ada)
    told = [happening.text for happening in as_anna.get(f"/tickets/{ticket.number}/history/").context["events"]]
    assert told == [
        "unassigned Anna Berg",
        "assigned the ticket to Anna Berg",
        "gave the ticket back",
        "took the ticket",
    ]


def test_merging_is_undone_from_the_page_of_either(as_anna: Client, ticket: Ticket, make_ticket: MakeTicket) -> None:
    survivor = make_ticket("The same again")
    undo = f"/tickets/{ticket.number}/merge/undo/"
    page = as_anna.post(f"/tickets/{ticket.number}/merge/", {"number": survivor.number}, follow=True)
    assert f'action="{undo}"' in page.content.decode()
    assert f'action="{undo}"' in as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert said(as_anna, undo, {}) == "Undone."
    ticket.refresh_from_db()
    assert (ticket.merged_into, ticket.comments.count()) == (None, 1)
    assert said(as_anna, undo, {}) == "It was already undone."
    told = [happening.text for happening in as_anna.get(f"/tickets/{ticket.number}/history/").context["events"]]
    pair = f"#{ticket.number}", f"#{survivor.number}"
    assert told[:2] == ["took {} out of {} again".format(*pair), "merged {} into {}".format(*pair)]


def test_the_number_that_is_typed_says_which_ticket_it_is(
    as_anna: Client, ticket: Ticket, make_ticket: MakeTicket
) -> None:
    other, address = make_ticket("The other one"), f"/tickets/{ticket.number}/merge/"
    named = as_anna.get(address, {"number": f"#{other.number}"}, headers={"HX-Request": "true"}).content.decode()
    assert "The other one" in named
    assert "<html" not in named
    nothing = as_anna.get(address, {"number": "9999"}, headers={"HX-Request": "true"}).content.decode()
    assert "There is no ticket with this number." in nothing


def test_what_was_merged_meanwhile_says_so_when_it_is_to_stand_alone(
    as_anna: Client, ticket: Ticket, make_ticket: MakeTicket, anna: User
) -> None:
    survivor = make_ticket("The same again", customer=ticket.customer)
    merge_ticket(ticket, into=survivor, by=anna)
    told = said(as_anna, f"/tickets/{ticket.number}/stand-alone/", {})
    assert told == f"This ticket was merged into #{survivor.number}; continue there."
