"""Several tickets of the list become one, and several again."""

import pytest
from django.test import Client

from recipients.models import Customer
from tickets.models import Ticket
from tickets.tests.conftest import MakeComment, MakeTicket
from tickets.tests.ticket_page.conftest import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(make_ticket: MakeTicket, make_comment: MakeComment, carla: Customer) -> list[Ticket]:
    tickets = [make_ticket(f"Printer {number}", customer=carla) for number in range(3)]
    for ticket in tickets:
        make_comment(ticket)
    return tickets


def test_the_selected_tickets_are_merged_into_the_one_that_goes_on_and_undone(
    as_anna: Client, three: list[Ticket]
) -> None:
    selected = [ticket.pk for ticket in three]
    asked = as_anna.post("/tickets/merge/", {"selected": selected}).content.decode()
    assert f'name="into" value="{three[0].pk}" checked' in asked
    assert all(ticket.subject in asked for ticket in three)
    assert not Ticket.objects.filter(status="merged").exists()
    response = as_anna.post("/tickets/merge/", {"selected": selected, "into": three[1].pk}, follow=True)
    (told,) = response.context["messages"]
    assert f"2 tickets were merged into #{three[1].number}." in str(told)
    assert set(Ticket.objects.filter(merged_into=three[1])) == {three[0], three[2]}
    assert three[1].comments.count() == 3
    assert "Undone." in said(as_anna, told.extra_tags.partition("undo=")[2].split()[0], {})
    assert not Ticket.objects.filter(status="merged").exists()
    assert three[1].comments.count() == 1


def test_what_cannot_be_merged_is_told_and_the_rest_is(
    as_anna: Client, three: list[Ticket], make_ticket: MakeTicket, acme: Customer
) -> None:
    foreign = make_ticket("Of others", customer=Customer.objects.create(name="Others"))
    selected = [three[0].pk, three[1].pk, foreign.pk]
    told = said(as_anna, "/tickets/merge/", {"selected": selected, "into": three[0].pk})
    assert f"1 ticket was merged into #{three[0].number}." in told
    assert f"#{foreign.number}" in told
    assert "belong to different customers" in told


def test_one_ticket_alone_is_nothing_to_merge(as_anna: Client, three: list[Ticket]) -> None:
    assert "Select between 2 and 20 tickets to merge." in said(as_anna, "/tickets/merge/", {"selected": [three[0].pk]})
