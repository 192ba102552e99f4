"""Who reads a forum, by what names, and who writes in it? Every page of it, for members and everybody else. U25."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recipients.models import Customer, CustomerAddress, Partner, Recipient, User
from tickets.conversation.merge_tickets import merge_ticket, undo_merge
from tickets.conversation.moderation import hide, make_private
from tickets.conversation.replying import reply
from tickets.models import Comment, Event, NotAllowed, Outbox, Queue, Ticket, TicketMerge, TicketSettings, TopicFollower
from tickets.tests.conftest import Enter

CARLA, BEN, MALLORY = "carla@acme.example", "ben@other.example", "mallory@evil.example"


@pytest.fixture(autouse=True)
def _nothing_waits(db: None) -> None:
    TicketSettings.objects.create(pk=1, undo_seconds=0)


@pytest.fixture
def forum(queue: Queue) -> Queue:
    return Queue.objects.create(name="Club", forum=Queue.Forum.EVERYONE, confirmation=False)


@pytest.fixture
def ben(db: None) -> Customer:
    """Ben of another company and partner, a lead."""
    company = Customer.objects.create(
        name="Other", is_company=True, kind="lead", partner=Partner.objects.create(name="North")
    )
    person = Customer.objects.create(name="Ben Bose", company=company, kind="lead", partner=company.partner)
    CustomerAddress.objects.create(customer=person, address=BEN, is_primary=True)
    return person


@pytest.fixture
def topic(enter: Enter, carla: Customer, forum: Queue) -> Ticket:
    """Carla's topic, written in the portal, with a file and her address in it."""
    sent = post(enter(CARLA), "new/", subject="Paper jam", text=f"It jams. Write to {CARLA}, please.")
    assert sent.status_code == 302
    return Ticket.objects.get(is_topic=True)


def post(client: Client, path: str, **values: Any) -> Any:
    return client.post(f"/portal/topics/{path}", values)


def page(client: Client, path: str = "") -> str:
    response = client.get(f"/portal/topics/{path}")
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def listed(client: Client, query: str = "") -> list[int]:
    return [row.record.pk for row in client.get(f"/portal/topics/{query}").context["table"].paginated_rows]


def codes(client: Client, topic: Ticket) -> set[int]:
    start = f"/portal/topics/{topic.number}/"
    file = (
        topic.comments.get(attachments__isnull=False).attachments.get()
        if topic.comments.filter(attachments__isnull=False).exists()
        else None
    )
    return {
        client.get(start).status_code,
        client.post(f"{start}reply/", {"text": "I am in"}).status_code,
        client.post(f"{start}follow/", {"follow": "1"}).status_code,
        client.get(f"{start}messages/{topic.comments.earliest('pk').pk}/text/").status_code,
        *([client.get(f"{start}files/{file.pk}/").status_code] if file else []),
    }


def test_a_member_reads_by_names_what_another_wrote_and_never_an_address(
    enter: Enter, topic: Ticket, ben: Customer, anna: User
) -> None:
    reply(topic, by=anna, html="<p>Turn it off.</p>")
    client = enter(BEN)
    shown = page(client, f"{topic.number}/") + page(client)
    for named in ("Paper jam", "It jams", "Carla Conti", "Anna Berg", "Turn it off"):
        assert named in shown
    assert CARLA not in shown
    assert "anna@helpdesk.example" not in shown
    text = client.get(f"/portal/topics/{topic.number}/messages/{topic.comments.earliest('pk').pk}/text/")
    assert CARLA not in text.content.decode()


def test_a_mail_without_a_name_is_a_customers_and_what_it_quotes_is_not_published(
    enter: Enter, topic: Ticket, ben: Customer
) -> None:
    sender = Recipient.objects.known("dora@acme.example")
    Comment.objects.create(
        ticket=topic,
        kind="customer",
        recipient=sender,
        author_address=sender.address,
        author_name="dora@acme.example",
        text="Me too\n> Carla <carla@acme.example> wrote",
        reply="Me too",
        quoted="> Carla <carla@acme.example> wrote",
        cc=[{"name": "", "address": "boss@acme.example"}],
    )
    shown = page(enter(BEN), f"{topic.number}/")
    assert "A customer" in shown
    assert "Me too" in shown
    for hidden in ("@acme.example", "wrote", "boss"):
        assert hidden not in shown


def test_notes_held_messages_and_automatic_ones_are_never_published(
    enter: Enter, topic: Ticket, ben: Customer, anna: User
) -> None:
    Comment.objects.create(ticket=topic, kind="note", is_public=False, agent=anna, text="He is slow")
    Comment.objects.create(ticket=topic, kind="automatic", is_public=False, text="Out of office")
    held = Recipient.objects.known(MALLORY)
    Comment.objects.create(ticket=topic, kind="customer", recipient=held, is_held=True, text="Buy pills")
    shown, client = page(enter(BEN), f"{topic.number}/"), enter(BEN)
    for hidden in ("He is slow", "Out of office", "Buy pills"):
        assert hidden not in shown
        assert listed(client, f"?text={hidden}") == []


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("who", ["nobody", "stranger", "other audience", "banned", "removed", "added by a mail"])
def test_who_is_not_in_the_audience_finds_nothing_on_any_page(
    client: Client, enter: Enter, forum: Queue, topic: Ticket, ben: Customer, acme: Customer, who: str
) -> None:
    if who == "nobody":
        assert codes(client, topic) == {302}
        assert "sign-in" in client.get("/portal/topics/")["Location"]
        return
    if who == "other audience":
        forum.forum, forum.forum_audience = Queue.Forum.CHOSEN, {"customers": [acme.pk]}
        forum.save()
    if who == "added by a mail":
        Customer.objects.filter(pk=ben.pk).update(added_automatically=True)
    visitor = enter(MALLORY if who == "stranger" else BEN)
    if who == "removed":
        CustomerAddress.objects.filter(customer=ben).delete()
    if who == "banned":
        Recipient.objects.update_or_create(address=BEN, defaults={"banned": True})
        assert codes(visitor, topic) == {302}
        return
    assert codes(visitor, topic) == {404}
    assert visitor.get("/portal/topics/new/").status_code == 404
    assert listed(visitor, "?text=jam") == []
    assert "Topics</a>" not in visitor.get("/portal/").content.decode()
    assert topic.comments.count() == 1


@pytest.mark.parametrize(
    "audience",
    [{"kinds": ["lead"]}, {"partners": "north"}, {"customers": "company"}, {"customers": "person"}],
    ids=lambda each: "-".join([*each, *(str(value) for value in each.values())]),
)
def test_a_forum_may_be_for_kinds_partners_and_customers(
    enter: Enter, forum: Queue, topic: Ticket, ben: Customer, audience: dict[str, Any]
) -> None:
    numbers = {"north": [ben.partner_id], "company": [ben.company_id], "person": [ben.pk]}
    chosen = {name: numbers.get(str(value), value) for name, value in audience.items()}
    forum.forum, forum.forum_audience = Queue.Forum.CHOSEN, chosen
    forum.save()
    assert listed(enter(BEN)) == [topic.pk]
    assert codes(enter(CARLA), topic) == {404}, "not even to who opened it"


def test_a_topic_is_no_request_not_even_its_authors(enter: Enter, topic: Ticket) -> None:
    client = enter(CARLA)
    assert "Paper jam" not in client.get("/portal/").content.decode()
    assert client.get(f"/portal/tickets/{topic.number}/").status_code == 404
    assert client.post(f"/portal/tickets/{topic.number}/solved/").status_code == 404


def test_private_tickets_of_the_forums_queue_stay_private(
    enter: Enter, forum: Queue, topic: Ticket, ben: Customer, anna: User
) -> None:
    old = Ticket.objects.create(subject="Secret", queue=forum, requester=topic.requester)
    elsewhere = Ticket.objects.create(subject="Moved", queue=Queue.objects.get(name="Support"))
    elsewhere.move(forum, by=anna)
    client = enter(BEN)
    assert listed(client) == [topic.pk]
    assert codes_of(client, old, elsewhere) == {404}


def codes_of(client: Client, *tickets: Ticket) -> set[int]:
    return {client.get(f"/portal/topics/{each.number}/").status_code for each in tickets}


def test_a_topic_that_is_moved_is_private_and_only_to_its_author(
    enter: Enter, forum: Queue, queue: Queue, topic: Ticket, ben: Customer, anna: User
) -> None:
    post(enter(BEN), f"{topic.number}/reply/", text="I have it as well")
    topic.move(queue, by=anna)
    topic.move(forum, by=anna)
    topic.refresh_from_db()
    assert not topic.is_topic
    assert codes_of(enter(BEN), topic) == {404}
    shown = enter(CARLA).get(f"/portal/tickets/{topic.number}/").content.decode()
    assert "It jams" in shown
    assert "I have it as well" not in shown


def test_searching_finds_words_and_no_addresses(enter: Enter, topic: Ticket, ben: Customer) -> None:
    client = enter(BEN)
    for text in ("paper", "jams", f"{topic.number}"):
        assert listed(client, f"?text={text}") == [topic.pk]
    for text in ("carla@acme.example", "acme.example", "toner"):
        assert listed(client, f"?text={text}") == [], text


def test_an_answer_is_read_by_all_and_mailed_to_who_follows(
    enter: Enter, topic: Ticket, ben: Customer, anna: User
) -> None:
    post(enter(BEN), f"{topic.number}/reply/", text=f"Same here. {BEN}")
    mail = Outbox.objects.get(kind=Outbox.Kind.TOPIC_POST)
    assert mail.recipient == CARLA
    assert "Ben Bose" in mail.text
    assert BEN not in mail.text + mail.html + mail.subject
    assert mail.is_automatic
    assert f"/portal/topics/{topic.number}/" in mail.text
    assert mail.unsubscribe_url in mail.text
    reply(topic, by=anna, html="<p>Both: turn it off.</p>", to=[MALLORY], cc=[MALLORY], bcc=[MALLORY])
    told = Outbox.objects.filter(kind=Outbox.Kind.TOPIC_POST).exclude(pk=mail.pk)
    assert {each.recipient for each in told} == {CARLA, BEN}
    assert not Outbox.objects.filter(recipient=MALLORY).exists()
    assert not Outbox.objects.filter(kind=Outbox.Kind.NEW_MESSAGE).exists()


def test_who_may_not_read_the_forum_any_more_gets_no_mail(
    enter: Enter, topic: Ticket, ben: Customer, carla: Customer, anna: User
) -> None:
    carla.addresses.all().delete()
    reply(topic, by=anna, html="<p>Turn it off.</p>")
    assert not Outbox.objects.exists()
    assert topic.comments.filter(kind="agent").exists()


def test_the_link_of_a_mail_ends_its_mails_by_a_press_alone(
    client: Client, enter: Enter, topic: Ticket, ben: Customer, anna: User
) -> None:
    reply(topic, by=anna, html="<p>One</p>")
    link = Outbox.objects.get().unsubscribe_url.removeprefix("http://localhost:8000")
    assert client.get(link).status_code == 200
    assert TopicFollower.objects.get().is_on
    strict = Client(enforce_csrf_checks=True)  # as mail programs press it, RFC 8058
    assert strict.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not TopicFollower.objects.get().is_on
    post(enter(CARLA), f"{topic.number}/reply/", text="Thanks")
    assert not TopicFollower.objects.get().is_on, "who said no is not asked by writing"
    assert client.get("/portal/unfollow/1:forged/").status_code == 404
    assert client.post("/portal/unfollow/1:forged/").status_code == 404


def test_one_follows_and_unfollows_on_the_page(enter: Enter, topic: Ticket, ben: Customer) -> None:
    client = enter(BEN)
    assert "Unfollow" not in page(client, f"{topic.number}/")
    post(client, f"{topic.number}/follow/", follow="1")
    assert "Unfollow" in page(client, f"{topic.number}/")
    post(client, f"{topic.number}/follow/", follow="0")
    assert not TopicFollower.objects.get(recipient__address=BEN).is_on


def test_what_is_sent_twice_is_published_once_and_not_without_end(enter: Enter, topic: Ticket) -> None:
    client = enter(CARLA)
    for _n in range(2):
        post(client, f"{topic.number}/reply/", text="More", key="one-form")
    assert topic.comments.count() == 2
    answers = [post(client, f"{topic.number}/reply/", text=f"{n}").status_code for n in range(40)]
    assert answers[-1] == 422


def test_an_agent_hides_a_message_and_shows_it_again(
    as_anna: Client, anna: User, enter: Enter, forum: Queue, topic: Ticket, ben: Customer
) -> None:
    anna.queues.add(forum)
    ticket_page = f"/tickets/{topic.number}/"
    shown = as_anna.get(ticket_page).content.decode()
    assert "Everybody who can read the forum “Club” sees this answer." in shown
    assert "composer-cc" not in shown
    assert ">Topic</span>" in as_anna.get("/tickets/").content.decode()
    comment = topic.comments.get()
    TopicFollower.objects.create(ticket=topic, recipient=Recipient.objects.known(BEN))
    post(enter(CARLA), f"{topic.number}/reply/", text="Not for you")
    more = topic.comments.latest("pk")
    as_anna.post(f"{ticket_page}messages/{more.pk}/hide/")
    assert [mail.state for mail in more.outbox.filter(to_staff=False)] == [Outbox.State.CANCELLED]
    as_anna.post(f"{ticket_page}messages/{comment.pk}/hide/")
    assert "It jams" not in page(enter(BEN), f"{topic.number}/")
    assert "It jams" in as_anna.get(ticket_page).content.decode()
    as_anna.post(f"{ticket_page}messages/{comment.pk}/show/")
    assert "It jams" in page(enter(BEN), f"{topic.number}/")


def test_an_agent_makes_a_topic_private_and_takes_it_back_while_nothing_more_was_said(
    as_anna: Client, anna: User, enter: Enter, forum: Queue, topic: Ticket, ben: Customer
) -> None:
    anna.queues.add(forum)
    post(enter(BEN), f"{topic.number}/reply/", text="I have it as well")
    start = f"/tickets/{topic.number}/topic/"
    as_anna.post(f"{start}private/")
    assert codes_of(enter(BEN), topic) == {404}
    as_anna.post(f"{start}publish/")
    assert "I have it as well" in page(enter(BEN), f"{topic.number}/")
    as_anna.post(f"{start}private/")
    topic.refresh_from_db()
    reply(topic, by=anna, html="<p>Between us</p>")
    as_anna.post(f"{start}publish/")
    assert codes_of(enter(BEN), topic) == {404}


def test_what_was_merged_into_a_private_topic_or_came_late_keeps_it_private_for_ever(
    as_anna: Client, anna: User, enter: Enter, forum: Queue, topic: Ticket, ben: Customer, carla: Customer
) -> None:
    anna.queues.add(forum)
    secret = Ticket.objects.create(subject="Secret", queue=forum, requester=topic.requester)
    Comment.objects.create(
        ticket=secret,
        kind="customer",
        text="My password is sesame",
        recipient=topic.requester,
        created_at=topic.created_at - timedelta(days=1),
    )
    make_private(topic, by=anna)
    merge_ticket(secret, into=topic, by=anna)
    as_anna.post(f"/tickets/{topic.number}/topic/publish/")
    assert codes_of(enter(BEN), topic) == {404}


def test_topics_that_are_parted_again_are_as_private_as_what_they_were_one_with(
    enter: Enter, anna: User, superuser: User, forum: Queue, topic: Ticket, ben: Customer
) -> None:
    anna.queues.add(forum)
    post(enter(CARLA), "new/", subject="Other jam", text="Again")
    other = Ticket.objects.exclude(pk=topic.pk).get(is_topic=True)
    merge_ticket(other, into=topic, by=superuser)
    topic.refresh_from_db()
    make_private(topic, by=superuser)
    undo_merge(TicketMerge.objects.get(), by=superuser)
    assert codes_of(enter(BEN), other) == {404}


def test_no_agent_publishes_what_was_never_written_to_the_forum(
    as_anna: Client, anna: User, forum: Queue, carla: Customer, queue: Queue
) -> None:
    anna.queues.add(forum)
    secret = Ticket.objects.create(subject="Secret", queue=queue)
    secret.move(forum, by=anna)
    as_anna.post(f"/tickets/{secret.number}/topic/publish/")
    secret.refresh_from_db()
    assert not secret.is_topic
    assert not secret.events.filter(kind=Event.Kind.TOPIC).exists()


def test_a_topic_is_merged_with_topics_of_its_forum_alone(
    enter: Enter, forum: Queue, topic: Ticket, ben: Customer, superuser: User
) -> None:
    post(enter(BEN), "new/", subject="Jam again", text="Mine, too")
    again = Ticket.objects.get(subject="Jam again")
    private = Ticket.objects.create(subject="Secret", queue=forum, customer=topic.customer)
    for one, other in ((private, topic), (topic, private)):
        with pytest.raises(NotAllowed, match="readers"):
            merge_ticket(one, into=other, by=superuser)
    merge_ticket(again, into=topic, by=superuser)
    assert "Mine, too" in page(enter(CARLA), f"{topic.number}/")
    assert enter(BEN).get(f"/portal/topics/{again.number}/")["Location"] == f"/portal/topics/{topic.number}/"
    assert not topic.participants.exists()
    assert topic.followers.count() == 2


def test_the_pages_take_as_many_queries_for_many_as_for_one(
    enter: Enter, topic: Ticket, ben: Customer, forum: Queue
) -> None:
    client = enter(BEN)

    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, path)
        return len(queries)

    paths = ("", f"{topic.number}/")
    count("")
    before = [count(path) for path in paths]
    for n in range(20):
        Ticket.objects.create(subject=f"T{n}", queue=forum, is_topic=True, requester=topic.requester)
        Comment.objects.create(ticket=topic, kind="customer", recipient=topic.requester, text=f"M{n}")
    assert [count(path) for path in paths] == before
    assert max(before) <= 12


@pytest.mark.parametrize("how", ["hide", "private", "move"])
def test_what_is_taken_out_of_the_forum_leaves_in_no_mail_that_still_waits(
    anna: User, enter: Enter, forum: Queue, queue: Queue, topic: Ticket, ben: Customer, how: str
) -> None:
    post(enter(BEN), f"{topic.number}/reply/", text="My password is sesame")
    mail = Outbox.objects.get(kind=Outbox.Kind.TOPIC_POST, recipient=CARLA)
    topic.refresh_from_db()
    if how == "hide":
        hide(topic.comments.latest("pk"), by=anna)
    elif how == "private":
        make_private(topic, by=anna)
    else:
        topic.move(queue, by=anna)
    mail.refresh_from_db()
    assert mail.state == Outbox.State.CANCELLED
