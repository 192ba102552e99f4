"""A forum by mail: what becomes a topic or a message of one, what stays private, and what goes out. U01, U11, U25."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mailboxes.models import Address, InboundEmail, Mailbox, Outcome, save_with_address
from mailboxes.sending.identities import Identities
from mailboxes.sending.message import compose
from mailboxes.tests.mails import arrive, mail
from mailboxes.tests.people import trusting
from mailboxes.what_if.dry_run import dry_run
from recipients.models import Customer, CustomerAddress, Recipient
from tickets.conversation.moderation import publish
from tickets.conversation.replying import reply
from tickets.models import Comment, Outbox, Queue, Rule, Ticket, TicketSettings
from tickets.sender.held_messages import accept_held

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

CLUB, SUPPORT = "club@helpdesk.example", "support@helpdesk.example"
CARLA, BORIS = "Carla Conti <carla@acme.example>", "Борис Петров <boris@neva.example>"
PASSED = "mx.helpdesk.example; dmarc=pass header.from={}"


@pytest.fixture
def forum(db: None) -> Queue:
    """The Russian forum."""
    return Queue.objects.create(name="Клуб", language="ru", forum=Queue.Forum.EVERYONE)


@pytest.fixture
def club(forum: Queue) -> Mailbox:
    """The forum's own mailbox, which trusts its mail server."""
    mailbox = Mailbox(name="Наш клуб", imap_host="i.example", imap_username="club", smtp_host="s.example")
    save_with_address(mailbox, CLUB, forum)
    trusting(mailbox, "observe")
    return mailbox


@pytest.fixture
def boris(carla: Customer) -> Customer:
    person = Customer.objects.create(name="Борис Петров")
    CustomerAddress.objects.create(customer=person, address="boris@neva.example", is_primary=True)
    return person


def sent(
    club: Mailbox, sender: str, text: str = "Застряла бумага.", *, proved: bool = True, **headers: str
) -> InboundEmail:
    """What became of a mail to the forum; the dry run had said so."""
    if proved:
        headers["authentication_results"] = PASSED.format(sender.rpartition("@")[2].rstrip(">"))
    raw = mail(text, From=sender, To=headers.pop("to", CLUB), **headers)
    foreseen = dry_run(raw)
    row = arrive(raw, mailbox=club)
    assert row.outcome == foreseen.decision.outcome, row.traceback
    return row


def topic_of(row: InboundEmail) -> Ticket:
    assert row.ticket
    assert row.ticket.is_topic, row.reason
    return row.ticket


def posts() -> Iterable[Outbox]:
    return Outbox.objects.filter(kind=Outbox.Kind.TOPIC_POST).order_by("pk")


def test_sc53_a_mail_of_a_member_is_a_topic_and_its_mails_are_russian(club: Mailbox, boris: Customer) -> None:
    # SC53
    # U11
    topic = topic_of(sent(club, BORIS))
    (confirmation,) = Outbox.objects.filter(ticket=topic)
    assert confirmation.language == "ru"
    assert "Здравствуйте" in confirmation.text
    assert f"/portal/topics/{topic.number}/" in confirmation.text
    sent(club, CARLA, "Me too.", subject=f"Re: [#{topic.number}] Printer")
    (told,) = posts()
    assert (told.recipient, told.language) == ("boris@neva.example", "ru")
    assert "Новое сообщение в теме" in told.text
    identity = Identities.load().of(told)
    assert (identity.author.name, identity.author.address) == ("Наш клуб", CLUB)
    raw = compose(told, identity).decode()
    assert f"List-Unsubscribe: <{told.unsubscribe_url}>" in raw.replace("\r\n ", " ").replace("\r\n", "\n")
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
    assert "Auto-Submitted: auto-generated" in raw
    assert "carla@acme.example" not in raw


def test_a_forum_takes_topics_at_each_of_its_addresses_and_shares_none_with_another(
    club: Mailbox, forum: Queue, boris: Customer, as_ada: Client
) -> None:
    # U25
    second = Address.objects.create(mailbox=club, address="second@club.example", queue=forum)
    for address in (CLUB, second.address):
        assert topic_of(sent(club, BORIS, to=address)).queue == forum
    another = Queue.objects.create(name="Another forum", forum=Queue.Forum.EVERYONE)
    page = as_ada.get(reverse("settings:queue", args=[another.pk])).content.decode()
    assert f"second@club.example (queue: {forum})" in page
    second.queue = another
    second.save()
    assert [str(each) for each in forum.addresses.all()] == [CLUB]
    assert topic_of(sent(club, BORIS, to=second.address)).queue == another


def test_an_agents_answer_leaves_under_the_mailboxs_name(
    club: Mailbox, forum: Queue, boris: Customer, anna: object
) -> None:
    # U11
    topic = topic_of(sent(club, BORIS))
    forum.sender = Queue.Sender.AGENT
    forum.save()
    reply(topic, by=anna, html="<p>Выключите.</p>")  # type: ignore[arg-type]
    (told,) = posts()
    assert Identities.load().of(told).author.name == "Наш клуб"
    assert "автор: Anna Berg" in told.text


def test_a_follower_answers_the_mail_and_everybody_else_gets_it(club: Mailbox, boris: Customer) -> None:
    # U01
    topic = topic_of(sent(club, BORIS))
    sent(club, CARLA, "Me too.", subject=f"Re: [#{topic.number}] Printer")
    (told,) = posts()
    answer = sent(
        club,
        BORIS,
        "Спасибо!",
        proved=False,
        subject=f"Re: {topic.subject}",
        in_reply_to=f"<{told.token}@helpdesk.example>",
    )
    assert answer.outcome == Outcome.COMMENT, answer.reason
    assert [each.recipient for each in posts()] == ["boris@neva.example", "carla@acme.example"]


def test_mail_from_outside_the_audience_is_a_private_ticket(club: Mailbox, boris: Customer) -> None:
    stranger = sent(club, "Mallory <mallory@evil.example>")
    by_domain = sent(club, "New <new@neva.example>")
    for row in (stranger, by_domain):
        assert row.outcome == Outcome.TICKET
        assert row.ticket
        assert not row.ticket.is_topic


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("why", ["unproved", "failed", "automatic", "newsletter"])
def test_what_nobody_vouches_for_and_what_programs_write_is_not_published(
    club: Mailbox, boris: Customer, why: str
) -> None:
    headers = {
        "unproved": {},
        "failed": {"authentication_results": "mx.helpdesk.example; dmarc=fail header.from=neva.example"},
        "automatic": {"auto_submitted": "auto-generated"},
        "newsletter": {"list_unsubscribe": "<https://x.example>", "list_id": "<l.x.example>", "precedence": "bulk"},
    }[why]
    row = sent(club, BORIS, proved=why in ("automatic", "newsletter"), **headers)
    assert row.ticket is None or not row.ticket.is_topic


def test_an_agent_publishes_what_could_not_be_proved(club: Mailbox, boris: Customer, anna: object) -> None:
    row = sent(club, BORIS, proved=False)
    assert row.ticket
    publish(row.ticket, by=anna)  # type: ignore[arg-type]
    assert topic_of(row).followers.count() == 1


def test_an_answer_by_the_number_alone_is_held_unless_it_is_proved(club: Mailbox, boris: Customer) -> None:
    topic = topic_of(sent(club, BORIS))
    named = {"subject": f"Re: [#{topic.number}] Printer"}
    assert sent(club, CARLA, proved=False, **named).outcome == Outcome.HELD
    assert sent(club, "Mallory <mallory@evil.example>", **named).outcome == Outcome.HELD
    assert sent(club, CARLA, auto_submitted="auto-replied", **named).outcome in (Outcome.AUTOMATIC, Outcome.HELD)
    assert not posts()
    held = Comment.objects.filter(is_held=True).earliest("pk")
    accept_held(held, by=None)  # type: ignore[arg-type]
    assert [each.recipient for each in posts()] == ["boris@neva.example"]
    assert not topic.participants.exists()


def test_people_in_copy_do_not_join_a_topic(club: Mailbox, boris: Customer) -> None:
    topic = topic_of(sent(club, BORIS, cc="Eve <eve@else.example>"))
    assert not topic.participants.exists()
    assert [each.recipient.address for each in topic.followers.select_related("recipient")] == ["boris@neva.example"]


def test_a_rule_that_moves_a_mail_into_a_forum_publishes_nothing(
    support: Mailbox, club: Mailbox, forum: Queue, boris: Customer
) -> None:
    Rule.objects.create(
        name="All",
        position=1,
        conditions=[{"field": "subject", "how": "contains", "value": "Printer"}],
        actions=[{"do": "queue", "value": forum.pk}],
    )
    trusting(support, "observe")
    row = sent(support, BORIS, to=SUPPORT)
    assert row.ticket
    assert row.ticket.queue == forum
    assert not row.ticket.is_topic


def test_two_answering_machines_without_marks_end_at_the_cap(club: Mailbox, boris: Customer) -> None:
    topic = topic_of(sent(club, BORIS))
    sent(club, CARLA, "I am away.", subject=f"Re: [#{topic.number}] Printer")
    answered = 0
    while (waiting := list(posts()[answered:])) and answered < 100:
        for told in waiting:
            who = BORIS if told.recipient.startswith("boris") else CARLA
            sent(
                club,
                who,
                f"I am away {answered}.",
                subject=f"Re: {topic.subject}",
                in_reply_to=f"<{told.token}@helpdesk.example>",
            )
            answered += 1
    assert answered < 50
    assert Comment.objects.filter(ticket=topic).count() < 50


def test_a_banned_member_is_not_heard(club: Mailbox, boris: Customer) -> None:
    Recipient.objects.create(address="boris@neva.example", banned=True)
    assert sent(club, BORIS).outcome == Outcome.BANNED


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("how", ["another subject", "closed for long", "a mail that never came in"])
def test_what_goes_on_from_a_private_ticket_is_not_published(club: Mailbox, boris: Customer, how: str) -> None:
    before = sent(club, BORIS, proved=False, subject="Secret", message_id="<first@neva.example>").ticket
    assert before
    assert not before.is_topic
    named = {"another subject": {"subject": "Something else", "in_reply_to": "<first@neva.example>"}}
    headers = named.get(how, {"subject": "Re: Secret"})
    if how == "closed for long":
        TicketSettings.objects.update_or_create(pk=1, defaults={"match_closed_for_days": 1})
        long_ago = timezone.now() - timedelta(days=9)
        Ticket.objects.filter(pk=before.pk).update(status="closed", closed_at=long_ago, solved_at=long_ago)
        headers["subject"] = f"Re: [#{before.number}] Secret"
    row = sent(club, BORIS, "Between us", **headers)
    assert row.outcome == Outcome.TICKET
    assert row.ticket
    assert row.ticket != before
    assert not row.ticket.is_topic
