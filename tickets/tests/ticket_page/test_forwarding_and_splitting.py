"""Does what is passed on stay between agents and whom they asked, and does what was split off stand on its own?"""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from recipients.models import Customer, CustomerAddress, OwnAddress, Recipient, User
from tickets.intake.by_agent import split_off
from tickets.models import Attachment, Comment, Draft, Outbox, Ticket, TicketSettings
from tickets.models.work.errors import NotAllowed
from tickets.tests.conftest import MakeComment, MakeTicket
from tickets.tests.mails import mail, reply_to, sent, take
from tickets.tests.ticket_page.conftest import said

OLAF = "olaf@supplier.example"


def page(client: Client, ticket: Ticket, query: str = "") -> str:
    return client.get(f"/tickets/{ticket.number}/{query}").content.decode()


def forward(client: Client, message: Comment, **fields: str) -> Comment:
    """Forwards a message as the page does: into the composer, and from there to whom `to` names."""
    address = f"/tickets/{message.ticket_id}/"
    assert client.post(f"{address}messages/{message.pk}/forward/")["Location"] == f"{address}#composer-to"
    draft = Draft.objects.get(ticket=message.ticket)
    data = {"kind": "reply", "html": draft.html, "forwards": str(message.pk), "kept": [f.pk for f in draft.files.all()]}
    response = client.post(f"{address}send/", data | fields)
    assert response.status_code == 302, response.content.decode()
    return Comment.objects.filter(kind="agent").latest("pk")


def test_a_message_is_forwarded_with_its_files_to_whom_the_agent_names_alone(
    as_anna: Client, ticket: Ticket, make_file: Callable[..., Attachment], enter: Callable[[str], Client]
) -> None:
    ticket.participants.add(Recipient.objects.known("boss@acme.example", "Boss"))
    message = ticket.comments.get()
    make_file(message, "plan.txt", b"plan", "text/plain")
    passed_on = forward(as_anna, message, to=OLAF)
    assert sent(ticket, "new_message") == [OLAF]
    mail = Outbox.objects.get(ticket=ticket, recipient=OLAF)
    assert "Where is my invoice?" in mail.text
    assert "carla@acme.example" in mail.text
    assert [file.name for file in mail.attachments.all()] == ["plan.txt"]
    assert message.attachments.count() == 1  # it has the file still
    assert passed_on.cc == []
    assert [each.address for each in ticket.participants.all()] == ["boss@acme.example"]
    assert not Draft.objects.exists()
    assert "Forwarded: the customer does not see it." in page(as_anna, ticket)
    Comment.objects.filter(pk=passed_on.pk).update(created_at=timezone.now() - dt.timedelta(days=1))
    assert (
        "Forwarded message" not in enter("carla@acme.example").get(f"/portal/tickets/{ticket.number}/").content.decode()
    )


def test_what_comes_back_joins_the_ticket_unseen_by_the_customer_and_its_writer_is_nobody_there(
    as_anna: Client, ticket: Ticket, enter: Callable[[str], Client]
) -> None:
    forward(as_anna, ticket.comments.get(), to=OLAF)
    received = reply_to(Outbox.objects.get(ticket=ticket, recipient=OLAF), "The part costs us 3 euros.")
    assert (received.ticket, received.held) == (ticket, False)
    ticket.refresh_from_db()
    assert ticket.requester
    assert ticket.requester.address == "carla@acme.example"
    assert not ticket.participants.exists()
    assert "The customer does not see this message." in page(as_anna, ticket)
    shown = enter("carla@acme.example").get(f"/portal/tickets/{ticket.number}/").content.decode()
    assert "3 euros" not in shown
    as_anna.post(f"/tickets/{ticket.number}/send/", {"kind": "reply", "html": "<p>It is on its way.</p>"})
    to_carla = Outbox.objects.get(ticket=ticket, recipient="carla@acme.example", kind="new_message")
    assert "3 euros" not in to_carla.text


def test_the_customer_waits_on_while_somebody_else_is_asked(as_anna: Client, ticket: Ticket) -> None:
    forward(as_anna, ticket.comments.get(), to=OLAF)
    row = as_anna.get("/tickets/?view=all").context["table"].paginated_rows[0].record
    assert row.facts.waiting_since
    assert row.first_response_at is None


def test_a_message_is_not_forwarded_to_nobody_and_what_was_typed_stays(as_anna: Client, ticket: Ticket) -> None:
    message = ticket.comments.get()
    address = f"/tickets/{ticket.number}/"
    as_anna.post(f"{address}draft/", {"kind": "reply", "html": "<p>Please look.</p>"})
    for _click in range(2):
        as_anna.post(f"{address}messages/{message.pk}/forward/")
    draft = Draft.objects.get()
    assert draft.html.startswith("<p>Please look.</p>")
    assert draft.html.count("Where is my invoice?") == 1
    shown = page(as_anna, ticket)
    assert f'name="forwards" value="{message.pk}"' in shown
    assert 'id="composer-to" name="to" value=""' in shown
    response = as_anna.post(f"{address}send/", {"kind": "reply", "html": draft.html, "forwards": message.pk, "to": ""})
    assert response.status_code == 422
    assert not sent(ticket)
    instead = page(as_anna, ticket, "?answer")
    assert 'name="forwards"' not in instead
    assert 'name="to" value="carla@acme.example"' in instead


def test_undo_brings_back_what_was_forwarded_and_to_whom(as_anna: Client, ticket: Ticket) -> None:
    message = ticket.comments.get()
    passed_on = forward(as_anna, message, to=OLAF)
    as_anna.post(f"/tickets/{ticket.number}/messages/{passed_on.pk}/undo/")
    draft = Draft.objects.get()
    assert (draft.to, draft.forwards) == (OLAF, message)
    as_anna.post(
        f"/tickets/{ticket.number}/draft/", {"kind": "reply", "html": draft.html, "to": OLAF, "forwards": message.pk}
    )
    assert Draft.objects.get().forwards == message


def test_messages_are_split_off_with_their_writer_and_what_follows(
    as_anna: Client, ticket: Ticket, make_comment: MakeComment, carla: Customer
) -> None:
    tom = Recipient.objects.known("tom@beta.example", "Tom")
    other = make_comment(ticket, "And my printer?", recipient=tom, author_address=tom.address, author_name="Tom")
    later = make_comment(ticket, "It is broken", recipient=tom, author_address=tom.address, author_name="Tom")
    address = f"/tickets/{ticket.number}/messages/{other.pk}/split/"
    assert "This message alone" in as_anna.get(address).content.decode()
    response = as_anna.post(address, {"subject": "Printer", "later": "all"})
    assert response.status_code == 302, response.context["form"].errors
    new = Ticket.objects.exclude(pk=ticket.pk).get()
    assert response["Location"] == new.get_absolute_url()
    assert list(new.comments.order_by("pk")) == [other, later]
    assert (new.subject, new.requester, new.customer, new.follow_up_of) == ("Printer", tom, None, ticket)
    assert [comment.text for comment in ticket.comments.all()] == ["Where is my invoice?"]
    assert not sent(new)
    assert f"split off #{new.number}" in page(as_anna, ticket)
    assert "Follows up on" in page(as_anna, new)


def test_what_the_requester_wrote_stays_their_customers_and_undo_makes_it_one_again(
    as_anna: Client, ticket: Ticket, make_comment: MakeComment
) -> None:
    other = make_comment(ticket, "And my printer?", recipient=ticket.requester)
    answer = make_comment(ticket, "Yes", "agent")
    as_anna.post(f"/tickets/{ticket.number}/messages/{other.pk}/split/", {"subject": "Printer", "later": "one"})
    new = Ticket.objects.exclude(pk=ticket.pk).get()
    assert (new.customer, new.requester) == (ticket.customer, ticket.requester)
    assert list(new.comments.all()) == [other]
    assert "Undone." in said(as_anna, f"/tickets/{new.number}/split/undo/", {})
    assert ticket.comments.count() == 3
    assert ticket.comments.filter(pk=answer.pk).exists()
    new.refresh_from_db()
    assert new.merged_into == ticket
    assert not ticket.participants.exists()


def test_the_only_message_of_a_ticket_is_not_split_off(
    as_anna: Client, ticket: Ticket, make_ticket: MakeTicket
) -> None:
    address = f"/tickets/{ticket.number}/messages/{ticket.comments.get().pk}/split/"
    response = as_anna.post(address, {"subject": "Other", "later": "one"})
    assert response.status_code == 422
    assert "No message would be left" in response.content.decode()
    assert Ticket.objects.count() == 1
    other = make_ticket("Never split")
    assert "was not split off" in said(as_anna, f"/tickets/{other.number}/split/undo/", {})


def test_whom_an_answer_goes_to_is_a_draft_without_a_word(as_anna: Client, ticket: Ticket) -> None:
    address, usual = (
        f"/tickets/{ticket.number}/draft/",
        {"usual_to": "carla@acme.example", "usual_cc": "b@acme.example"},
    )
    as_is = {"kind": "reply", "html": "", "to": "carla@acme.example", "cc": "b@acme.example", **usual}
    as_anna.post(address, as_is)
    assert not Draft.objects.exists()
    as_anna.post(address, as_is | {"cc": "b@acme.example, c@acme.example"})
    assert 'name="cc" value="b@acme.example, c@acme.example"' in page(as_anna, ticket)
    as_anna.post(address, as_is | {"cc": ""})  # nobody is somebody else than before
    assert 'name="cc" value=""' in page(as_anna, ticket)


def test_an_answer_to_nobody_asks_whom_it_is_for(as_anna: Client, ticket: Ticket) -> None:
    data = {"kind": "reply", "html": "<p>x</p>", "to": "", "usual_to": "carla@acme.example"}
    response = as_anna.post(f"/tickets/{ticket.number}/send/", data)
    assert response.status_code == 422
    assert "Choose whom the answer goes to." in response.content.decode()
    assert not sent(ticket)


def test_who_was_asked_is_answered_without_the_customer(as_anna: Client, ticket: Ticket) -> None:
    forward(as_anna, ticket.comments.get(), to=OLAF)
    reply_to(Outbox.objects.get(ticket=ticket, recipient=OLAF), "The part costs us 3 euros.")
    Draft.objects.all().delete()
    message = ticket.comments.latest("pk")
    as_anna.post(f"/tickets/{ticket.number}/messages/{message.pk}/forward/", {"answer": ""})
    draft = Draft.objects.get()
    assert (draft.to, draft.forwards) == (OLAF, message)
    as_anna.post(
        f"/tickets/{ticket.number}/send/",
        {"kind": "reply", "html": "<p>Please order it.</p>", "to": draft.to, "forwards": message.pk},
    )
    assert not ticket.comments.latest("pk").is_public
    assert sent(ticket, "new_message") == [OLAF, OLAF]


@pytest.mark.parametrize("check", ["hold", "off"])
def test_a_colleague_of_whom_was_asked_is_not_read_by_the_customer_either(
    as_anna: Client, ticket: Ticket, enter: Callable[[str], Client], check: str
) -> None:
    TicketSettings.objects.create(pk=1, reply_sender_check=check)
    forward(as_anna, ticket.comments.get(), to=OLAF)
    asked = Outbox.objects.get(ticket=ticket, recipient=OLAF)
    received = reply_to(asked, "The part costs us 3 euros.", sender="petra@supplier.example")
    assert (received.ticket, received.held) == (ticket, check == "hold")
    if received.held:
        as_anna.post(f"/tickets/{ticket.number}/messages/{ticket.comments.latest('pk').pk}/accept/")
    ticket.refresh_from_db()
    assert not ticket.has_held_comments
    assert "3 euros" in page(as_anna, ticket)
    assert "3 euros" not in enter("carla@acme.example").get(f"/portal/tickets/{ticket.number}/").content.decode()
    assert not ticket.participants.exists()


def test_somebody_of_the_customer_who_was_asked_answers_agents_alone(
    as_anna: Client, ticket: Ticket, enter: Callable[[str], Client]
) -> None:
    ticket.participants.add(Recipient.objects.known("boss@acme.example", "Boss"))
    forward(as_anna, ticket.comments.get(), to="boss@acme.example", html="<p>Is Carla allowed to?</p>")
    asked = Outbox.objects.get(ticket=ticket, recipient="boss@acme.example")
    assert not reply_to(asked, "She is on notice.").held
    assert "on notice" in page(as_anna, ticket)
    assert "on notice" not in enter("carla@acme.example").get(f"/portal/tickets/{ticket.number}/").content.decode()


def test_whom_was_asked_and_names_the_number_alone_is_let_in_for_agents_alone(
    as_anna: Client, ticket: Ticket, enter: Callable[[str], Client]
) -> None:
    forward(as_anna, ticket.comments.get(), to=OLAF)
    received = take(mail(OLAF, f"Re: {ticket.subject} [#{ticket.number}]", "The part costs us 3 euros."))
    assert (received.ticket, received.held) == (ticket, True)
    as_anna.post(f"/tickets/{ticket.number}/messages/{received.comment.pk}/accept/")
    assert "3 euros" in page(as_anna, ticket)
    assert "3 euros" not in enter("carla@acme.example").get(f"/portal/tickets/{ticket.number}/").content.decode()
    assert not ticket.participants.exists()


def test_an_answer_by_mail_to_what_the_customer_does_not_see_is_not_sent_to_them(
    as_anna: Client, ticket: Ticket, anna: User
) -> None:
    forward(as_anna, ticket.comments.get(), to=OLAF)
    reply_to(Outbox.objects.get(ticket=ticket, recipient=OLAF), "The part costs us 3 euros.")
    told = Outbox.objects.get(ticket=ticket, kind="customer_replied", recipient=anna.email)
    for text in (told.text, told.html):
        assert "does not go to the customer" in text
        assert "goes to the customer" not in text
    received = reply_to(told, "3 euros is fine, order it.")
    assert (received.ticket, received.held, received.comment.is_public) == (ticket, True, False)
    assert sent(ticket, "new_message") == [OLAF]


def test_what_was_to_be_forwarded_and_is_elsewhere_now_becomes_no_answer(
    as_anna: Client, ticket: Ticket, make_comment: MakeComment
) -> None:
    other = make_comment(ticket, "And my printer?", recipient=ticket.requester)
    as_anna.post(f"/tickets/{ticket.number}/messages/{other.pk}/forward/")
    as_anna.post(f"/tickets/{ticket.number}/messages/{other.pk}/split/", {"subject": "Printer", "later": "one"})
    data = {"kind": "reply", "html": "<p>Is he serious?</p>", "to": OLAF, "forwards": str(other.pk)}
    response = as_anna.post(f"/tickets/{ticket.number}/send/", data)
    assert response.status_code == 422
    assert "no longer in this ticket" in response.content.decode()
    assert not ticket.comments.filter(kind="agent").exists()


def test_nobody_gets_to_read_by_a_split_what_was_said_to_others(
    as_anna: Client, ticket: Ticket, make_comment: MakeComment
) -> None:
    tom = Recipient.objects.known("tom@beta.example", "Tom")
    by_tom = make_comment(ticket, "And my printer?", recipient=tom, author_address=tom.address, is_public=False)
    make_comment(ticket, "My password is hunter2", recipient=ticket.requester)
    address = f"/tickets/{ticket.number}/messages/{by_tom.pk}/split/"
    response = as_anna.post(address, {"subject": "Printer", "later": "all"})
    assert response.status_code == 422
    assert "tom@beta.example would read messages that are not theirs" in response.content.decode()
    assert as_anna.post(address, {"subject": "Printer", "later": "one"}).status_code == 302


def test_a_split_is_not_undone_over_what_another_customer_wrote_since(
    as_anna: Client, ticket: Ticket, make_comment: MakeComment
) -> None:
    beta = Customer.objects.create(name="Tom")
    CustomerAddress.objects.create(customer=beta, address="tom@beta.example", is_primary=True)
    tom = Recipient.objects.known("tom@beta.example", "Tom")
    by_tom = make_comment(ticket, "And my printer?", recipient=tom, author_address=tom.address)
    as_anna.post(f"/tickets/{ticket.number}/messages/{by_tom.pk}/split/", {"subject": "Printer", "later": "one"})
    new = Ticket.objects.exclude(pk=ticket.pk).get()
    assert new.customer == beta
    since = make_comment(new, "Our turnover is 5", recipient=tom, author_address=tom.address)
    assert "different customers" in said(as_anna, f"/tickets/{new.number}/split/undo/", {})
    since.delete()
    older = Ticket.objects.create(subject="Old", queue=ticket.queue, requester=tom, merged_into=new, status="merged")
    assert "different customers" in said(as_anna, f"/tickets/{new.number}/split/undo/", {})
    older.delete()
    assert "Undone." in said(as_anna, f"/tickets/{new.number}/split/undo/", {})


def test_a_message_that_was_taken_back_meanwhile_is_not_split_off(
    anna: User, ticket: Ticket, make_comment: MakeComment
) -> None:
    gone = make_comment(ticket, "Yes", "agent")
    elsewhere = Comment.objects.get(pk=gone.pk)
    gone.delete()
    with pytest.raises(NotAllowed):
        split_off(elsewhere, subject="Printer", with_later=False, by=anna)


def test_nothing_is_forwarded_to_who_is_banned_or_to_the_helpdesk_itself(as_anna: Client, ticket: Ticket) -> None:
    OwnAddress.objects.create(address="support@desk.example")
    Recipient.objects.filter(pk=Recipient.objects.known(OLAF).pk).update(banned=True)
    for to, why in ((OLAF, "is banned"), ("support@desk.example", "address of the helpdesk itself")):
        data = {"kind": "reply", "html": "<p>x</p>", "to": to, "forwards": str(ticket.comments.get().pk)}
        response = as_anna.post(f"/tickets/{ticket.number}/send/", data)
        assert response.status_code == 422
        assert why in response.content.decode()
    assert not sent(ticket)
