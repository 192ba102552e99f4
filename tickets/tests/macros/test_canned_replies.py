"""Canned replies and macros by the doors that agents use: the page that makes them, "/", Ctrl-K and a button."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recipients.models import Customer, User
from tickets.drafts.file_cleanup import delete_unused
from tickets.models import Attachment, CannedReply, Comment, Draft, Outbox, Queue, Ticket
from tickets.tests.conftest import MakeComment

pytestmark = pytest.mark.django_db

GREETING = "<p>Hello {{ requester.first_name }},</p><p>{{ cursor }}</p><p>{{ agent.name }}, #{{ ticket.number }}</p>"


@pytest.fixture
def hello(queue: Queue) -> CannedReply:
    return CannedReply.objects.create(name="Hello", html=GREETING)


@pytest.fixture
def thanks(anna: User) -> CannedReply:
    reply = CannedReply.objects.create(
        name="Thanks", html="<p>Thank you, {{ requester.first_name }}.</p>", status="solved", assign="me", tags="done"
    )
    reply.is_button = True
    reply.save()
    return reply


def form(**changed: object) -> dict[str, object]:
    return {"name": "Hours", "text": "We are here from 8 to 16.", "html": "", "status": "", "assign": ""} | changed


def offered(client: Client, ticket: Ticket, text: str = "") -> list[str]:
    return [each["name"] for each in client.get(f"/tickets/{ticket.pk}/canned/?text={text}").json()["replies"]]


def test_an_agent_writes_replies_that_nobody_else_sees(as_anna: Client, ticket: Ticket, ada: User) -> None:
    as_anna.post("/tickets/replies/new/", form())
    assert "Hours" in as_anna.get("/tickets/replies/").content.decode()
    assert offered(as_anna, ticket, "hour") == ["Hours"]
    reply = CannedReply.objects.get()
    other = Client()
    other.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert offered(other, ticket) == []
    assert other.get(f"/tickets/replies/{reply.pk}/").status_code == 404
    assert other.post(f"/tickets/{ticket.pk}/canned/{reply.pk}/insert/").status_code == 404
    assert other.get(f"/settings/replies/{reply.pk}/").status_code == 404


def test_a_reply_of_queues_is_offered_on_their_tickets_alone(as_ada: Client, ticket: Ticket, queue: Queue) -> None:
    sales = Queue.objects.create(name="Sales")
    as_ada.post("/settings/replies/new/", form(name="Here", queues=[queue.pk]))
    as_ada.post("/settings/replies/new/", form(name="There", queues=[sales.pk]))
    as_ada.post("/settings/replies/new/", form(name="Everywhere"))
    assert offered(as_ada, ticket) == ["Everywhere", "Here"]
    assert offered(as_ada, ticket, "every where") == ["Everywhere"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"text": ""}, "Write a text, or choose what to do."),
        ({"text": "{{ ticket.number | upside_down }}"}, "A placeholder is wrong: 1:"),
        ({"text": "{% for a in b %}"}, "A placeholder is wrong"),
        ({"text": "Hello {{ requester.first_nam }}"}, "Nothing is called “requester.first_nam” here."),
        ({"status": "solved", "snooze_days": "3"}, "What is solved or closed does not come back"),
        ({"assign": "agent"}, "Choose the agent."),
        ({"name": "hello"}, "A canned reply with this name already exists."),
    ],
)
def test_what_would_not_work_is_refused_and_kept(
    as_ada: Client, hello: CannedReply, changed: dict[str, object], why: str
) -> None:
    answer = as_ada.post("/settings/replies/new/", form(**changed))
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert CannedReply.objects.get() == hello


def test_its_placeholders_are_filled_and_its_use_is_counted(
    as_anna: Client, ticket: Ticket, hello: CannedReply
) -> None:
    given = as_anna.post(f"/tickets/{ticket.pk}/canned/{hello.pk}/insert/").json()
    assert given["html"] == f"<p>Hello Carla,</p><p>\ue000</p><p>Anna Berg, #{ticket.number}</p>"
    hello.refresh_from_db()
    assert hello.used == 1
    assert hello.used_at


def test_what_a_customer_wrote_stays_text(as_anna: Client, ticket: Ticket) -> None:
    ticket.subject = "<b>{{ agent.email }}</b><script>x</script>"
    ticket.save()
    reply = CannedReply.objects.create(name="Subject", html="<p>{{ ticket.subject }}|{{ ticket.pk }}{{ agent.pk }}</p>")
    html = as_anna.post(f"/tickets/{ticket.pk}/canned/{reply.pk}/insert/").json()["html"]
    assert html == "<p>&lt;b&gt;{{ agent.email }}&lt;/b&gt;&lt;script&gt;x&lt;/script&gt;|</p>"


def test_a_reply_that_runs_away_says_so(as_anna: Client, ticket: Ticket) -> None:
    loop = "{% for a in (1..1000) %}{% for b in (1..1000) %}x{% endfor %}{% endfor %}"
    reply = CannedReply.objects.create(name="Runaway", html=loop)
    answer = as_anna.post(f"/tickets/{ticket.pk}/canned/{reply.pk}/insert/")
    assert answer.status_code == 422
    assert "does not work" in answer.json()["error"]


def test_its_files_come_along_once_and_outlive_it(as_ada: Client, ada: User, ticket: Ticket) -> None:
    file = SimpleUploadedFile("terms.txt", b"Our terms", "text/plain")
    as_ada.post("/settings/replies/new/", form(files=[file]))
    reply = CannedReply.objects.get()
    delete_unused()
    first = as_ada.post(f"/tickets/{ticket.pk}/canned/{reply.pk}/insert/").json()
    again = as_ada.post(f"/tickets/{ticket.pk}/canned/{reply.pk}/insert/").json()
    assert "terms.txt" in first["files"]
    assert again["files"] == ""
    as_ada.post(f"/settings/replies/{reply.pk}/delete/")
    delete_unused()
    draft = Draft.objects.get(ticket=ticket, author=ada)
    assert [each.read() for each in draft.files.all()] == [b"Our terms"]
    assert Attachment.objects.count() == 1


def test_ctrl_k_finds_replies_of_the_ticket(as_anna: Client, ticket: Ticket, hello: CannedReply) -> None:
    found = as_anna.get(f"/tickets/palette/?text=hel&ticket={ticket.pk}").content.decode()
    assert f'data-canned="/tickets/{ticket.pk}/canned/{hello.pk}/insert/"' in found
    assert "Hello" not in as_anna.get("/tickets/palette/?text=hel&ticket=").content.decode()


def test_a_macro_is_previewed_then_does_it_all_and_is_undone_as_one(
    as_anna: Client, anna: User, ticket: Ticket, thanks: CannedReply
) -> None:
    address = f"/tickets/{ticket.pk}/macros/{thanks.pk}/"
    assert f'href="{address}"' in as_anna.get(f"/tickets/{ticket.pk}/").content.decode()
    preview = as_anna.get(address).content.decode()
    assert all(each in preview for each in ("Thank you, Carla.", "Solved", "Anna Berg", "+done"))
    assert not Comment.objects.filter(kind="agent").exists()
    shown = as_anna.post(address, follow=True).content.decode()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee, [tag.name for tag in ticket.tags.all()]) == ("solved", anna, ["done"])
    assert Outbox.objects.get(kind="new_message").text.startswith("Thank you, Carla.")
    undo = re.search(r'action="(/tickets/\d+/macros/undo/[^"]+)"', shown)
    assert undo
    assert "Undone." in as_anna.post(undo[1], follow=True).content.decode()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee, ticket.tags.count()) == ("new", None, 0)
    assert not Comment.objects.filter(kind="agent").exists()
    assert "Thank you, Carla." in Draft.objects.get(ticket=ticket).html


def test_a_macro_that_cannot_send_changes_nothing(
    as_anna: Client, ticket: Ticket, thanks: CannedReply, make_comment: MakeComment
) -> None:
    address, seen = f"/tickets/{ticket.pk}/macros/{thanks.pk}/", Comment.objects.get().pk
    make_comment(ticket, "It is solved.")
    answer = as_anna.post(address, {"seen": seen})
    assert answer.status_code == 422
    assert "A message has arrived in the meantime." in answer.content.decode()
    Ticket.objects.update(requester=None, customer=None)
    assert "There is nobody to write to." in as_anna.post(address).content.decode()
    ticket.refresh_from_db()
    assert (ticket.status, ticket.tags.count()) == ("new", 0)
    thanks.refresh_from_db()
    assert thanks.used == 0


def test_a_macro_gives_a_ticket_to_nobody_who_may_not_see_it(
    as_anna: Client, ticket: Ticket, main_partner: object, carla: Customer
) -> None:
    ben = User.objects.create_user("ben@helpdesk.example", "x", first_name="Ben", partner=main_partner)
    macro = CannedReply.objects.create(name="To Ben", assign="agent", assignee=ben, is_button=True)
    answer = as_anna.post(f"/tickets/{ticket.pk}/macros/{macro.pk}/")
    assert "Ben cannot see this ticket" in answer.content.decode()


def test_a_macro_whose_agent_is_gone_says_so(as_anna: Client, ticket: Ticket, ada: User) -> None:
    macro = CannedReply.objects.create(name="To Ada", assign="agent", assignee=ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    url = f"/tickets/{ticket.pk}/macros/{macro.pk}/"
    assert as_anna.get(url).status_code == 200
    answer = as_anna.post(url)
    assert answer.status_code == 422
    assert "Choose another one." in answer.content.decode()
