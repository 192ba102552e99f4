"""Nobody keeps a ticket they may not see, whatever took it out of their sight (R31)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recipients.models import Customer, Partner, Recipient, Role, User
from tickets.conversation.unassigning import follow_user
from tickets.customers import pairing
from tickets.models import Event, Queue, Ticket
from tickets.tests.conftest import MakeTicket

pytestmark = pytest.mark.django_db


@pytest.fixture
def north(db: None) -> Partner:
    return Partner.objects.create(name="North")


@pytest.fixture
def nora(queue: Queue, north: Partner) -> User:
    """Nora, agent of the partner North."""
    nora = User.objects.create_user("nora@helpdesk.example", "correct horse battery", first_name="Nora", partner=north)
    nora.queues.add(queue)
    return nora


@pytest.fixture
def ticket(make_ticket: MakeTicket, carla: Customer, north: Partner, nora: User) -> Ticket:
    """Carla's, who belongs to North; Nora has it."""
    Customer.objects.filter(pk=carla.pk).update(partner=north)
    return make_ticket(customer=Customer.objects.get(pk=carla.pk), assignee=nora)


def assignee(ticket: Ticket) -> User | None:
    return Ticket.objects.get(pk=ticket.pk).assignee


def told(ticket: Ticket) -> list[tuple[str, str, str]]:
    """What the history says of its assignees."""
    events = Event.objects.filter(ticket=ticket, kind=Event.Kind.ASSIGNEE).order_by("pk")
    return [(event.data["before"], event.data["after"], event.agent.email if event.agent else "") for event in events]


def form_of(page: Any) -> dict[str, Any]:
    """What a form shows, as it is sent back."""
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in values.items() if value not in (None, False)}
    if addresses := page.context.get("addresses"):
        sent |= {f"{addresses.prefix}-TOTAL_FORMS": "0", f"{addresses.prefix}-INITIAL_FORMS": "0"}
    return sent


def test_another_partner_of_the_customer(as_anna: Client, ticket: Ticket, carla: Customer, anna: User) -> None:
    main = Partner.objects.create(name="Main")
    url = f"/customers/{carla.pk}/edit/"
    as_anna.post(url, form_of(as_anna.get(url)) | {"notes": "Calls on Mondays"})
    assert assignee(ticket)
    as_anna.post(url, form_of(as_anna.get(url)) | {"partner": main.pk})
    assert Customer.objects.get(pk=carla.pk).partner == main
    assert (assignee(ticket), told(ticket)) == (None, [("Nora", "", anna.email)])


def test_an_import(as_anna: Client, ticket: Ticket, carla: Customer, anna: User) -> None:
    Partner.objects.create(name="Main")
    Customer.objects.filter(pk=carla.pk).update(number="7")
    file = SimpleUploadedFile("customers.csv", b"Number,Name,Partner\n7,Carla Conti,Main\n")
    preview = as_anna.post("/customers/import/", {"file": file})
    token = preview.context["token"]
    as_anna.post("/customers/import/", {"token": token, "name": "customers.csv", "do": "import"})
    assert (assignee(ticket), told(ticket)) == (None, [("Nora", "", anna.email)])


@pytest.mark.parametrize("change", ["partner", "queues", "is_active"])
def test_another_partner_or_queue_of_the_agent_and_who_may_sign_in_no_more(
    change: str, as_ada: Client, ticket: Ticket, nora: User, queue: Queue, ada: User
) -> None:
    url = f"/settings/users/{nora.pk}/"
    sent = form_of(as_ada.get(url))
    as_ada.post(url, sent | {"last_name": "Berg"})
    assert assignee(ticket) == nora
    if change == "partner":
        sent["partner"] = Partner.objects.create(name="Main").pk
    elif change == "queues":
        sent["queues"] = [Queue.objects.create(name="Other").pk]
    else:
        del sent["is_active"]
    page = as_ada.post(url, sent, follow=True).content.decode()
    assert (assignee(ticket), len(told(ticket))) == (None, 1)
    assert told(ticket)[0][2] == ada.email
    assert "1 ticket is unassigned now" in page


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("page", ["user", "customer", "queue"])
def test_a_change_in_the_admin(page: str, client: Client, superuser: User, ticket: Ticket, nora: User) -> None:
    client.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    main, queue, customer = Partner.objects.create(name="Main"), ticket.queue, ticket.customer
    assert customer
    table, pk, change = {
        "user": ("recipients/user", nora.pk, {"partner": main.pk}),
        "customer": ("recipients/customer", customer.pk, {"partner": main.pk}),
        "queue": ("tickets/queue", queue.pk, {"agents": []}),
    }[page]
    url = f"/admin/{table}/{pk}/change/"
    shown = client.get(url).context["adminform"].form
    sent = {name: shown[name].value() for name in shown.fields if shown[name].value() not in (None, False)}
    sent |= {"addresses-TOTAL_FORMS": "0", "addresses-INITIAL_FORMS": "0"}
    assert client.post(url, sent | change).status_code == 302
    assert (assignee(ticket), told(ticket)) == (None, [("Nora", "", superuser.email)])


def test_an_administrator_of_every_queue_keeps_it(as_ada: Client, ticket: Ticket, nora: User) -> None:
    nora.queues.clear()
    User.objects.filter(pk=nora.pk).update(role=Role.ADMINISTRATOR)
    assert follow_user(User.objects.get(pk=nora.pk), by=None) == 0
    assert assignee(ticket) == nora


def test_pairing_and_undoing_it_say_who_lost_and_got_the_ticket(ticket: Ticket, acme: Customer, anna: User) -> None:
    requester = Recipient.objects.filter(pk=ticket.requester_id)
    Ticket.objects.update(customer=None, assignee=anna)
    Customer.objects.filter(pk=acme.pk).update(partner=Partner.objects.create(name="Main"))
    User.objects.filter(pk=anna.pk).update(partner=Partner.objects.get(name="North"))
    requester.update(address="u@z.example")
    paired = pairing.pair(requester, acme, by=None)
    assert (assignee(ticket), told(ticket)) == (None, [("Anna Berg", "", "")])
    User.objects.filter(pk=anna.pk).update(partner=None)
    pairing.undo(paired.changed.batch, by=anna)
    assert (assignee(ticket), told(ticket)[1]) == (anna, ("", "Anna Berg", anna.email))


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("lost", ["partner", "queue", "sign-in"])
def test_undoing_asks_again_who_may_see(ticket: Ticket, acme: Customer, anna: User, lost: str) -> None:
    requester = Recipient.objects.filter(pk=ticket.requester_id)
    requester.update(address="u@z.example")
    Ticket.objects.update(customer=None, assignee=anna)
    main = Partner.objects.create(name="Main")
    Customer.objects.filter(pk=acme.pk).update(partner=main)
    User.objects.filter(pk=anna.pk).update(partner=Partner.objects.get(name="North"))
    paired = pairing.pair(requester, acme, by=None)
    assert assignee(ticket) is None
    User.objects.filter(pk=anna.pk).update(partner=main if lost == "partner" else None, is_active=lost != "sign-in")
    if lost == "queue":
        anna.queues.clear()
    pairing.undo(paired.changed.batch, by=anna)
    assert Ticket.objects.get(pk=ticket.pk).customer is None
    assert (assignee(ticket), len(told(ticket))) == (None, 1)


def test_it_costs_the_same_however_many_tickets_there_are(make_ticket: MakeTicket, ticket: Ticket, nora: User) -> None:
    def cost() -> int:
        User.objects.filter(pk=nora.pk).update(is_active=False)
        Ticket.objects.update(assignee=nora)
        with CaptureQueriesContext(connection) as queries:
            follow_user(User.objects.get(pk=nora.pk), by=None)
        return len(queries)

    one = cost()
    for _each in range(5):
        make_ticket(customer=ticket.customer)
    assert cost() == one
