"""Whom an answer goes to: To, Cc and Bcc, where a message wants its answers, and who counts as the requester."""

from collections.abc import Callable

import pytest
from django.test import Client

from recipients.models import Customer, CustomerAddress, OwnAddress, Recipient, User
from tickets.models import Comment, Draft, Outbox, Queue, Ticket
from tickets.tests.conftest import MakeComment
from tickets.tests.mails import id_of, mail, reply_to, sent, take
from tickets.tests.ticket_page.conftest import said

OLAF = "olaf@brandt.example"


@pytest.fixture
def by_form(queue: Queue, anna: User, carla: Customer) -> Ticket:
    """A ticket of a web form: whoever filled it in stands in Reply-To."""
    return take(mail("Form <form@web.example>", "A question", headers={"Reply-To": OLAF})).ticket


def answer(client: Client, ticket: Ticket, **fields: str) -> Comment:
    last = ticket.comments.order_by("pk").last()
    data = {"kind": "reply", "html": "<p>Like this.</p>", "seen": last.pk if last else 0, **fields}
    response = client.post(f"/tickets/{ticket.number}/send/", data)
    assert response.status_code == 302, response.content.decode()
    return ticket.comments.filter(kind="agent").latest("pk")


def page(client: Client, ticket: Ticket, query: str = "") -> str:
    return client.get(f"/tickets/{ticket.number}/{query}").content.decode()


def test_an_answer_to_somebody_else_tells_neither_requester_nor_customer(
    as_anna: Client, ticket: Ticket, carla: Customer
) -> None:
    CustomerAddress.objects.create(customer=carla, address="carla@home.example")
    comment = answer(as_anna, ticket, to=f"Olaf <{OLAF}>", cc="boss@acme.example")
    assert sent(ticket, "new_message") == ["boss@acme.example", OLAF]
    assert [person["address"] for person in comment.to] == [OLAF]
    assert f"to {OLAF}" in page(as_anna, ticket)
    answer(as_anna, ticket)
    assert "carla@acme.example" in sent(ticket, "new_message")


def test_the_address_that_stands_there_anyway_changes_nothing(as_anna: Client, ticket: Ticket) -> None:
    assert 'value="carla@acme.example"' in page(as_anna, ticket)
    answer(as_anna, ticket, to="Carla <CARLA@acme.example>")
    assert sent(ticket, "new_message") == ["carla@acme.example"]


def test_whom_an_answer_was_addressed_to_joins_the_ticket_by_answering_it(as_anna: Client, ticket: Ticket) -> None:
    answer(as_anna, ticket, to=OLAF)
    ours = Outbox.objects.get(ticket=ticket, recipient=OLAF)
    received = reply_to(ours)
    assert received.ticket == ticket
    assert not received.held
    assert not ticket.participants.exists()
    assert reply_to(ours, sender="mallory@evil.example").held


def test_who_had_a_hidden_copy_is_held_and_nobody_else_learns_of_it(
    as_anna: Client, ticket: Ticket, enter: Callable[[str], Client]
) -> None:
    answer(as_anna, ticket, bcc=OLAF)
    assert sent(ticket, "new_message") == ["carla@acme.example", OLAF]
    assert "<dt>Bcc</dt>" in page(as_anna, ticket)
    assert OLAF not in Outbox.objects.get(recipient="carla@acme.example", kind="new_message").html
    Comment.objects.filter(ticket=ticket, kind="agent").update(message_id="x@desk.example")
    shown = enter("carla@acme.example").get(f"/portal/tickets/{ticket.number}/").content.decode()
    assert "Like this." in shown
    assert OLAF not in shown
    answered = Outbox.objects.get(ticket=ticket, recipient=OLAF)
    assert take(mail(OLAF, f"Re: {answered.subject}", answers=id_of(answered))).held


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_no_answer_goes_to_an_address_of_ours(as_anna: Client, ticket: Ticket, field: str) -> None:
    OwnAddress.objects.create(address="support@desk.example")
    data = {"kind": "reply", "html": "<p>x</p>", field: "support@desk.example"}
    response = as_anna.post(f"/tickets/{ticket.number}/send/", data)
    assert response.status_code == 422
    assert "is an address of the helpdesk itself" in response.content.decode()
    assert 'value="support@desk.example"' in response.content.decode()


def test_undo_brings_back_whom_it_went_to(as_anna: Client, ticket: Ticket) -> None:
    comment = answer(as_anna, ticket, to=OLAF, bcc="boss@acme.example")
    as_anna.post(f"/tickets/{ticket.number}/messages/{comment.pk}/undo/")
    draft = Draft.objects.get(ticket=ticket)
    assert (draft.to, draft.bcc) == (OLAF, "boss@acme.example")
    assert f'name="to" value="{OLAF}"' in page(as_anna, ticket)


def test_a_draft_follows_the_requester_unless_somebody_else_was_chosen(as_anna: Client, ticket: Ticket) -> None:
    typed = {"kind": "reply", "html": "<p>Half</p>", "usual_to": "carla@acme.example"}
    as_anna.post(f"/tickets/{ticket.number}/draft/", {**typed, "to": "carla@acme.example"})
    assert Draft.objects.get().to == ""
    as_anna.post(f"/tickets/{ticket.number}/draft/", {**typed, "to": OLAF, "bcc": "b@acme.example"})
    assert (Draft.objects.get().to, Draft.objects.get().bcc) == (OLAF, "b@acme.example")
    as_anna.post(f"/tickets/{ticket.number}/draft/", {**typed, "html": "", "to": typed["usual_to"]})
    assert not Draft.objects.exists()


def test_one_click_answers_where_a_message_wants_its_answers(as_ada: Client, by_form: Ticket) -> None:
    shown = page(as_ada, by_form)
    assert f'href="?to={OLAF.replace("@", "%40")}#composer"' in shown
    assert f'name="to" value="{OLAF}"' in page(as_ada, by_form, f"?to={OLAF}")


def test_the_requester_is_corrected_and_the_way_back_is_open(
    as_ada: Client, by_form: Ticket, carla: Customer, ada: User
) -> None:
    CustomerAddress.objects.create(customer=carla, address=OLAF)
    former = by_form.requester
    response = as_ada.post(f"/tickets/{by_form.number}/requester/", {"address": OLAF}, follow=True)
    by_form.refresh_from_db()
    assert by_form.requester == Recipient.objects.get(address=OLAF)
    assert by_form.customer == carla
    assert by_form.validity == "to_verify"  # nobody vouches for who filled in the form
    assert "corrected the requester from form@web.example to olaf@brandt.example" in response.content.decode()
    (told,) = response.context["messages"]
    undone = said(as_ada, told.extra_tags.partition("undo=")[2].split()[0], {})
    assert "Undone." in undone
    by_form.refresh_from_db()
    assert (by_form.requester, by_form.customer) == (former, None)


def test_what_an_agent_said_of_the_customer_outlives_the_correction(
    as_anna: Client, ticket: Ticket, carla: Customer
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(customer_source="agent")
    as_anna.post(f"/tickets/{ticket.number}/requester/", {"offered": OLAF})
    ticket.refresh_from_db()
    assert ticket.requester is not None
    assert (ticket.requester.address, ticket.customer, ticket.validity) == (OLAF, carla, "valid")


@pytest.mark.parametrize(
    ("address", "why"), [("nonsense", "is not an email address"), ("bad@evil.example", "is banned"), ("", "required")]
)
def test_nobody_who_cannot_ask_becomes_the_requester(as_anna: Client, ticket: Ticket, address: str, why: str) -> None:
    Recipient.objects.known("bad@evil.example")
    Recipient.objects.filter(address="bad@evil.example").update(banned=True)
    response = as_anna.post(f"/tickets/{ticket.number}/requester/", {"address": address})
    assert response.status_code == 422
    assert why in response.content.decode()
    ticket.refresh_from_db()
    assert ticket.requester == Recipient.objects.get(address="carla@acme.example")


def test_fields_for_addresses_suggest_the_people_of_the_ticket_and_whoever_is_known(
    as_anna: Client, ticket: Ticket, carla: Customer, make_comment: MakeComment
) -> None:
    make_comment(ticket, "See there.", cc=[{"name": "Tom Weber", "address": "tom@acme.example"}])
    CustomerAddress.objects.create(customer=carla, address="carla@home.example")
    Recipient.objects.known("tommaso@elsewhere.example")

    def suggested(text: str, query: str = f"&ticket={ticket.number}") -> list[str]:
        response = as_anna.get(f"/tickets/people/?text={text}{query}")
        return [person["address"] for person in response.json()["people"]]

    assert suggested("tom")[0] == "tom@acme.example"
    assert suggested("weber") == ["tom@acme.example"]
    assert set(suggested("carla")) >= {"carla@acme.example", "carla@home.example"}
    assert suggested("carla", "")


@pytest.mark.parametrize("fields", [{"is_held": True}, {"is_public": False, "held_reason": "Unknown."}])
def test_who_is_held_or_was_rejected_is_not_offered_under_the_name_they_took(
    as_anna: Client, ticket: Ticket, make_comment: MakeComment, fields: dict[str, bool | str]
) -> None:
    def offered() -> list[bool]:
        pages = (f"people/?text=evil&ticket={ticket.number}", f"{ticket.number}/requester/")
        return ["mallory@evil.example" in as_anna.get(f"/tickets/{each}").content.decode() for each in pages]

    held = make_comment(ticket, "Send it here.", author_address="mallory@evil.example", **fields)
    assert offered() == [False, False]
    Comment.objects.filter(pk=held.pk).update(is_held=False, is_public=True)
    assert offered() == [True, True]


def test_nobody_is_suggested_of_a_ticket_that_one_may_not_see(client: Client, ticket: Ticket) -> None:
    stranger = User.objects.create_user("nobody@helpdesk.example", "correct horse battery")
    client.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(f"/tickets/people/?text=carla&ticket={ticket.number}").status_code == 404
