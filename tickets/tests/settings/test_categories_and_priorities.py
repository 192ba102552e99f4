"""Custom categories and priorities: set up, given by the queue, chosen, found, and taken back."""

import re

import pytest
from django.test import Client

from mailboxes.models import Mailbox, save_with_address
from mailboxes.tests.mails import arrive, mail
from recipients.models import User
from tickets.models import Category, Event, PriorityLevel, Queue, Rule, Ticket
from tickets.tests.conftest import MakeTicket
from tickets.tests.ticket_page.conftest import HTMX
from tickets.tests.ticket_page.test_changing import properties

pytestmark = pytest.mark.django_db

CATEGORIES = "/settings/categories/"


@pytest.fixture
def hardware(db: None) -> Category:
    return Category.objects.create(name="Hardware")


@pytest.fixture
def printers(hardware: Category) -> Category:
    return Category.objects.create(name="Printers", parent=hardware)


@pytest.fixture
def support(queue: Queue) -> Mailbox:
    box = Mailbox(name="Support", imap_host="127.0.0.1", imap_port=9, imap_username="support", imap_password="x")
    save_with_address(box, "support@helpdesk.example", queue)
    return box


def test_a_category_is_made_below_another_and_moves_with_it(as_ada: Client, hardware: Category) -> None:
    as_ada.post(f"{CATEGORIES}new/", {"name": " Laser  printers ", "parent": hardware.pk, "is_active": "on"})
    below = Category.objects.get(parent=hardware)
    assert str(below) == "Hardware / Laser printers"
    as_ada.post(f"{CATEGORIES}{hardware.pk}/", {"name": "Devices", "is_active": "on"})
    below.refresh_from_db()
    assert str(below) == "Devices / Laser printers"


@pytest.mark.parametrize(
    ("name", "parent", "why"),
    [
        ("Printers", "hardware", "A category with this name already exists here."),
        ("A/B", "", "A name must not contain “/”"),
        ("Hardware", "printers", "A category cannot belong to itself."),
    ],
)
def test_what_makes_no_tree_is_refused(
    as_ada: Client, hardware: Category, printers: Category, name: str, parent: str, why: str
) -> None:
    keys = {"hardware": hardware.pk, "printers": printers.pk, "": ""}
    address = f"{CATEGORIES}{hardware.pk}/" if parent == "printers" else f"{CATEGORIES}new/"
    shown = as_ada.post(address, {"name": name, "parent": keys[parent], "is_active": "on"}).content.decode()
    assert why in shown
    assert Category.objects.count() == 2


def test_a_category_in_use_is_kept_and_an_unused_one_deleted(
    as_ada: Client, make_ticket: MakeTicket, hardware: Category, printers: Category
) -> None:
    make_ticket(category=printers)
    shown = as_ada.post(f"{CATEGORIES}{printers.pk}/delete/", follow=True).content.decode()
    assert "Hardware / Printers is in use" in shown
    Ticket.objects.update(category=None)
    as_ada.post(f"{CATEGORIES}{printers.pk}/delete/")
    assert list(Category.objects.all()) == [hardware]


def test_a_new_ticket_gets_category_and_priority_of_its_queue(  # T16, T17
    as_ada: Client, support: Mailbox, queue: Queue, printers: Category
) -> None:
    form = {"name": "Support", "make_default": "on", "language": "en", "time_zone": "UTC", "sender": "mailbox"}
    form |= {"unknown_senders": "accept", "bulk_mail": "ticket", "default_priority": "3"}
    as_ada.post(f"/settings/queues/{queue.pk}/", form | {"default_category": str(printers.pk)})
    Queue.objects.filter(pk=queue.pk).update(is_default=True)
    support.addresses.update(queue=queue)
    ticket = arrive(mail()).ticket
    assert ticket
    assert (ticket.category, ticket.priority) == (printers, 3)


def test_the_category_is_chosen_beside_the_ticket_told_and_taken_back(
    as_anna: Client, ticket: Ticket, printers: Category
) -> None:
    data = properties(ticket, category=printers.pk)
    shown = as_anna.post(f"/tickets/{ticket.number}/properties/", data, headers=HTMX).content.decode()
    assert "Category: Hardware / Printers" in shown
    ticket.refresh_from_db()
    assert ticket.category == printers
    history = as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "set the category to Hardware / Printers" in history
    undo = re.search(r'action="(/tickets/undo/[^"]+)"', shown)
    assert undo
    as_anna.post(undo[1])
    ticket.refresh_from_db()
    assert ticket.category is None
    assert Event.objects.filter(kind="category").count() == 2


def test_the_list_shows_filters_and_changes_categories(
    as_anna: Client, make_ticket: MakeTicket, hardware: Category, printers: Category
) -> None:
    one, other = make_ticket("One", category=printers), make_ticket("Other")
    as_anna.post("/tickets/columns/", {"columns": ["category", "status"]})
    shown = as_anna.get(f"/tickets/?category={hardware.pk}").content.decode()
    assert "Hardware / Printers" in shown
    assert f"/tickets/{one.pk}/" in shown  # which stands below it
    assert f"/tickets/{other.pk}/" not in shown
    as_anna.post("/tickets/bulk/", {"selected": [one.pk, other.pk], "category": hardware.pk})
    assert set(Ticket.objects.values_list("category", flat=True)) == {hardware.pk}


def test_a_category_that_is_no_longer_offered_stays_where_it_is(
    as_anna: Client, ticket: Ticket, hardware: Category, printers: Category
) -> None:
    ticket.category = printers
    ticket.save()
    printers.is_active = False
    printers.save()
    assert "Hardware / Printers" in as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    Ticket.objects.update(category=hardware)
    assert "Hardware / Printers" not in as_anna.get(f"/tickets/{ticket.number}/").content.decode()


def test_a_priority_has_a_name_and_a_colour_of_its_own(as_ada: Client, ticket: Ticket) -> None:  # T17
    as_ada.post("/settings/priorities/3/", {"name": "VIP", "colour": "violet"})
    ticket.set_priority(3, by=None)
    shown = as_ada.get(f"/tickets/{ticket.number}/").content.decode()
    assert '<span class="priority violet" data-priority="high">VIP</span>' in shown
    assert "set the priority to VIP" in as_ada.get(f"/tickets/{ticket.number}/history/").content.decode()
    same = as_ada.post("/settings/priorities/4/", {"name": "vip", "colour": ""})
    assert "A priority with this name already exists." in same.content.decode()


def test_a_new_priority_is_the_highest_and_can_change_its_place(
    as_ada: Client, queue: Queue, make_ticket: MakeTicket
) -> None:
    as_ada.post("/settings/priorities/new/", {"name": "Outage", "colour": "danger"})
    outage, urgent = make_ticket("Outage", priority=5), make_ticket("Urgent", priority=4)
    Queue.objects.update(default_priority=4)
    as_ada.post("/settings/priorities/4/raise/")
    outage.refresh_from_db()
    urgent.refresh_from_db()
    assert (outage.priority, outage.priority_level.name) == (4, "Outage")
    assert (urgent.priority, urgent.priority_level.name) == (5, "Urgent")
    queue.refresh_from_db()
    assert queue.default_priority == 5
    assert 'data-priority="urgent">Urgent' in as_ada.get("/settings/priorities/").content.decode()
    as_ada.post("/settings/priorities/4/raise/")
    told = as_ada.post("/settings/priorities/5/delete/", follow=True).content.decode()
    assert "Tickets or queues have this priority" in told


def test_what_is_above_urgent_looks_otherwise_and_rules_follow_the_one_they_name(as_ada: Client) -> None:  # T17
    as_ada.post("/settings/priorities/new/", {"name": "Outage", "colour": ""})
    shown = as_ada.get("/settings/priorities/").content.decode()
    assert 'data-priority="top">Outage' in shown
    assert 'data-priority="urgent">Urgent' in shown
    named = [{"field": "priority", "how": "at_least", "value": 4}]
    rule = Rule.objects.create(name="R", trigger="time", conditions=named, actions=[{"do": "priority", "value": 5}])
    refused = as_ada.post("/settings/priorities/5/delete/", follow=True).content.decode()
    assert "The rule “R” uses this priority; change the rule first." in refused
    as_ada.post("/settings/priorities/4/raise/")
    rule.refresh_from_db()
    assert (rule.conditions[0]["value"], rule.actions[0]["value"]) == (5, 4)
    listed = as_ada.get("/settings/rules/over-time/").content.decode()
    assert "Priority is at least “Urgent”" in listed
    assert "Priority: Outage" in listed
    as_ada.post("/settings/priorities/5/", {"name": "", "colour": "violet", "mark": "low"})
    assert (
        '<span class="priority violet" data-priority="low">Urgent'
        in as_ada.get("/settings/priorities/").content.decode()
    )


def test_there_are_so_many_priorities_levels_and_choices_and_no_more(as_ada: Client) -> None:
    for number in range(6):
        last = as_ada.post("/settings/priorities/new/", {"name": f"P{number}", "colour": ""})
    assert "You can have at most 9 priorities." in last.content.decode()
    parent: int | str = ""
    for level in range(6):
        last = as_ada.post(f"{CATEGORIES}new/", {"name": f"L{level}", "parent": parent, "is_active": "on"})
        parent = Category.objects.latest("pk").pk
    assert "Categories have at most 5 levels." in last.content.decode()
    options = "\n".join(map(str, range(201)))
    field = {"name": "Many", "about": "ticket", "kind": "choice", "options": options, "is_active": "on"}
    assert "At most 200 choices." in as_ada.post("/settings/fields/new/", field).content.decode()


def test_a_priority_that_nothing_has_is_deleted_and_a_built_in_one_is_not(as_ada: Client, ada: User) -> None:
    as_ada.post("/settings/priorities/new/", {"name": "Outage", "colour": ""})
    as_ada.post("/settings/priorities/5/delete/")
    assert not PriorityLevel.objects.exists()
    assert "Only a priority of your own" in as_ada.post("/settings/priorities/1/delete/", follow=True).content.decode()
