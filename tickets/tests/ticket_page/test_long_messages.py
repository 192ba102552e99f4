"""Does a page of mail stay small, whatever the mails are, in agents' pages and in the portal?"""

import re
import resource
import tracemalloc
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk import limits
from helpdesk.tests.access.doors import paths
from recipients.models import Customer, Recipient, User
from recipients.tests.portal import come_in
from tickets.models import Comment, Queue, Ticket
from tickets.ticket_page.conversation.messages import Message
from tickets.ticket_page.conversation.page import Part, conversation

pytestmark = pytest.mark.django_db

MEGABYTE = 1_000_000
PAGES = ("agent", "portal")


@pytest.fixture
def ticket(queue: Queue, carla: Customer) -> Ticket:
    requester = Recipient.objects.create(address="carla@acme.example", customer=carla)
    return Ticket.objects.create(subject="Long", queue=queue, customer=carla, requester=requester)


@pytest.fixture
def wrote(ticket: Ticket) -> Callable[..., Comment]:
    def made(text: str, **fields: object) -> Comment:
        values = {"kind": "customer", "author_address": "carla@acme.example", "recipient": ticket.requester, **fields}
        return Comment.objects.create(ticket=ticket, text=text, **values)

    return made


def shown(client: Client, page: str, ticket: Ticket, path: str = "") -> str:
    if page == "portal":
        come_in(client, "carla@acme.example")
    where = "/portal" if page == "portal" else ""
    answer = client.get(f"{where}/tickets/{ticket.pk}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("words", ["a@b.cc ", "https://a.cc ", "x"])
def test_fifty_mails_of_a_megabyte_make_a_small_page(
    as_anna: Client, ticket: Ticket, wrote: Callable[..., Comment], page: str, words: str
) -> None:
    text = (words * (MEGABYTE // len(words) + 1))[:MEGABYTE]
    for number in range(50):
        half = {"reply": text[: MEGABYTE // 2], "quoted": text[MEGABYTE // 2 :]} if number % 2 else {}
        wrote(
            text, html=f"<p>{text}</p>" if number % 3 == 0 else "", is_held=page == "agent" and number % 5 == 0, **half
        )
    shown(as_anna, page, ticket)  # what is loaded once is no memory of this page
    tracemalloc.start()
    try:
        html = shown(as_anna, page, ticket)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{page}, {words!r}: {len(html) / 1e6:.1f} MB of HTML, peak {peak / 1e6:.0f} MB, process {whole} MB")  # noqa: T201
    assert len(html) < 8_000_000
    assert peak < 100_000_000


def test_no_other_page_grows_with_the_mails_of_a_ticket(
    ticket: Ticket, wrote: Callable[..., Comment], superuser: User
) -> None:
    """Every page about tickets and recipients, with this ticket and its first message where it asks for one."""
    text = ("https://a.cc " * (MEGABYTE // 13 + 1))[:MEGABYTE]
    first, *_ = [wrote(text, subject="Long", html=f"<p>{text}</p>", is_held=number == 0) for number in range(10)]
    client = Client(raise_request_exception=False)
    come_in(client, "carla@acme.example")
    client.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    about = (path for path in paths() if re.match(r"/(?:portal/)?(?:tickets|recipients)/", path))
    named = (path.replace("/tickets/1/", f"/tickets/{ticket.pk}/", 1) for path in about)
    wanted = [path.replace("/messages/1/", f"/messages/{first.pk}/", 1) for path in named]
    answers = {path: client.get(path) for path in wanted}
    shown = {path: len(answer.content) for path, answer in answers.items() if not answer.streaming}
    assert {f"/tickets/{ticket.pk}/", f"/tickets/{ticket.pk}/messages/{first.pk}/body/"} <= shown.keys()
    assert answers[f"/portal/tickets/{ticket.pk}/"].status_code == 200
    of_one_message = 3 * MEGABYTE
    assert {path: size for path, size in shown.items() if size > of_one_message} == {}


@pytest.mark.parametrize("page", PAGES)
def test_what_is_cut_is_on_a_page_of_its_own(
    as_anna: Client, ticket: Ticket, wrote: Callable[..., Comment], page: str
) -> None:
    long = wrote("begin " + "word " * limits.MESSAGE_CHARACTERS.amount + "the end")
    short = wrote("Just a line.")
    html = shown(as_anna, page, ticket)
    assert "begin word" in html
    assert "the end" not in html
    assert html.count("This message is longer.") == 1
    assert f"/messages/{long.pk}/text/" in html
    assert f"/messages/{short.pk}/text/" not in html
    assert shown(as_anna, page, ticket, f"messages/{long.pk}/text/").endswith("the end")


def test_the_newest_messages_are_served_first(as_anna: Client, ticket: Ticket, wrote: Callable[..., Comment]) -> None:
    for number in range(30):
        wrote(f"mail {number} " + "x" * (limits.MESSAGE_CHARACTERS.amount - 100))
    html = shown(as_anna, "agent", ticket, "?all")
    assert "mail 29 xxx" in html
    assert "mail 0 xxx" not in html
    assert html.count("This message is longer.") == 10


def test_a_long_message_of_an_agent_is_shown_as_text_and_its_whole_is_no_html(
    as_anna: Client, ticket: Ticket, wrote: Callable[..., Comment]
) -> None:
    said = wrote("word " * 30_000 + "<b>bold</b>", kind="agent", html="<p>" + "word " * 30_000 + "</p>")
    assert "This message is longer." in shown(as_anna, "agent", ticket)
    answer = as_anna.get(f"/tickets/{ticket.pk}/messages/{said.pk}/text/")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_nobody_reads_there_what_the_page_does_not_show(
    client: Client, ticket: Ticket, wrote: Callable[..., Comment]
) -> None:
    note, held = wrote("secret", kind="note", is_public=False), wrote("secret", is_held=True)
    come_in(client, "carla@acme.example")
    for each in (note, held):
        assert client.get(f"/portal/tickets/{ticket.pk}/messages/{each.pk}/text/").status_code == 404
        assert client.get(f"/tickets/{ticket.pk}/messages/{each.pk}/text/").status_code == 302


def test_what_an_agents_mail_quotes_is_not_shown_in_the_portal(
    client: Client, ticket: Ticket, wrote: Callable[..., Comment]
) -> None:
    said = wrote(
        "Done.\n> For agents only", kind="agent", message_id="a@b.example", reply="Done.", quoted="> For agents only"
    )
    assert shown(client, "portal", ticket, f"messages/{said.pk}/text/") == "Done."


def test_the_beginnings_cost_no_query_more(as_anna: Client, ticket: Ticket, wrote: Callable[..., Comment]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            shown(as_anna, "agent", ticket)
        return len(queries)

    wrote("One")
    asked()
    one = asked()
    for number in range(20):
        wrote(f"Mail {number}", html="<p>x</p>", reply="x", quoted="y")
    assert asked() == one


def test_of_all_messages_at_once_not_much_more_is_read_than_a_page_shows(
    ticket: Ticket, wrote: Callable[..., Comment], anna: User
) -> None:
    for _number in range(60):
        wrote("begin " + "x" * 30_000, html="x" * 100_000)
    wrote("Just a line.")
    messages = [
        each for each in conversation(ticket, Part(everything=True), by=anna).entries if isinstance(each, Message)
    ]
    assert len(messages) == 61
    assert sum(len(each.excerpt.html) for each in messages) < 10 * limits.PAGE_CHARACTERS.amount
    assert sum(len(each.excerpt.body) for each in messages) <= limits.PAGE_CHARACTERS.amount
    assert [each.excerpt.is_cut for each in messages] == [True] * 60 + [False]
