"""Who may open which address of a ticket: every URL, for every role and partner (R30, R31, SC54)."""

from collections.abc import Callable

import pytest
from django.test import Client

from recipients.models import Customer, Partner, Role, User
from tickets.models import Attachment, Queue, Ticket
from tickets.tests.conftest import MakeComment, MakeTicket

READ = ("", "news/", "history/", "customer/", "merge/", "messages/{comment}/body/", "attachments/{file}/")
WRITE = (
    "send/",
    "draft/",
    "properties/",
    "participants/",
    "customer/",
    "merge/",
    "sender/accept/",
    "sender/reject/",
    "sender/ask/",
    "primary/",
    "primary/withdraw/",
    "messages/{comment}/accept/",
    "messages/{comment}/reject/",
    "messages/{comment}/undo/",
)

#: Who they are: role, in the queue, with the partner Main.
PEOPLE = {
    "agent": (Role.AGENT, True, False),
    "agent elsewhere": (Role.AGENT, False, False),
    "agent of Main": (Role.AGENT, True, True),
    "administrator": (Role.ADMINISTRATOR, False, False),
    "administrator of Main": (Role.ADMINISTRATOR, False, True),
    "super administrator of Main": (Role.SUPER_ADMINISTRATOR, False, True),
}
#: Whose ticket it is → who may open it.
MAY = {
    "nobody's": {"agent", "administrator", "super administrator of Main"},
    "of no partner": {"agent", "administrator", "super administrator of Main"},
    "of Main": {"agent", "agent of Main", "administrator", "administrator of Main", "super administrator of Main"},
    "of Branch": {"agent", "administrator", "super administrator of Main"},
}


@pytest.fixture
def addresses(
    make_ticket: MakeTicket,
    make_comment: MakeComment,
    make_file: Callable[..., Attachment],
    carla: Customer,
    main_partner: Partner,
) -> Callable[[str], tuple[list[str], list[str]]]:
    """Every address of a ticket that belongs to somebody: those to read, those to change it."""

    def of(whose: str) -> tuple[list[str], list[str]]:
        branch = Partner.objects.create(name="Branch")
        partner = {"of Main": main_partner, "of Branch": branch}.get(whose)
        Customer.objects.filter(pk=carla.pk).update(partner=partner)
        ticket = make_ticket(customer=None if whose == "nobody's" else carla)
        comment = make_comment(ticket, "Hello", html="<p>Hello</p>", is_held=True)
        names = {"comment": comment.pk, "file": make_file(comment, "a.txt", b"x", "text/plain").pk}
        start = f"/tickets/{ticket.number}/"
        return [start + path.format(**names) for path in READ], [start + path.format(**names) for path in WRITE]

    return of


def sign_in(who: str, queue: Queue, main_partner: Partner) -> Client:
    role, in_queue, of_main = PEOPLE[who]
    user = User.objects.create_user("she@helpdesk.example", "x", role=role, partner=main_partner if of_main else None)
    if in_queue:
        user.queues.add(queue)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("whose", MAY)
def test_a_ticket_out_of_sight_is_not_there(
    addresses: Callable[[str], tuple[list[str], list[str]]],
    queue: Queue,
    main_partner: Partner,
    who: str,
    whose: str,
) -> None:
    reading, writing = addresses(whose)
    client = sign_in(who, queue, main_partner)
    expected = 200 if who in MAY[whose] else 404
    assert {address: client.get(address).status_code for address in reading} == dict.fromkeys(reading, expected)
    if expected == 404:
        assert {address: client.post(address).status_code for address in writing} == dict.fromkeys(writing, 404)
    else:
        assert client.get("/tickets/?view=all&text=hello").content.count(b"data-row") == 1


def test_visitors_are_sent_to_the_sign_in_page(
    addresses: Callable[[str], tuple[list[str], list[str]]], client: Client
) -> None:
    reading, writing = addresses("of Main")
    for address in reading:
        assert client.get(address)["Location"].startswith("/accounts/login/")
    for address in writing:
        assert client.post(address)["Location"].startswith("/accounts/login/")
    assert Ticket.objects.get().comments.get().is_held


def test_a_part_of_another_ticket_is_not_served_under_a_visible_number(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment, make_file: Callable[..., Attachment]
) -> None:
    hidden = make_comment(make_ticket(queue=Queue.objects.create(name="Sales")), "Secret", html="<p>Secret</p>")
    file = make_file(hidden, "a.txt", b"x", "text/plain")
    mine = make_ticket().number
    assert as_anna.get(f"/tickets/{mine}/messages/{hidden.pk}/body/").status_code == 404
    assert as_anna.get(f"/tickets/{mine}/attachments/{file.pk}/").status_code == 404
    assert as_anna.post(f"/tickets/{mine}/messages/{hidden.pk}/undo/").status_code == 404


def test_changes_need_a_form(as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment) -> None:
    ticket = make_ticket()
    comment = make_comment(ticket, is_held=True)
    for path in WRITE:
        if path not in ("customer/", "merge/", "primary/"):
            address = f"/tickets/{ticket.number}/{path.format(comment=comment.pk)}"
            assert as_anna.get(address).status_code == 405


def test_numbers_beyond_every_database_are_not_there(as_anna: Client) -> None:
    assert as_anna.get(f"/tickets/{10**30}/").status_code == 404
    assert as_anna.get("/tickets/0/").status_code == 404
