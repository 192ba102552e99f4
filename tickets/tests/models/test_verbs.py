"""What agents do to a ticket: each verb checks, changes and records, or refuses with a sentence."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from recipients.models import Customer, OwnAddress, Partner, Recipient, Role, User
from tickets.conversation.merge_tickets import merge_ticket, undo_merge
from tickets.conversation.participants import set_participants
from tickets.conversation.replying import add_note, reply
from tickets.conversation.undo_send import undo_send
from tickets.customers.assignment import change_customer
from tickets.models import (
    Comment,
    Draft,
    Event,
    MailReference,
    NotAllowed,
    Outbox,
    Queue,
    Status,
    Ticket,
    TicketSettings,
)
from tickets.sender.held_messages import accept_held, reject_held
from tickets.tests.mails import SUPPORT, mail, sent, take

pytestmark = pytest.mark.django_db

CARLA = "Carla <carla@acme.example>"
MALLORY = "Mallory <mallory@evil.example>"


@pytest.fixture
def ticket(queue: Queue, anna: User, carla: Customer) -> Ticket:
    OwnAddress.objects.create(address=SUPPORT)
    return take(mail(CARLA)).ticket


@pytest.fixture
def main_agent(queue: Queue) -> User:
    """An agent of the queue who sees the customers of partner Main alone."""
    user = User.objects.create(email="main@helpdesk.example", partner=Partner.objects.create(name="Main"))
    queue.agents.add(user)
    return user


def last(ticket: Ticket) -> Event:
    return ticket.events.order_by("pk").last()


# -- Saying -----------------------------------------------------------------------------------------------------------


def test_an_answer_is_sanitised_recorded_and_waits_so_that_it_can_be_undone(ticket: Ticket, anna: User) -> None:
    TicketSettings(pk=1, undo_seconds=30).save()
    file = SimpleNamespace(name="a.txt", type="text/plain", content=b"a")
    comment = reply(ticket, by=anna, html="<p onclick=x()>Hi <script>y()</script></p>", files=[file], status="waiting")
    assert (comment.kind, comment.agent, comment.text) == ("agent", anna, "Hi")
    assert "script" not in comment.html
    assert "onclick" not in comment.html
    assert comment.to == [{"name": "Carla", "address": "carla@acme.example"}]
    ticket.refresh_from_db()
    assert (ticket.status, ticket.first_response_at) == ("waiting", comment.created_at)
    outbox = Outbox.objects.get(kind="new_message")
    assert timedelta(seconds=25) < outbox.next_attempt_at - timezone.now() <= timedelta(seconds=30)
    assert [attachment.read() for attachment in outbox.attachments.all()] == [b"a"]
    assert list(ticket.events.order_by("pk").values_list("kind", flat=True)) == [
        "opened",
        "agent_message",
        "status",
        "assignee",
    ]


def test_who_answers_first_gets_a_ticket_that_is_nobodys(ticket: Ticket, anna: User, ada: User) -> None:
    add_note(ticket, by=ada, html="<p>Who takes it?</p>")
    assert ticket.assignee is None
    reply(ticket, by=anna, html="<p>Hi</p>")
    reply(ticket, by=ada, html="<p>Hi from me, too</p>")
    ticket.refresh_from_db()
    assert ticket.assignee == anna
    assert ticket.events.get(kind="assignee").data == {"before": "", "after": str(anna)}


def test_answering_assigns_nothing_where_it_is_switched_off(ticket: Ticket, anna: User) -> None:
    TicketSettings(pk=1, answering_assigns=False).save()
    reply(ticket, by=anna, html="<p>Hi</p>")
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_undoing_an_answer_leaves_what_others_changed_since(ticket: Ticket, anna: User, ada: User) -> None:
    comment = reply(ticket, by=anna, html="<p>Hi</p>", cc=["dora@x.example"])
    ticket.assign(ada, by=ada)
    set_participants(ticket, ["dora@x.example", "emil@x.example"], by=ada)
    undo_send(comment, by=anna)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.participants.count()) == (ada, 2)


def test_an_answer_opens_a_new_ticket_and_leaves_others_as_they_are(ticket: Ticket, anna: User) -> None:
    reply(ticket, by=anna, html="<p>Hi</p>")
    assert ticket.status == "open"
    reply(ticket, by=anna, html="<p>Done</p>", status="solved")
    assert ticket.solved_at
    reply(ticket, by=anna, html="<p>One more thing</p>")
    assert ticket.status == "solved"


@pytest.mark.parametrize("html", ["", "<p></p>", "<p>&nbsp;</p>", "<script>x</script>"])
def test_an_empty_answer_is_refused(html: str, ticket: Ticket, anna: User) -> None:
    with pytest.raises(ValidationError, match="Write something"):
        reply(ticket, by=anna, html=html)
    assert ticket.comments.count() == 1


def test_an_answer_to_nobody_is_refused_and_nothing_is_left(queue: Queue, anna: User) -> None:
    ticket = take(mail("MAILER-DAEMON", "Help")).ticket
    with pytest.raises(NotAllowed, match="nobody to write to"):
        reply(ticket, by=anna, html="<p>Hi</p>")
    assert ticket.comments.count() == 1
    reply(ticket, by=anna, html="<p>Hi</p>", cc=["john@x.example"])
    assert sent(ticket, "new_message") == ["john@x.example"]


def test_a_note_is_for_agents_alone(ticket: Ticket, anna: User) -> None:
    before = Outbox.objects.count()
    note = add_note(ticket, by=anna, html="<p>Careful</p>")
    assert (note.kind, note.is_public, Outbox.objects.count()) == ("note", False, before)
    ticket.refresh_from_db()
    assert ticket.status == "new"


def test_what_was_decided_when_send_was_pressed_stays(ticket: Ticket, anna: User, acme: Customer) -> None:  # L40
    reply(ticket, by=anna, html="<p>Hi Carla</p>")
    frozen = Outbox.objects.values_list("recipient", "token", "text").get(kind="new_message")
    change_customer(ticket, Customer.objects.create(name="Else"), by=anna)
    ticket.set_subject("Else", by=anna)
    assert Outbox.objects.values_list("recipient", "token", "text").get(kind="new_message") == frozen


def test_a_rolled_back_ticket_leaves_no_mail_behind(queue: Queue, carla: Customer, anna: User) -> None:  # L14, S13
    with transaction.atomic():
        take(mail(CARLA))
        assert Outbox.objects.exists()
        transaction.set_rollback(True)
    assert (Ticket.objects.count(), Outbox.objects.count(), Event.objects.count()) == (0, 0, 0)
    assert MailReference.objects.count() == 0


# -- Undo -------------------------------------------------------------------------------------------------------------


def test_sending_is_undone_in_time_and_the_text_is_a_draft_again(ticket: Ticket, anna: User) -> None:
    comment = reply(ticket, by=anna, html="<p>Too early</p>", cc=["dora@x.example"], status="solved")
    draft = undo_send(comment, by=anna)
    assert (draft.html, draft.cc, draft.author) == ("<p>Too early</p>", "dora@x.example", anna)
    assert set(Outbox.objects.filter(kind="new_message").values_list("state", flat=True)) == {"cancelled"}
    ticket.refresh_from_db()
    assert (ticket.status, ticket.first_response_at, ticket.solved_at) == ("new", None, None)
    assert (ticket.assignee, ticket.participants.count()) == (None, 0)
    assert not Comment.objects.filter(kind="agent").exists()
    assert last(ticket).kind == "send_cancelled"


def test_sending_is_not_undone_too_late_nor_by_somebody_else(ticket: Ticket, anna: User, ada: User) -> None:
    comment = reply(ticket, by=anna, html="<p>Hi</p>")
    with pytest.raises(NotAllowed, match="author"):
        undo_send(comment, by=ada)
    Outbox.objects.filter(kind="new_message").update(attempts=1)
    with pytest.raises(NotAllowed, match="already been sent"):
        undo_send(comment, by=anna)
    Outbox.objects.filter(kind="new_message").update(attempts=0)
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - timedelta(seconds=60))
    comment.refresh_from_db()
    with pytest.raises(NotAllowed, match="already been sent"):
        undo_send(comment, by=anna)
    assert not Draft.objects.exists()


# -- Held -------------------------------------------------------------------------------------------------------------


def test_an_accepted_message_takes_part_and_its_writer_gets_answers(ticket: Ticket, anna: User) -> None:  # SC35
    ticket.set_status("closed", by=anna)
    held = take(mail(MALLORY, f"[#{ticket.number}]")).comment
    before = Outbox.objects.count()
    accept_held(held, by=anna)
    ticket.refresh_from_db()
    assert (held.is_held, ticket.has_held_comments, ticket.status) == (False, False, "open")
    assert Outbox.objects.count() == before
    assert not take(mail(MALLORY, f"[#{ticket.number}]")).held
    reply(ticket, by=anna, html="<p>Hi both</p>")
    assert sent(ticket, "new_message") == ["carla@acme.example", "mallory@evil.example"]
    with pytest.raises(NotAllowed):
        accept_held(held, by=anna)


def test_a_rejected_message_stays_with_the_agents(ticket: Ticket, anna: User) -> None:
    first, second = (take(mail(MALLORY, f"[#{ticket.number}]")).comment for _ in range(2))
    reject_held(first, by=anna)
    ticket.refresh_from_db()
    assert (first.is_rejected, first.is_public, ticket.has_held_comments) == (True, False, True)
    reject_held(second, by=anna)
    ticket.refresh_from_db()
    assert (ticket.has_held_comments, ticket.participants.count(), ticket.status) == (False, 0, "new")
    assert take(mail(MALLORY, f"[#{ticket.number}]")).held


def test_an_agents_held_mail_that_is_accepted_does_not_put_the_agent_in_cc(ticket: Ticket, anna: User) -> None:
    held = take(mail("anna@helpdesk.example", f"[#{ticket.number}]")).comment
    accept_held(held, by=anna)
    assert ticket.participants.count() == 0


# -- Deciding ---------------------------------------------------------------------------------------------------------


def test_each_change_is_recorded_once_with_before_and_after(ticket: Ticket, anna: User, ada: User) -> None:
    other = Queue.objects.create(name="Sales")
    other.agents.add(anna)
    for _time in range(2):
        ticket.set_status("waiting", by=anna)
        ticket.set_priority(4, by=anna)
        ticket.assign(anna, by=ada)
        ticket.move(other, by=anna)
        ticket.set_tags(["vip", " paper  jam ", "vip"], by=anna)
        set_participants(ticket, ["Dora <dora@x.example>"], by=anna)
        ticket.set_subject("Scanner", by=anna)
    changes = [(event.kind, event.data["before"], event.data["after"]) for event in ticket.events.all()[1:]]
    assert changes == [
        ("status", "new", "waiting"),
        ("priority", 2, 4),
        ("assignee", "", "Anna Berg"),
        ("queue", "Support", "Sales"),
        ("tags", [], ["paper jam", "vip"]),
        ("participants", [], ["dora@x.example"]),
        ("subject", "Printer broken", "Scanner"),
    ]


def test_nobody_is_assigned_who_may_not_see_the_ticket(ticket: Ticket, main_agent: User, anna: User) -> None:  # R31
    with pytest.raises(NotAllowed, match="cannot see"):
        ticket.assign(main_agent, by=anna)
    User.objects.filter(pk=main_agent.pk).update(role=Role.SUPER_ADMINISTRATOR)
    main_agent.refresh_from_db()
    ticket.assign(main_agent, by=anna)
    assert ticket.assignee == main_agent


def test_an_assignee_who_may_no_longer_see_the_ticket_loses_it(
    ticket: Ticket, main_agent: User, anna: User, carla: Customer
) -> None:  # S61
    Customer.objects.filter(pk=carla.pk).update(partner=main_agent.partner)
    ticket.assign(main_agent, by=anna)
    change_customer(ticket, Customer.objects.create(name="Other"), by=anna)
    ticket.refresh_from_db()
    assert ticket.assignee is None
    ticket.assign(anna, by=anna)
    ticket.move(Queue.objects.create(name="Sales"), by=anna)
    assert ticket.assignee is None


def test_setting_the_customer_by_hand_makes_a_ticket_valid(queue: Queue, anna: User, acme: Customer) -> None:
    # S43
    ticket = take(mail("new@stranger.example")).ticket
    change_customer(ticket, acme, by=anna)
    assert (ticket.validity, ticket.customer_source) == ("valid", "agent")
    assert ticket.requester.address == "new@stranger.example"
    assert Recipient.objects.get(address="new@stranger.example").customer is None
    change_customer(ticket, None, by=anna)
    assert ticket.validity == "to_verify"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense", "not an email address"),
        (SUPPORT, "helpdesk itself"),
        ("support+x@desk.example", "helpdesk itself"),
        ("form@market.example", "never put in CC"),
        ("billing@acme.example", "billing"),
    ],
)
def test_who_cannot_be_put_in_cc_is_named(address: str, why: str, ticket: Ticket, anna: User, carla: Customer) -> None:
    Queue.objects.update(never_cc="form@market.example")
    Customer.objects.filter(pk=carla.pk).update(billing_email="billing@acme.example")
    with pytest.raises(ValidationError, match=why):
        set_participants(ticket, ["dora@x.example", address], by=anna)
    assert ticket.participants.count() == 0


def test_merging_moves_what_was_said_and_who_takes_part(ticket: Ticket, anna: User) -> None:
    other = take(mail("Dora <dora@x.example>", "Same here", cc=["eve@x.example"])).ticket
    held = take(mail(MALLORY, f"[#{other.number}]")).comment
    merge_ticket(other, into=ticket, by=anna)
    held.refresh_from_db()
    ticket.refresh_from_db()
    assert (other.status, other.merged_into, other.comments.count()) == ("merged", ticket, 0)
    assert {r.address for r in ticket.participants.all()} == {"dora@x.example", "eve@x.example"}
    assert (held.ticket, ticket.has_held_comments) == (ticket, True)
    assert last(ticket).data == {"ticket": other.number, "survivor": ticket.number}
    assert not take(mail("dora@x.example", f"Re: [#{other.number}]")).held
    for verb in (
        lambda: reply(other, by=anna, html="<p>x</p>"),
        lambda: other.set_status(Status.OPEN, by=anna),
        lambda: other.assign(anna, by=anna),
    ):
        with pytest.raises(NotAllowed, match=f"#{ticket.number}"):
            verb()


def test_merging_is_undone_and_what_came_in_since_stays(ticket: Ticket, anna: User) -> None:
    other = take(mail("Dora <dora@x.example>", "Same here", cc=["eve@x.example"])).ticket
    other.set_status("waiting", by=anna)
    set_participants(ticket, ["eve@x.example"], by=anna)
    earlier = take(mail("dora@x.example", "Once more")).ticket
    merge_ticket(earlier, into=other, by=anna)
    held = take(mail(MALLORY, f"[#{other.number}]")).comment
    merge_ticket(other, into=ticket, by=anna)
    since = take(mail("dora@x.example", f"Re: [#{other.number}]")).comment
    undo_merge(other.merges.get(), by=anna)
    for each in (ticket, other, held, since, earlier):
        each.refresh_from_db()
    assert (other.status, other.merged_into, other.solved_at) == ("waiting", None, None)
    assert (held.ticket, since.ticket, earlier.merged_into) == (other, ticket, other)
    assert (ticket.comments.count(), other.comments.count()) == (2, 3)
    assert (ticket.has_held_comments, other.has_held_comments) == (False, True)
    assert [r.address for r in ticket.participants.all()] == ["eve@x.example"]
    assert take(mail("dora@x.example", f"Re: [#{other.number}]")).ticket == other
    with pytest.raises(NotAllowed, match="changed again"):
        undo_merge(other.merges.get(), by=anna)


def test_merging_is_not_undone_once_the_survivor_was_merged_itself(ticket: Ticket, anna: User) -> None:
    other, third = (take(mail("dora@x.example", subject)).ticket for subject in ("Same here", "And here"))
    merge_ticket(other, into=ticket, by=anna)
    merge_ticket(ticket, into=third, by=anna)
    with pytest.raises(NotAllowed, match="changed again"):
        undo_merge(other.merges.get(), by=anna)
    undo_merge(ticket.merges.get(), by=anna)  # in the order in which they were merged
    undo_merge(other.merges.get(), by=anna)
    other.refresh_from_db()
    assert other.merged_into is None


def test_tickets_are_not_merged_with_themselves_or_across_customers_or_out_of_sight(
    ticket: Ticket, anna: User, main_agent: User
) -> None:
    with pytest.raises(NotAllowed, match="itself"):
        merge_ticket(ticket, into=ticket, by=anna)
    other = take(mail("dora@x.example", "Other")).ticket
    with pytest.raises(NotAllowed, match="no such ticket"):
        merge_ticket(ticket, into=other, by=main_agent)
    change_customer(other, Customer.objects.create(name="Dora"), by=anna)
    with pytest.raises(NotAllowed, match="different customers"):
        merge_ticket(ticket, into=other, by=anna)
    with pytest.raises(NotAllowed, match="Merge"):
        ticket.set_status("merged", by=anna)
