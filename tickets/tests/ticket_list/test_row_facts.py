"""Does a row say who must act, what was said last, and what lies in the ticket, without opening it?"""

import datetime as dt
from collections.abc import Callable

from django.test import Client
from django.utils import timezone

from recipients.models import Customer, User
from tickets.models import Attachment, Draft, Queue, Ticket
from tickets.tests.conftest import MakeComment, MakeTicket

LIST = "/tickets/"
NOON = timezone.now().replace(microsecond=0) - dt.timedelta(hours=5)


def facts(client: Client, ticket: Ticket) -> object:
    rows = client.get(LIST).context["table"].paginated_rows
    return next(row.record.facts for row in rows if row.record.pk == ticket.pk)


def columns(client: Client, query: str = "") -> list[str]:
    """The names of the columns that the page shows, as its head has them."""
    html = client.get(LIST + query).content.decode()
    return [part.split('"')[0] for part in html.split('<th scope="col" data-col="')[1:]]


def test_the_customer_waits_since_the_first_message_that_nobody_answered(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment, anna: User
) -> None:
    ticket = make_ticket()
    make_comment(ticket, "Where is it?", created_at=NOON)
    make_comment(ticket, "On its way.", "agent", agent=anna, created_at=NOON + dt.timedelta(hours=1))
    make_comment(ticket, "It is not here.", created_at=NOON + dt.timedelta(hours=2))
    make_comment(ticket, "Still not.", created_at=NOON + dt.timedelta(hours=3))
    assert facts(as_anna, ticket).waiting_since == NOON + dt.timedelta(hours=2)
    assert "is-unread" in as_anna.get(LIST).content.decode()


def test_nobody_waits_once_an_agent_wrote_last_or_the_ticket_is_solved(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment, anna: User
) -> None:
    answered, solved = make_ticket("Answered"), make_ticket("Solved", status="solved")
    make_comment(answered, "Where is it?")
    make_comment(answered, "On its way.", "agent", agent=anna)
    make_comment(solved, "Thank you!")
    assert facts(as_anna, answered).waiting_since is None
    rows = as_anna.get(LIST + "?view=all").context["table"].paginated_rows
    assert [row.record.facts.waiting_since for row in rows] == [None, None]


def test_each_ticket_waits_since_its_own_last_answer(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment, anna: User
) -> None:
    first, second = make_ticket("First"), make_ticket("Second")
    make_comment(first, "One", created_at=NOON)
    make_comment(second, "Two", created_at=NOON + dt.timedelta(minutes=1))
    make_comment(second, "So it is.", "agent", agent=anna, created_at=NOON + dt.timedelta(minutes=2))
    make_comment(first, "Is it?", created_at=NOON + dt.timedelta(minutes=3))
    make_comment(second, "And now?", created_at=NOON + dt.timedelta(minutes=4))
    assert facts(as_anna, first).waiting_since == NOON
    assert facts(as_anna, second).waiting_since == NOON + dt.timedelta(minutes=4)


def test_a_row_shows_the_last_message_and_neither_notes_nor_what_is_held(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment
) -> None:
    ticket = make_ticket()
    make_comment(ticket, "The long text with a quote", reply="The\nnew   part")
    make_comment(ticket, "Between us", "note")
    make_comment(ticket, "I am Carla", is_held=True)
    shown = facts(as_anna, ticket)
    assert (shown.author, shown.snippet, shown.messages) == ("Carla Conti", "The new part", 1)


def test_a_row_marks_files_and_the_agents_own_draft(
    as_anna: Client,
    make_ticket: MakeTicket,
    make_comment: MakeComment,
    make_file: Callable[..., Attachment],
    anna: User,
    ada: User,
) -> None:
    with_file, with_picture, drafted = (make_ticket(name) for name in ("File", "Picture", "Draft"))
    make_file(make_comment(with_file), "plan.txt", b"plan", "text/plain")
    make_file(make_comment(with_picture), "logo.png", b"logo", "image/png", inline=True)
    Draft.objects.create(ticket=drafted, author=anna, html="<p>Dear</p>")
    Draft.objects.create(ticket=with_picture, author=ada, html="<p>Dear</p>")
    rows = {row.record.pk: row.record for row in as_anna.get(LIST).context["table"].paginated_rows}
    assert [rows[each.pk].has_files for each in (with_file, with_picture, drafted)] == [True, False, False]
    assert [rows[each.pk].has_draft for each in (with_file, with_picture, drafted)] == [False, False, True]
    html = as_anna.get(LIST).content.decode()
    assert html.count('aria-label="Has files"') == 1
    assert html.count('aria-label="Your draft"') == 1


def test_a_search_shows_the_line_in_either_spelling_and_the_file_that_has_the_word(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment, make_file: Callable[..., Attachment]
) -> None:
    said, sent = make_ticket("Contract"), make_ticket("Bill")
    make_comment(said, "Guten Tag, wir möchten den Vertrag kündigen & gehen.")
    make_comment(said, "Danke")
    make_file(make_comment(sent, "See below"), "Kündigung.pdf", b"pdf", "application/pdf")
    html = as_anna.get(LIST, {"text": "kuendig"}).content.decode()
    assert "Vertrag <mark>kündig</mark>en &amp; gehen" in html
    assert "<small><mark>Kündig</mark>ung.pdf</small>" in html
    assert "<mark>" not in as_anna.get(LIST).content.decode()


def test_a_column_that_says_the_same_in_every_row_is_left_out(
    as_anna: Client, make_ticket: MakeTicket, anna: User, queue: Queue
) -> None:
    make_ticket("One", assignee=anna)
    make_ticket("Two")
    assert "assignee" in columns(as_anna)
    assert "queue" not in columns(as_anna)
    assert "priority" not in columns(as_anna)
    other = Queue.objects.create(name="Billing")
    anna.queues.add(other)
    make_ticket("Three", queue=other)
    assert "queue" in columns(as_anna)
    assert "priority" in columns(as_anna, "?sort=priority")  # it says how the list is sorted


def test_the_customer_stands_below_the_requester_and_alone_where_only_it_is_wanted(
    as_anna: Client, make_ticket: MakeTicket, acme: Customer
) -> None:
    make_ticket("One", customer=acme)
    make_ticket("Two")
    assert "customer" not in columns(as_anna)
    assert "Acme GmbH" in as_anna.get(LIST).content.decode()
    as_anna.post("/tickets/columns/", {"columns": ["customer"]})
    assert "customer" in columns(as_anna)
    assert "requester" not in columns(as_anna)
